// A function of two variables as a map: lines of the same height over colours.

import { extent, heading, round, short } from "../axes.ts";
import { type ColourName, requireColours, stops } from "../colours.ts";
import { Figure } from "../figure.ts";
import { themeOf } from "../theme.ts";
import { type ChartText, chart } from "../vega.ts";
import { isolines } from "./isolines.ts";
import { type Interval, type Path, pathLayers, pathText, planePosition, requireInterval } from "./plane.ts";

export interface ContourOptions extends ChartText {
  /** Interval of the horizontal axis. */
  xRange: Interval;
  /** Interval of the vertical axis. */
  yRange: Interval;
  /** Title of the horizontal axis. Defaults to `"x"`. */
  x?: string;
  /** Title of the vertical axis. Defaults to `"y"`. */
  y?: string;
  /** Title of the heights with their unit. Defaults to `"value"`. */
  z?: string;
  /** Heights of the lines, or how many at equal distances. Defaults to `10`. */
  levels?: number | readonly number[];
  /** Colour the map by height, in steps between the lines. Defaults to `true`. */
  filled?: boolean;
  /** Defaults to `"viridis"`. */
  colours?: ColourName;
  /** Points at which the function is asked, along each axis. Defaults to `40`. */
  resolution?: number;
  /** Points `[x, y]` joined by a line over the map, first to last, such as an optimizer's way. */
  path?: Path;
}

/**
 * Contour lines of `f(x, y)` over a rectangle. For a heat map without lines see `surface`.
 *
 * @throws RangeError if an interval is empty, a value or a point of the path is not finite, or there is no level.
 */
export function contour(f: (x: number, y: number) => number, options: ContourOptions): Figure {
  const { xRange, yRange, filled = true, colours = "viridis", resolution = 40, path = [] } = options;
  requireColours(colours);
  const { x: xTitle = "x", y: yTitle = "y", z = "value" } = options;
  if (!(Number.isInteger(resolution) && resolution > 1)) {
    throw new RangeError(`resolution is ${resolution}; it must be a whole number of at least 2.`);
  }
  const [x, y] = [places("xRange", xRange, resolution), places("yRange", yRange, resolution)];
  const values = Float64Array.from({ length: resolution ** 2 }, (_, index) => {
    const [column, row] = [x[index % resolution] as number, y[Math.floor(index / resolution)] as number];
    const value = f(column, row);
    if (Number.isFinite(value)) return value;
    throw new RangeError(`f(${column}, ${row}) is ${value}; only finite numbers can be drawn.`);
  });
  const [low, high] = extent(values);
  const levels = levelsOf(options.levels ?? 10, low, high);
  const lines = levels.flatMap((level) => isolines({ x, y, values }, level).map((line) => ({ level, line })));
  const rows = lines.flatMap(({ level, line }, id) =>
    line.map(([px, py], order) => ({
      ...{ x: round(px), y: round(py), id, order },
      ...(filled ? {} : { level: round(level) }),
    })),
  );
  const position = planePosition(xTitle, yTitle, xRange, yRange);
  const scale = {
    domain: [low, high > low ? high : low + 1],
    range: stops(colours, filled ? undefined : themeOf(options).background),
    interpolate: "rgb",
  };
  const spec = chart(options, {
    ...{ width: 360, height: 320 },
    layer: [
      ...(filled
        ? [
            {
              data: { values: cells({ x, y, values, levels }) },
              mark: { type: "rect", clip: true, strokeWidth: 0, aria: false },
              encoding: {
                ...position,
                ...{ x2: { field: "x2" }, y2: { field: "y2" } },
                color: { field: "z", type: "quantitative", title: z, scale },
              },
            },
          ]
        : []),
      {
        data: { values: rows },
        mark: {
          type: "line",
          clip: true,
          strokeWidth: filled ? 1 : 1.5,
          aria: false,
          ...(filled ? { color: "#ffffff", opacity: 0.7 } : {}),
        },
        encoding: {
          ...position,
          detail: { field: "id", type: "nominal" },
          order: { field: "order" },
          ...(filled ? {} : { color: { field: "level", type: "quantitative", title: z, scale } }),
        },
      },
      ...pathLayers(path, position, filled ? "white" : themeOf(options).ink),
    ],
  });
  return new Figure({
    vegaLite: spec,
    text: `${heading("Contour map", options)}: ${z} over ${xTitle} and ${yTitle}, ${short(low)} to ${short(high)}, lines at ${levels.map(short).join(", ")}${pathText(path)}`,
  });
}

interface HeightMap {
  x: readonly number[];
  y: readonly number[];
  values: Float64Array;
  levels: readonly number[];
}

/**
 * Cells coloured by the middle of the step that they are in, four to each cell of the grid so that their borders follow the
 * lines; neighbours in a row that look the same are one.
 */
function cells({ x, y, values, levels }: HeightMap): object[] {
  const [low, high] = extent(values);
  const bounds = [low, ...levels, high];
  const stepOf = (value: number) => {
    const above = levels.findIndex((level) => value <= level);
    const index = above < 0 ? levels.length : above;
    return round(((bounds[index] as number) + (bounds[index + 1] as number)) / 2);
  };
  const columns = x.length;
  const side = { x: ((x[1] as number) - (x[0] as number)) / 2, y: ((y[1] as number) - (y[0] as number)) / 2 };
  /** The height at a quarter or three quarters of a cell, bilinear. */
  const heightAt = (row: number, column: number) => {
    const [top, right] = [row % 2 ? 0.75 : 0.25, column % 2 ? 0.75 : 0.25];
    const corner = Math.floor(row / 2) * columns + Math.floor(column / 2);
    const along = (start: number) =>
      (values[start] as number) * (1 - right) + (values[start + 1] as number) * right;
    return along(corner) * (1 - top) + along(corner + columns) * top;
  };
  // A cell reaches a little below the next, so that no gap shines through.
  const overlap = 1.15;
  return Array.from({ length: 2 * (y.length - 1) }, (_, row) => {
    const found: { x: number; x2: number; y: number; y2: number; z: number }[] = [];
    const bottom = (y[0] as number) + row * side.y;
    for (let column = 0; column < 2 * (columns - 1); column++) {
      const z = stepOf(heightAt(row, column));
      const left = (x[0] as number) + column * side.x;
      const last = found.at(-1);
      const x2 = round(left + overlap * side.x);
      if (last?.z === z) last.x2 = x2;
      else found.push({ x: round(left), x2, y: round(bottom), y2: round(bottom + overlap * side.y), z });
    }
    return found;
  }).flat();
}

function places(name: string, interval: Interval, count: number): number[] {
  requireInterval(name, interval);
  const [from, to] = interval;
  return Array.from({ length: count }, (_, index) => from + ((to - from) * index) / (count - 1));
}

function levelsOf(levels: number | readonly number[], low: number, high: number): number[] {
  if (typeof levels !== "number") {
    if (levels.length === 0) throw new RangeError("levels is empty; at least one height is needed.");
    return [...levels].sort((a, b) => a - b);
  }
  if (!(Number.isInteger(levels) && levels > 0)) {
    throw new RangeError(
      `levels is ${levels}; it must be a whole number of at least 1, or a list of heights.`,
    );
  }
  return Array.from({ length: levels }, (_, index) => low + ((high - low) * (index + 1)) / (levels + 1));
}
