// Another number of pixels for the same picture: bilinear, and averaged over what becomes one pixel when it gets smaller
// (antialiased, as in Pillow and torchvision). Masks take the nearest label.

import { nearestPixel, resizeValues } from "../formats/resize.ts";
import type { Sample } from "../sample.ts";
import { blank, each, fromImage, toImage } from "./image.ts";
import { moveMask, moveTargets, requireMask } from "./targets.ts";

/** A sample with an image of `rows` × `columns`. */
export function resizeSample(sample: Sample, rows: number, columns: number): Sample {
  requireMask(sample, "resize");
  const image = toImage(sample.x);
  const values = resizeValues(image, rows, columns);
  const [down, across] = [image.height / rows, image.width / columns];
  const nearest = nearestPixel(image, rows, columns);
  return {
    ...sample,
    x: fromImage(each(blank(image, rows, columns), (_, index) => values[index] as number)),
    ...(sample.mask && { mask: moveMask(sample.mask, [rows, columns], nearest, 0) }),
    ...moveTargets(sample, (x, y) => [x / across, y / down], columns, rows),
  };
}
