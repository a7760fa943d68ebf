// Edges as thin lines (Canny 1986), and straight lines among them (Hough 1962; Duda and Hart 1972).

import { requireWhole } from "../../metrics/values.ts";
import { requireAbove } from "../estimator.ts";
import { slopes, smooth } from "./filters.ts";
import { type BorderOptions, type FilteredPixels, type Image, type Like, like, readGrey } from "./pixels.ts";

export interface CannyOptions extends BorderOptions {
  /** Standard deviation of the smoothing before, in pixels. Defaults to `1`. */
  sigma?: number;
  /** Slope (Sobel's magnitude) from which an edge goes on. Defaults to `0.1` of the largest. */
  low?: number;
  /** Slope from which an edge starts. Defaults to `0.2` of the largest. */
  high?: number;
}

/**
 * 1 on edges, which are one pixel wide, and 0 elsewhere: where the slope is the largest across the edge, above `high`, or
 * above `low` and joined to such a place.
 */
export function canny<Kind extends Image>(image: Kind, options: CannyOptions = {}): Like<Kind> {
  const { sigma = 1, border = "reflect" } = options;
  const pixels = readGrey("canny", image);
  const { x, y } = slopes(smooth(pixels, { sigma, border }), border);
  const steepness = x.data.map((value, at) => Math.hypot(value, y.data[at] as number));
  const steepest = steepness.reduce((most, value) => Math.max(most, value), 0);
  const { low = 0.1 * steepest, high = 0.2 * steepest } = options;
  if (low > high) throw new RangeError(`low is ${low} and high is ${high}; low must not be above high.`);
  const ridge = ridges(pixels, x.data, y.data, steepness);
  const strength = steepness.map((value, at) => (ridge[at] ? value : 0));
  return like(image, { ...pixels, data: joined(pixels, strength, low, high) });
}

/** Where the slope is not smaller than in between the two neighbours across the edge; never on the image's border. */
function ridges(
  { height, width }: FilteredPixels,
  x: Float64Array,
  y: Float64Array,
  steepness: Float64Array,
): Uint8Array {
  const found = new Uint8Array(height * width);
  for (let row = 1; row < height - 1; row++) {
    for (let column = 1; column < width - 1; column++) {
      const at = row * width + column;
      const here = steepness[at] as number;
      if (here === 0) continue;
      const [dx, dy] = [x[at] as number, y[at] as number];
      const [right, down] = [dx >= 0 ? 1 : -1, dy >= 0 ? width : -width];
      // Along the slope lies a point between the neighbour straight ahead and the one at the corner.
      const flat = Math.abs(dx) >= Math.abs(dy);
      const part = flat ? Math.abs(dy / dx) : Math.abs(dx / dy);
      const straight = flat ? right : down;
      const ahead = (sign: number) =>
        (1 - part) * (steepness[at + sign * straight] as number) +
        part * (steepness[at + sign * (right + down)] as number);
      if (here >= ahead(1) && here >= ahead(-1)) found[at] = 1;
    }
  }
  return found;
}

/** Hysteresis: places of at least `low` that are joined, corners too, to one of at least `high`. */
function joined(
  { height, width }: FilteredPixels,
  strength: Float64Array,
  low: number,
  high: number,
): Float64Array {
  const edges = new Float64Array(height * width);
  const waiting = [...strength.keys()].filter((at) => (strength[at] as number) >= high && strength[at] !== 0);
  for (const at of waiting) edges[at] = 1;
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const [row, column] = [Math.floor(at / width), at % width];
    for (let y = Math.max(0, row - 1); y <= Math.min(height - 1, row + 1); y++) {
      for (let x = Math.max(0, column - 1); x <= Math.min(width - 1, column + 1); x++) {
        const next = y * width + x;
        const value = strength[next] as number;
        if (edges[next] || value === 0 || value < low) continue;
        edges[next] = 1;
        waiting.push(next);
      }
    }
  }
  return edges;
}

export interface HoughLinesOptions {
  /** Most lines to find. Defaults to `10`. */
  lines?: number;
  /** Angles that are tried, from −90° on. Defaults to `180`. */
  angles?: number;
  /** Fewest pixels on a line, as a part of those on the strongest. Defaults to `0.5`. */
  threshold?: number;
  /** Lines must differ by more than so many pixels, or so many angles, from a stronger one. Defaults to `9`. */
  separation?: number;
}

/** The line x · cos(angle) + y · sin(angle) = distance. */
export interface HoughLine {
  /** Angle of the line's normal from the x axis towards the y axis, in radians, −π/2 to π/2. */
  angle: number;
  /** Distance from the middle of the top left pixel, in pixels. */
  distance: number;
  /** Number of pixels on it. */
  votes: number;
}

/**
 * Straight lines in a picture of edges, strongest first: `houghLines(canny(image))`.
 *
 * @param edges Pixels of an edge are not 0.
 */
export function houghLines(edges: Image, options: HoughLinesOptions = {}): HoughLine[] {
  const { lines = 10, angles = 180, threshold = 0.5, separation = 9 } = options;
  requireWhole("lines", lines, 1);
  requireWhole("angles", angles, 1);
  requireWhole("separation", separation, 0);
  requireAbove("threshold", threshold, 0, 1);
  const { data, height, width } = readGrey("houghLines", edges);
  const furthest = Math.ceil(Math.hypot(height, width));
  const rows = 2 * furthest + 1;
  const votes = new Int32Array(rows * angles);
  const directions = Array.from({ length: angles }, (_, at) => -Math.PI / 2 + (at * Math.PI) / angles);
  const cosines = directions.map(Math.cos);
  const sines = directions.map(Math.sin);
  for (let at = 0; at < data.length; at++) {
    if (data[at] === 0) continue;
    const [x, y] = [at % width, Math.floor(at / width)];
    for (let k = 0; k < angles; k++) {
      const distance = Math.round(x * (cosines[k] as number) + y * (sines[k] as number));
      const cell = (distance + furthest) * angles + k;
      votes[cell] = (votes[cell] as number) + 1;
    }
  }
  const most = votes.reduce((a, b) => Math.max(a, b), 0);
  const candidates = [...votes.keys()]
    .filter((cell) => (votes[cell] as number) >= Math.max(1, threshold * most))
    .sort((a, b) => (votes[b] as number) - (votes[a] as number) || a - b);
  const found: { distance: number; k: number; votes: number }[] = [];
  for (const cell of candidates) {
    if (found.length === lines) break;
    const [distance, k] = [Math.floor(cell / angles) - furthest, cell % angles];
    // Past the last angle the first follows with the distance turned round.
    const near = (other: { distance: number; k: number }) => {
      const gap = Math.abs(k - other.k);
      const turned = angles - gap <= separation && Math.abs(distance + other.distance) <= separation;
      return turned || (gap <= separation && Math.abs(distance - other.distance) <= separation);
    };
    if (!found.some(near)) found.push({ distance, k, votes: votes[cell] as number });
  }
  return found.map(({ distance, k, votes: count }) => ({
    angle: directions[k] as number,
    distance,
    votes: count,
  }));
}
