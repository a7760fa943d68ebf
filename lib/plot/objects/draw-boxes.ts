// What a detector found, or should find: boxes with names and scores on the images, and the masks of the objects in them.

import type * as tf from "@tensorflow/tfjs";
import { requireOneOf } from "../../data/nearest.ts";
import { type Box, type BoxFormat, readBoxes } from "../../metrics/detection/boxes.ts";
import {
  type Label,
  type Labels,
  type Matrix,
  type Nested,
  readLabels,
  readMask,
  readVector,
  requireSameLength,
  type Vector,
} from "../../metrics/values.ts";
import { css, type Rgb } from "../colours.ts";
import type { Figure } from "../figure.ts";
import { type GridOptions, grid } from "../grid.ts";
import { type ImageBytes, type Picture, type PictureOptions, toPictures } from "../pictures.ts";
import { colourOf, label, type Painting, paint } from "./paint.ts";

/** Objects on one image. */
export interface ObjectsOnImage {
  /** `[n, 4]`. */
  boxes: Matrix;
  /** Class of each, `[n]`; the colour is that of the class. */
  labels?: Labels;
  /** How sure the detector is of each, `[n]`. */
  scores?: Vector;
  /** Pixels of each, above 0 where the object is, `[n, height, width]`. */
  masks?: Nested;
}

export interface DrawBoxesOptions extends GridOptions, PictureOptions {
  /** What the four numbers of a box are. Defaults to `"xyxy"`: x and y of two opposite corners, least first. */
  format?: BoxFormat;
  /** Whether boxes are in pixels or in parts of the image, 0 to 1. Defaults to `"pixels"`. */
  unit?: "pixels" | "parts";
  /** Names of the classes; the position is the class number. Defaults to the numbers. */
  classNames?: readonly string[];
  /** How much masks cover the image, from 0 to 1. Defaults to `0.4`. */
  alpha?: number;
}

/**
 * Images with the objects on them: a box each, its class and its score, and its mask.
 *
 * @param images A tensor `[n, height, width]` or `[n, height, width, 1 | 3]`, or images as bytes. A tensor stays the
 *   caller's.
 * @param objects Those on each image.
 * @throws RangeError if they are not as many as the images, labels, scores or masks are not as many as the boxes, masks
 *   have another size than the images, or a box has a negative width or height.
 * @throws Error where there is no canvas for this kind of machine.
 */
export function drawBoxes(
  images: tf.Tensor | ImageBytes,
  objects: readonly ObjectsOnImage[],
  options: DrawBoxesOptions = {},
): Figure {
  const pictures = toPictures(images, options);
  if (pictures.length !== objects.length) {
    throw new RangeError(
      `There are ${pictures.length} images and objects of ${objects.length}; each image needs its own, if empty.`,
    );
  }
  const found = objects.map((each, index) => read(each, index, pictures[index] as Picture, options));
  const painted = pictures.map((picture, index) =>
    paint(picture, (painting) => {
      for (const object of found[index] ?? []) drawObject(painting, object, picture, options.alpha ?? 0.4);
    }),
  );
  const count = found.reduce((sum, each) => sum + each.length, 0);
  const text = `${options.title ? `${options.title}: ` : ""}${count} objects on ${pictures.length} images`;
  return grid(painted, { text, columns: 4, ...options, scale: 1 });
}

interface DrawnObject {
  box: Box;
  colour: Rgb;
  words: string;
  mask?: ArrayLike<number>;
}

function read(
  objects: ObjectsOnImage,
  image: number,
  picture: Picture,
  options: DrawBoxesOptions,
): DrawnObject[] {
  const { classNames, unit = "pixels", format } = options;
  requireOneOf("unit", unit, ["pixels", "parts"]);
  const name = `objects[${image}]`;
  const boxes = readBoxes(`${name}.boxes`, objects.boxes, { format });
  const labels = objects.labels && readLabels(`${name}.labels`, objects.labels);
  const scores = objects.scores && readVector(`${name}.scores`, objects.scores);
  const masks = objects.masks && readMask(`${name}.masks`, objects.masks);
  const lengths = { labels: labels?.length, scores: scores?.length, masks: masks?.shape[0] };
  requireSameLength({
    boxes: boxes.length,
    ...Object.fromEntries(Object.entries(lengths).filter(([, length]) => length !== undefined)),
  } as Record<string, number>);
  const { width, height } = picture;
  if (masks && boxes.length > 0 && masks.shape.join() !== `${boxes.length},${height},${width}`) {
    throw new RangeError(
      `${name}.masks has the shape [${masks.shape}]; it must be [${boxes.length}, ${height}, ${width}].`,
    );
  }
  const [across, down] = unit === "parts" ? [width, height] : [1, 1];
  return boxes.map(({ left, top, right, bottom }, index) => {
    const of = labels?.[index];
    const score = scores && `${Math.round(100 * (scores[index] as number))} %`;
    const words = [of === undefined ? undefined : nameOf(of, classNames), score].filter(Boolean).join(" ");
    const mask = masks?.labels.slice(index * width * height, (index + 1) * width * height);
    return {
      box: { left: left * across, top: top * down, right: right * across, bottom: bottom * down },
      ...{ colour: colourOf(typeof of === "number" ? of : hash(of ?? "")), words, mask },
    };
  });
}

function nameOf(of: Label, classNames: readonly string[] | undefined): string {
  if (!classNames || typeof of === "string") return String(of);
  const name = classNames[of];
  if (name !== undefined) return name;
  throw new RangeError(
    `A label is ${of}; there are names of ${classNames.length} classes, 0 to ${classNames.length - 1}.`,
  );
}

/** The same colour for the same name on all images. */
function hash(words: string): number {
  return [...words].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) as number)) % 1009, 0);
}

function drawObject(
  painting: Painting,
  { box, colour, words, mask }: DrawnObject,
  picture: Picture,
  alpha: number,
): void {
  const { context, scale } = painting;
  if (mask) {
    context.globalAlpha = alpha;
    context.fillStyle = css(colour);
    for (let pixel = 0; pixel < mask.length; pixel++) {
      if (!((mask[pixel] as number) > 0)) continue;
      context.fillRect(
        (pixel % picture.width) * scale,
        Math.floor(pixel / picture.width) * scale,
        scale,
        scale,
      );
    }
    context.globalAlpha = 1;
  }
  const [left, top] = [box.left * scale, box.top * scale];
  const [width, height] = [(box.right - box.left) * scale, (box.bottom - box.top) * scale];
  // A dark line around the coloured one, to be seen on every image.
  context.strokeStyle = "rgba(0,0,0,0.6)";
  context.lineWidth = 4;
  context.strokeRect(left, top, width, height);
  context.strokeStyle = css(colour);
  context.lineWidth = 2;
  context.strokeRect(left, top, width, height);
  if (words) label(painting, words, left - 1, top - 16, colour);
}
