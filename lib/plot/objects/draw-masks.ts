// What each pixel belongs to: the classes of a segmentation as colours over the images.

import type * as tf from "@tensorflow/tfjs";
import { type Nested, readMask, requireFraction } from "../../metrics/values.ts";
import { css } from "../colours.ts";
import type { Figure } from "../figure.ts";
import { type GridOptions, grid } from "../grid.ts";
import { type ImageBytes, type PictureOptions, toPictures } from "../pictures.ts";
import { colourOf, label, type Painting, paint } from "./paint.ts";

export interface DrawMasksOptions extends GridOptions, PictureOptions {
  /** Names of the classes; the position is the class number. Each is written on the largest part of its class. */
  classNames?: readonly string[];
  /** The class that is not drawn. Defaults to `0`; `-1` draws them all. */
  background?: number;
  /** How much the colours cover the image, from 0 to 1. Defaults to `0.5`. */
  alpha?: number;
}

/**
 * Images with the class of each pixel as a colour.
 *
 * @param images A tensor `[n, height, width]` or `[n, height, width, 1 | 3]`, or images as bytes. A tensor stays the
 *   caller's.
 * @param masks Class numbers `[n, height, width]`.
 * @throws RangeError if the masks have not the size of the images, hold something that is no class number, or one that
 *   `classNames` doesn't name.
 * @throws Error where there is no canvas for this kind of machine.
 */
export function drawMasks(
  images: tf.Tensor | ImageBytes,
  masks: Nested,
  options: DrawMasksOptions = {},
): Figure {
  const { classNames, background = 0, alpha = 0.5 } = options;
  requireFraction("alpha", alpha);
  const pictures = toPictures(images, options);
  const { shape, labels } = readMask("masks", masks);
  const [{ width, height }] = pictures as [(typeof pictures)[number]];
  if (shape.join() !== `${pictures.length},${height},${width}`) {
    throw new RangeError(
      `masks has the shape [${shape}]; it must be [${pictures.length}, ${height}, ${width}] as the images.`,
    );
  }
  const unknown = labels.find((each) => each < -1 || (classNames && each >= classNames.length));
  if (unknown !== undefined) {
    const most = classNames ? ` to ${classNames.length - 1}` : "";
    throw new RangeError(`masks holds the class ${unknown}; classes are whole numbers from 0${most}.`);
  }
  const size = width * height;
  const painted = pictures.map((picture, index) => {
    const own = labels.slice(index * size, (index + 1) * size);
    return paint(picture, (painting) => {
      drawClasses(painting, own, width, { background, alpha });
      for (const { of, x, y } of classNames ? largestParts(own, width, background) : []) {
        const words = classNames?.[of] ?? String(of);
        label(
          painting,
          words,
          (x + 0.5) * painting.scale - 3.5 * words.length,
          (y + 0.5) * painting.scale - 8,
          colourOf(of),
        );
      }
    });
  });
  const classes = new Set(labels.filter((each) => each !== background));
  const text = `${options.title ? `${options.title}: ` : ""}masks of ${classes.size} classes on ${pictures.length} images of ${height} × ${width}`;
  return grid(painted, { text, columns: 4, ...options, scale: 1 });
}

function drawClasses(
  { context, scale }: Painting,
  labels: readonly number[],
  width: number,
  { background, alpha }: { background: number; alpha: number },
): void {
  context.globalAlpha = alpha;
  labels.forEach((of, pixel) => {
    if (of === background) return;
    context.fillStyle = css(colourOf(of));
    context.fillRect((pixel % width) * scale, Math.floor(pixel / width) * scale, scale, scale);
  });
  context.globalAlpha = 1;
}

/** A pixel in the largest connected part of each class: the one nearest to the part's centre of mass. */
function largestParts(
  labels: readonly number[],
  width: number,
  background: number,
): { of: number; x: number; y: number }[] {
  const seen = new Uint8Array(labels.length);
  const largest = new Map<number, number[]>();
  labels.forEach((of, start) => {
    if (seen[start] || of === background) return;
    const part = connected(labels, width, start, seen);
    if (part.length > (largest.get(of)?.length ?? 0)) largest.set(of, part);
  });
  return [...largest].map(([of, part]) => {
    const mean = (of: (pixel: number) => number) =>
      part.reduce((sum, pixel) => sum + of(pixel), 0) / part.length;
    const column = (pixel: number) => pixel % width;
    const row = (pixel: number) => Math.floor(pixel / width);
    const [x, y] = [mean(column), mean(row)];
    const distance = (pixel: number) => (column(pixel) - x) ** 2 + (row(pixel) - y) ** 2;
    const middle = part.reduce((best, pixel) => (distance(pixel) < distance(best) ? pixel : best));
    return { of, x: column(middle), y: row(middle) };
  });
}

function connected(labels: readonly number[], width: number, start: number, seen: Uint8Array): number[] {
  const part = [start];
  seen[start] = 1;
  for (let index = 0; index < part.length; index++) {
    const pixel = part[index] as number;
    const column = pixel % width;
    const neighbours = [
      ...(column > 0 ? [pixel - 1] : []),
      ...(column < width - 1 ? [pixel + 1] : []),
      ...[pixel - width, pixel + width],
    ];
    for (const next of neighbours) {
      if (labels[next] !== labels[start] || seen[next]) continue;
      seen[next] = 1;
      part.push(next);
    }
  }
  return part;
}
