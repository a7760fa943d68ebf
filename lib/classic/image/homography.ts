// Homographies: what straight lines stay straight under, as when a plane is seen from another side. Estimated from points by
// the direct linear transformation (Hartley and Zisserman 2004, algorithm 4.2).

import { determinant, inverse, Matrix, SingularValueDecomposition } from "ml-matrix";
import { requireOneOf } from "../../data/nearest.ts";
import { requireWhole } from "../../metrics/values.ts";
import { type FilteredPixels, type Image, type Like, like, readImage } from "./pixels.ts";

/** x to the right, y downwards, in pixels from the middle of the top left one. */
export type Point = readonly [x: number, y: number];

/** A 3 × 3 matrix that takes [x, y, 1] to a multiple of [x′, y′, 1]; its last entry is 1 where it can be. */
export type Homography = readonly (readonly [number, number, number])[];

/**
 * The homography that takes four points or more to others, with the least squares of an algebraic distance for more.
 *
 * @throws RangeError if there are less than four pairs, or the points lie on a line.
 */
export function estimateHomography(from: readonly Point[], to: readonly Point[]): Homography {
  if (from.length !== to.length || from.length < 4) {
    throw new RangeError(
      `There are ${from.length} points and ${to.length} to take them to; at least 4 pairs are needed.`,
    );
  }
  const [a, b] = [normalize("from", from), normalize("to", to)];
  const rows = a.points.flatMap(([x, y], at) => {
    const [u, v] = b.points[at] as Point;
    return [
      [x, y, 1, 0, 0, 0, -u * x, -u * y, -u],
      [0, 0, 0, x, y, 1, -v * x, -v * y, -v],
    ];
  });
  // A row of zeros gives the decomposition its ninth direction.
  const padded = new Matrix(
    rows.length < 9 ? [...rows, ...Array.from({ length: 9 - rows.length }, zeros)] : rows,
  );
  const { diagonal, rightSingularVectors: right } = new SingularValueDecomposition(padded);
  if ((diagonal[7] as number) < 1e-9 * (diagonal[0] as number)) {
    throw new RangeError("Too many of the points lie on a line or are the same; no 3 of 4 may.");
  }
  const middle = Matrix.from1DArray(3, 3, right.getColumn(8));
  const whole = inverse(b.transform).mmul(middle).mmul(a.transform);
  const last = whole.get(2, 2);
  const scale = Math.abs(last) > 1e-12 * whole.norm("frobenius") ? last : 1;
  return whole.div(scale).to2DArray() as unknown as Homography;
}

/** Where points go. */
export function projectPoints(homography: Homography, points: readonly Point[]): [x: number, y: number][] {
  const [a, b, c] = readHomography(homography);
  return points.map(([x, y]) => {
    const w = c[0] * x + c[1] * y + c[2];
    return [(a[0] * x + a[1] * y + a[2]) / w, (b[0] * x + b[1] * y + b[2]) / w];
  });
}

export interface WarpOptions {
  /** Size of the new image. Defaults to the old one's. */
  height?: number;
  width?: number;
  /** Value in between pixels: weighted by nearness, or the nearest. Defaults to `"bilinear"`. */
  interpolation?: "bilinear" | "nearest";
  /** Value of what comes from outside. Defaults to `0`. */
  fill?: number;
}

/**
 * The image as a homography takes its pixels: `warp(page, estimateHomography(corners, rectangle), { width, height })`.
 *
 * @throws RangeError if the homography can't be turned back.
 */
export function warp<Kind extends Image>(
  image: Kind,
  homography: Homography,
  options: WarpOptions = {},
): Like<Kind> {
  const pixels = readImage(image);
  const { height = pixels.height, width = pixels.width, interpolation = "bilinear", fill = 0 } = options;
  requireWhole("height", height, 1);
  requireWhole("width", width, 1);
  requireOneOf("interpolation", interpolation, ["bilinear", "nearest"]);
  const matrix = new Matrix(readHomography(homography).map((row) => [...row]));
  if (Math.abs(determinant(matrix)) < 1e-12)
    throw new RangeError("The homography can't be turned back: it is singular.");
  const back = inverse(matrix).to2DArray() as unknown as Homography;
  const { channels } = pixels;
  const data = new Float64Array(height * width * channels);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [[x, y]] = projectPoints(back, [[column, row]]) as [[number, number]];
      for (let channel = 0; channel < channels; channel++) {
        data[(row * width + column) * channels + channel] =
          interpolation === "nearest"
            ? pixelOr(pixels, Math.round(y), Math.round(x), channel, fill)
            : bilinear(pixels, y, x, channel, fill);
      }
    }
  }
  return like(image, { data, height, width, channels });
}

function bilinear(pixels: FilteredPixels, y: number, x: number, channel: number, fill: number): number {
  const [top, left] = [Math.floor(y), Math.floor(x)];
  const [down, right] = [y - top, x - left];
  const value = (dy: number, dx: number) => pixelOr(pixels, top + dy, left + dx, channel, fill);
  const above = value(0, 0) * (1 - right) + (right === 0 ? 0 : value(0, 1) * right);
  if (down === 0) return above;
  return above * (1 - down) + (value(1, 0) * (1 - right) + (right === 0 ? 0 : value(1, 1) * right)) * down;
}

function pixelOr(pixels: FilteredPixels, row: number, column: number, channel: number, fill: number): number {
  const { height, width, channels, data } = pixels;
  const outside = !(row >= 0 && row < height && column >= 0 && column < width);
  return outside ? fill : (data[(row * width + column) * channels + channel] as number);
}

/** Points moved and scaled to lie around 0 at a distance of √2 (root mean square), without which rounding rules the result. */
function normalize(name: string, points: readonly Point[]): { points: Point[]; transform: Matrix } {
  if (!points.flat().every(Number.isFinite))
    throw new RangeError(`${name} holds a point that is not finite.`);
  const mean = [0, 1].map(
    (axis) => points.reduce((sum, point) => sum + (point[axis] as number), 0) / points.length,
  );
  const [x, y] = mean as [number, number];
  const distance = Math.sqrt(
    points.reduce((sum, point) => sum + (point[0] - x) ** 2 + (point[1] - y) ** 2, 0) / points.length,
  );
  const scale = distance === 0 ? 1 : Math.SQRT2 / distance;
  return {
    points: points.map((point) => [scale * (point[0] - x), scale * (point[1] - y)]),
    transform: new Matrix([
      [scale, 0, -scale * x],
      [0, scale, -scale * y],
      [0, 0, 1],
    ]),
  };
}

function readHomography(homography: Homography) {
  if (homography.length !== 3 || homography.some((row) => row.length !== 3 || !row.every(Number.isFinite))) {
    throw new RangeError("A homography is 3 rows of 3 finite numbers.");
  }
  return homography as readonly [Homography[number], Homography[number], Homography[number]];
}

function zeros(): number[] {
  return new Array<number>(9).fill(0);
}
