// Images of circles, squares and triangles with their boxes and masks: detection and segmentation
// with answers that are exact.

import { DetectionImages, type ObjectBoxes, type PixelBox } from "../detection-images.ts";
import type { ImageShape } from "../images.ts";
import { type RandomSource, random } from "../random.ts";
import { SegmentedImages } from "../segmented-images.ts";
import { asSynthetic, requireCount, type Synthetic } from "./card.ts";

const shapeNames = ["circle", "square", "triangle"] as const;

interface ShapesOptions {
  /** Number of images. Defaults to `100`. */
  samples?: number;
  /** Height and width in pixels, at least 16. Defaults to `[64, 64]`. */
  imageSize?: readonly [height: number, width: number];
  /** Least and most shapes on one image. Defaults to from `1` to `3`. */
  objects?: readonly [least: number, most: number];
  /** Standard deviation of the normal noise on each value, of 255. Defaults to `10`. */
  noise?: number;
  /** Defaults to `0`. */
  seed?: number;
}

/** The same images for two tasks. */
interface Shapes {
  /** Boxes; classes 0 circle, 1 square, 2 triangle. */
  detection: DetectionImages;
  /** Masks; classes 0 background, 1 circle, 2 square, 3 triangle. */
  segmentation: SegmentedImages;
}

/**
 * Coloured shapes on a dark ground, with a box and a mask for each.
 *
 * The shapes don't overlap, so that every box is full; where no room is left after 50 tries there are fewer.
 *
 * @returns Images `[height, width, 3]` with boxes (`detection`) and masks (`segmentation`); a box is the
 *   tightest around its shape's pixels.
 * @throws RangeError if an option is not possible.
 */
export function shapes(options: ShapesOptions = {}): Shapes & Synthetic {
  const { samples = 100, imageSize = [64, 64], objects: range = [1, 3], noise = 10, seed = 0 } = options;
  const [height, width] = imageSize;
  requireCount("samples", samples);
  requireCount("imageSize[0]", height, 16);
  requireCount("imageSize[1]", width, 16);
  requireCount("objects[0]", range[0], 0);
  requireCount("objects[1]", range[1], range[0]);
  const shape: ImageShape = [height, width, 3];
  const images = new Uint8Array(samples * height * width * 3);
  const masks = new Uint8Array(samples * height * width);
  const source = random(seed);
  const objects = Array.from({ length: samples }, (_, index) => {
    const size = height * width;
    const image = images.subarray(index * size * 3, (index + 1) * size * 3);
    return draw(image, masks.subarray(index * size, (index + 1) * size), shape, range, noise, source);
  });
  const pixels = (index: number) =>
    images.slice(index * height * width * 3, (index + 1) * height * width * 3);
  return asSynthetic(
    {
      detection: new DetectionImages({ pixels, objects, shape, classNames: shapeNames }),
      segmentation: new SegmentedImages({ images, masks, shape, classNames: ["background", ...shapeNames] }),
    },
    {
      name: "shapes",
      title: "Shapes",
      description: `${samples} images of ${range.join(" to ")} shapes, normal noise of ${noise} of 255, seed ${seed}`,
      example: `[${height}, ${width}, 3] bytes, boxes in pixels and a mask of ${["background", ...shapeNames].join(", ")}`,
      source: "the toy data of Matterport's Mask R-CNN (2017)",
    },
  );
}

function draw(
  image: Uint8Array,
  mask: Uint8Array,
  [height, width]: ImageShape,
  [least, most]: readonly [number, number],
  noise: number,
  source: RandomSource,
): ObjectBoxes {
  const ground = Array.from({ length: 3 }, () => 20 + 50 * source.uniform());
  const colours: number[][] = [ground];
  const colourAt = new Uint8Array(mask.length);
  const found: ObjectBoxes = { boxes: [], labels: [], ignored: [] };
  const wanted = least + source.integer(most - least + 1);
  for (let tries = 0; found.boxes.length < wanted && tries < 50; tries++) {
    const label = source.integer(shapeNames.length);
    const radius = Math.min(height, width) * (0.08 + 0.14 * source.uniform());
    const [x, y] = [
      radius + source.uniform() * (width - 2 * radius),
      radius + source.uniform() * (height - 2 * radius),
    ];
    const near = (box: PixelBox) =>
      x + radius + 1 > box[0] &&
      x - radius - 1 < box[2] &&
      y + radius + 1 > box[1] &&
      y - radius - 1 < box[3];
    if (found.boxes.some(near)) continue;
    colours.push(Array.from({ length: 3 }, () => 100 + 155 * source.uniform()));
    const box = [width, height, 0, 0];
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const [right, down] = [(column + 0.5 - x) / radius, (row + 0.5 - y) / radius];
        if (!isInside(label, right, down)) continue;
        mask[row * width + column] = label + 1;
        colourAt[row * width + column] = colours.length - 1;
        box[0] = Math.min(box[0] as number, column);
        box[1] = Math.min(box[1] as number, row);
        box[2] = Math.max(box[2] as number, column + 1);
        box[3] = Math.max(box[3] as number, row + 1);
      }
    }
    found.boxes.push(box as unknown as PixelBox);
    found.labels.push(label);
    found.ignored.push(false);
  }
  colourAt.forEach((number, pixel) => {
    (colours[number] as number[]).forEach((value, channel) => {
      image[pixel * 3 + channel] = Math.min(255, Math.max(0, Math.round(value + noise * source.normal())));
    });
  });
  return found;
}

// Places are in units of the radius, from the middle, down positive.
function isInside(label: number, right: number, down: number): boolean {
  if (label === 0) return right * right + down * down <= 1;
  if (label === 1) return Math.abs(right) <= 0.85 && Math.abs(down) <= 0.85;
  return down <= 0.9 && Math.abs(right) <= (down + 0.9) / 1.8;
}
