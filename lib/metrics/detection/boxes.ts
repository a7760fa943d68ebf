// Boxes on images and how much two of them overlap.

import { requireOneOf } from "../../data/nearest.ts";
import { type Matrix, readRows } from "../values.ts";

const formats = ["xyxy", "xywh", "cxcywh"] as const;

/** Corners; a corner, width and height (COCO); or centre, width and height (YOLO). */
export type BoxFormat = (typeof formats)[number];

export interface BoxOptions {
  /** What the four numbers of a box are. Defaults to `"xyxy"`: x and y of two opposite corners, least first. */
  format?: BoxFormat;
}

/** A box as its corners in float64, in pixels or parts of the image. */
export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/**
 * Read `[n, 4]` boxes.
 *
 * @throws RangeError if a box has not 4 numbers, or a negative width or height.
 */
export function readBoxes(name: string, boxes: Matrix, { format = "xyxy" }: BoxOptions = {}): Box[] {
  requireOneOf("format", format, formats);
  const { rows, columns, values } = readRows(name, boxes);
  if (rows > 0 && columns !== 4) {
    throw new RangeError(`${name} has ${columns} numbers a box; boxes are [n, 4] in the format ${format}.`);
  }
  return Array.from({ length: rows }, (_, row) => {
    const numbers = values.subarray(4 * row, 4 * row + 4);
    const box = corners(numbers, format);
    if (box.right < box.left || box.bottom < box.top) {
      throw new RangeError(
        `${name}[${row}] is [${numbers.join(", ")}], which in the format ${format} has a negative width or height; ` +
          "perhaps the format is another one.",
      );
    }
    return box;
  });
}

function corners(numbers: Float64Array, format: BoxFormat): Box {
  const [x, y, a, b] = numbers as unknown as [number, number, number, number];
  if (format === "xyxy") return { left: x, top: y, right: a, bottom: b };
  if (format === "xywh") return { left: x, top: y, right: x + a, bottom: y + b };
  return { left: x - a / 2, top: y - b / 2, right: x + a / 2, bottom: y + b / 2 };
}

export function area({ left, top, right, bottom }: Box): number {
  return (right - left) * (bottom - top);
}

export function intersection(a: Box, b: Box): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}

/** Intersection over union of two boxes; 0 where both have no area. */
export function overlap(a: Box, b: Box): number {
  const shared = intersection(a, b);
  return shared === 0 ? 0 : shared / (area(a) + area(b) - shared);
}

/** IoU less the part of the smallest box around both that neither covers (Rezatofighi et al., 2019). */
function generalizedOverlap(a: Box, b: Box): number {
  const around = area({
    left: Math.min(a.left, b.left),
    top: Math.min(a.top, b.top),
    right: Math.max(a.right, b.right),
    bottom: Math.max(a.bottom, b.bottom),
  });
  const union = area(a) + area(b) - intersection(a, b);
  return around === 0 ? overlap(a, b) : overlap(a, b) - (around - union) / around;
}

/**
 * Intersection over union of every box with every other, 0 to 1.
 *
 * @param first Boxes, `[n, 4]`.
 * @param second Boxes, `[m, 4]`.
 * @returns `n` rows of `m` numbers.
 * @throws RangeError if a box has not 4 numbers, or a negative width or height.
 */
export function boxIoU(first: Matrix, second: Matrix, options: BoxOptions = {}): number[][] {
  return pairwise(first, second, options, overlap);
}

/**
 * Generalized intersection over union of every box with every other, −1 to 1: negative the further apart two boxes
 * are (Rezatofighi et al., 2019).
 *
 * Parameters and errors as for `boxIoU`.
 */
export function generalizedBoxIoU(first: Matrix, second: Matrix, options: BoxOptions = {}): number[][] {
  return pairwise(first, second, options, generalizedOverlap);
}

function pairwise(
  first: Matrix,
  second: Matrix,
  options: BoxOptions,
  measure: (a: Box, b: Box) => number,
): number[][] {
  const others = readBoxes("second", second, options);
  return readBoxes("first", first, options).map((box) => others.map((other) => measure(box, other)));
}
