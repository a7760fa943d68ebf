// Turning, moving, shearing, scaling and tilting. Equal to torchvision's affine and perspective.

import type { Sample } from "../sample.ts";
import { sizeOf } from "./image.ts";
import type { Move } from "./targets.ts";
import { type Change, define, draw, type Range } from "./transform.ts";
import { type WarpOptions, warp, warpDefaults } from "./warp.ts";

/** What an affine transform does, about the middle of the image. */
interface Parts {
  /** Clockwise, in degrees. */
  angle: number;
  /** In parts of width and height. */
  translate: readonly [x: number, y: number];
  scale: number;
  /** In degrees. */
  shear: readonly [x: number, y: number];
}

const still: Parts = { angle: 0, translate: [0, 0], scale: 1, shear: [0, 0] };

/** Turned counter-clockwise about the middle; a number means −degrees to degrees. */
export const rotate = define(
  "rotate",
  { degrees: 15 as Range, ...warpDefaults, p: 1 },
  (options, random, sample) =>
    affineChange(sample, { ...still, angle: -draw(options.degrees, 0, random) }, options),
);

/** Moved by parts of width and height; a number means so far to both sides. */
export const translate = define(
  "translate",
  { x: 0.1 as Range, y: 0.1 as Range, ...warpDefaults, p: 1 },
  (options, random, sample) => {
    const shift = [draw(options.x, 0, random), draw(options.y, 0, random)] as const;
    return affineChange(sample, { ...still, translate: shift }, options);
  },
);

/** Sheared by degrees along x and y; a number means so far to both sides. */
export const shear = define(
  "shear",
  { x: 10 as Range, y: 0 as Range, ...warpDefaults, p: 1 },
  (options, random, sample) => {
    const degrees = [draw(options.x, 0, random), draw(options.y, 0, random)] as const;
    return affineChange(sample, { ...still, shear: degrees }, options);
  },
);

/** Scaled about the middle: above 1 things get larger. A number b means 1 − b to 1 + b. */
export const zoom = define(
  "zoom",
  { scale: 0.2 as Range, ...warpDefaults, p: 1 },
  (options, random, sample) =>
    affineChange(sample, { ...still, scale: draw(options.scale, 1, random) }, options),
);

/** Turned (clockwise), moved (parts of width and height), scaled and sheared (along x) at once; numbers as in those alone. */
export const affine = define(
  "affine",
  {
    degrees: 15 as Range,
    translate: 0.1 as Range,
    scale: 0.1 as Range,
    shear: 5 as Range,
    ...warpDefaults,
    p: 1,
  },
  (options, random, sample) => {
    const parts: Parts = {
      angle: draw(options.degrees, 0, random),
      translate: [draw(options.translate, 0, random), draw(options.translate, 0, random)],
      scale: draw(options.scale, 1, random),
      shear: [draw(options.shear, 0, random), 0],
    };
    return affineChange(sample, parts, options);
  },
);

/**
 * Seen from elsewhere: every corner goes inwards by up to `strength` of half the width and height, 0 to 1; or `corners`
 * says where the upper left, upper right, lower right and lower left one go, in pixels.
 */
export const perspective = define(
  "perspective",
  { strength: 0.5, corners: undefined as readonly Point[] | undefined, ...warpDefaults, p: 0.5 },
  (options, random, sample) => {
    const [height, width] = sizeOf(sample);
    const inwards = (size: number) => Math.floor(((options.strength * size) / 2) * random.uniform());
    const [right, bottom] = [width - 1, height - 1];
    const start: Point[] = [
      [0, 0],
      [right, 0],
      [right, bottom],
      [0, bottom],
    ];
    const end: Point[] = [
      [inwards(width), inwards(height)],
      [right - inwards(width), inwards(height)],
      [right - inwards(width), bottom - inwards(height)],
      [inwards(width), bottom - inwards(height)],
    ];
    return cornersChange(start, options.corners ?? end, options);
  },
);

type Point = readonly [x: number, y: number];

/** Four points go to four others. */
function cornersChange(start: readonly Point[], end: readonly Point[], options: WarpOptions): Change {
  const [from, to] = [homography(end, start), homography(start, end)];
  return (sample) => warp(sample, from, to, options);
}

function affineChange(sample: Sample, parts: Parts, options: WarpOptions): Change {
  if (!(parts.scale > 0)) throw new RangeError(`The scale is ${parts.scale}; it must be above 0.`);
  const [height, width] = sizeOf(sample);
  const [rotation, shearX, shearY] = [parts.angle, ...parts.shear].map(
    (degrees) => (degrees * Math.PI) / 180,
  ) as [number, number, number];
  // Rotation times shear, as torchvision puts them together.
  const a = Math.cos(rotation - shearY) / Math.cos(shearY);
  const b = -a * Math.tan(shearX) - Math.sin(rotation);
  const c = Math.sin(rotation - shearY) / Math.cos(shearY);
  const d = -c * Math.tan(shearX) + Math.cos(rotation);
  const [middleX, middleY] = [width / 2, height / 2];
  // Whole pixels, as in torchvision.
  const [shiftX, shiftY] = [Math.round(parts.translate[0] * width), Math.round(parts.translate[1] * height)];
  const { scale } = parts;
  const to: Move = (x, y) => {
    const [dx, dy] = [x - middleX, y - middleY];
    return [scale * (a * dx + b * dy) + middleX + shiftX, scale * (c * dx + d * dy) + middleY + shiftY];
  };
  const determinant = scale * (a * d - b * c);
  const from: Move = (x, y) => {
    const [dx, dy] = [x - middleX - shiftX, y - middleY - shiftY];
    return [(d * dx - b * dy) / determinant + middleX, (a * dy - c * dx) / determinant + middleY];
  };
  return (given) => warp(given, from, to, options);
}

// The projective map of four points to four others: eight linear equations (Heckbert, 1989).
function homography(start: readonly Point[], end: readonly Point[]): Move {
  const rows: number[][] = [];
  for (const [index, [x, y]] of start.entries()) {
    const [u, v] = end[index] as Point;
    rows.push([x, y, 1, 0, 0, 0, -u * x, -u * y, u], [0, 0, 0, x, y, 1, -v * x, -v * y, v]);
  }
  const [a, b, c, d, e, f, g, h] = solve(rows) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return (x, y) => {
    const w = g * x + h * y + 1;
    return [(a * x + b * y + c) / w, (d * x + e * y + f) / w];
  };
}

// Gauss-Jordan with pivots; the last column is the right side.
function solve(rows: number[][]): number[] {
  const size = rows.length;
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++) {
      if (Math.abs(rows[row]?.[column] as number) > Math.abs(rows[pivot]?.[column] as number)) pivot = row;
    }
    [rows[column], rows[pivot]] = [rows[pivot] as number[], rows[column] as number[]];
    const top = rows[column] as number[];
    const lead = top[column] as number;
    if (Math.abs(lead) < 1e-12) {
      throw new RangeError("perspective: three of the four corners are on one line; use a smaller strength.");
    }
    for (const [row, cells] of rows.entries()) {
      if (row === column) continue;
      const factor = (cells[column] as number) / lead;
      for (let at = column; at <= size; at++)
        cells[at] = (cells[at] as number) - factor * (top[at] as number);
    }
  }
  return rows.map((cells, row) => (cells[size] as number) / (cells[row] as number));
}
