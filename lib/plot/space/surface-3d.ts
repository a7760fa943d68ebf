// A function of two variables as a surface over its plane.

import { extent, heading, short } from "../axes.ts";
import { gradients, standingBar } from "../colour-bar.ts";
import { type ColourName, colourMaps, css, requireColours } from "../colours.ts";
import type { Figure } from "../figure.ts";
import type { Item } from "./scene.ts";
import { rangeOf, type SpaceOptions, spaceFigure } from "./space-figure.ts";

export interface Surface3dOptions extends SpaceOptions {
  /** Interval of the first axis. */
  xRange: readonly [from: number, to: number];
  /** Interval of the second axis. */
  yRange: readonly [from: number, to: number];
  /** Faces along each axis. Defaults to `30`. */
  resolution?: number;
  /** Colours by height. Defaults to `"viridis"`. */
  colours?: ColourName;
}

/**
 * `f(x, y)` over a rectangle as a surface. In notebooks it can be turned. From above it is `surface` and `contour`.
 *
 * @throws RangeError if an interval is empty, a value is not finite, or `resolution` is no whole number from 1 to 100.
 */
export function surface3d(f: (x: number, y: number) => number, options: Surface3dOptions): Figure {
  const { xRange, yRange, resolution = 30, colours = "viridis" } = options;
  requireColours(colours);
  if (!(Number.isInteger(resolution) && resolution >= 1 && resolution <= 100)) {
    throw new RangeError(`resolution is ${resolution}; it must be a whole number from 1 to 100.`);
  }
  for (const [name, [from, to]] of Object.entries({ xRange, yRange })) {
    if (!(from < to))
      throw new RangeError(`${name} is [${from}, ${to}]; the second number must be larger than the first.`);
  }
  const at = ([from, to]: readonly [number, number], index: number) =>
    from + ((to - from) * index) / resolution;
  const heights = Array.from({ length: resolution + 1 }, (_, row) =>
    Array.from({ length: resolution + 1 }, (_, column) => {
      const [x, y] = [at(xRange, column), at(yRange, row)];
      const value = f(x, y);
      if (Number.isFinite(value)) return value;
      throw new RangeError(`f(${x}, ${y}) is ${value}; only finite numbers can be drawn.`);
    }),
  );
  const [low, high] = extent(heights.flat());
  const range = rangeOf(heights.flat());
  const items = Array.from({ length: resolution ** 2 }, (_, index): Item => {
    const [column, row] = [index % resolution, Math.floor(index / resolution)];
    const corners = [
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 1],
    ].map(([right, up]) => {
      const [across, along] = [column + (right as number), row + (up as number)];
      return [at(xRange, across), at(yRange, along), heights[along]?.[across]] as [number, number, number];
    });
    const middle = corners.reduce((sum, corner) => sum + corner[2], 0) / 4;
    return { colour: css(colourMaps[colours]((middle - range[0]) / (range[1] - range[0]))), corners };
  });
  const legend = [
    ...gradients([colours]),
    ...standingBar({ colours, range }, (options.width ?? 480) - 60, 60, 120),
  ].join("");
  const { x = "x", y = "y", z = "z" } = options;
  const text = `${heading("Surface", options)}: ${z} over ${x} and ${y}, ${short(low)} to ${short(high)}`;
  return spaceFigure(
    { items, ranges: [xRange, yRange, range], equal: false, size: 2, legend, text },
    options,
  );
}
