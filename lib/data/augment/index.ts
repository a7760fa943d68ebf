// `dl.data.augment`: transforms of images that take boxes, masks and keypoints along. One file a family.

import { didYouMean } from "../nearest.ts";
import * as affine from "./affine.ts";
import * as colour from "./colour.ts";
import { compose, oneOf, someOf } from "./compose.ts";
import * as crop from "./crop.ts";
import * as distort from "./distort.ts";
import * as erase from "./erase.ts";
import * as filters from "./filters.ts";
import * as histogram from "./histogram.ts";
import * as mix from "./mix.ts";
import * as policies from "./policies.ts";
import type { Maker, Transform, TransformSpec } from "./transform.ts";

export { affine, perspective, rotate, shear, translate, zoom } from "./affine.ts";
export {
  brightness,
  colourJitter,
  contrast,
  gray,
  hue,
  invert,
  posterize,
  saturation,
  solarize,
} from "./colour.ts";
export { type ComposeOptions, compose, oneOf, someOf } from "./compose.ts";
export {
  centerCrop,
  horizontalFlip,
  type PadMode,
  pad,
  randomCrop,
  resize,
  resizedCrop,
  type Size,
  verticalFlip,
} from "./crop.ts";
export { elastic, gridDistortion } from "./distort.ts";
export { cutout, erasing } from "./erase.ts";
export { blur, noise, sharpness } from "./filters.ts";
export { autocontrast, clahe, equalize } from "./histogram.ts";
export { cutmix, mixup, mosaic } from "./mix.ts";
export { randAugment, trivialAugment } from "./policies.ts";
export type { Maker, Range, Transform, TransformSpec } from "./transform.ts";

const families = {
  ...affine,
  ...colour,
  ...crop,
  ...distort,
  ...erase,
  ...filters,
  ...histogram,
  ...mix,
  ...policies,
};
const combinations = { compose, oneOf, someOf };

/**
 * The transform of a name and options, as `transform.name` and `transform.options` give them.
 *
 * @throws RangeError if there is no such transform.
 */
export function create({ name, options }: TransformSpec): Transform {
  if (Object.hasOwn(combinations, name)) {
    const { transforms, ...rest } = options as { transforms: readonly TransformSpec[] };
    return combinations[name as keyof typeof combinations](transforms.map(create), rest);
  }
  const maker = Object.hasOwn(families, name) ? families[name as keyof typeof families] : undefined;
  if (!maker) {
    const known = [...Object.keys(families), ...Object.keys(combinations)];
    throw new RangeError(
      `There is no transform "${name}"; there are ${known.join(", ")}.${didYouMean(name, known)}`,
    );
  }
  return (maker as Maker<object>)(options);
}
