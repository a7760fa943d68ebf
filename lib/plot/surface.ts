// A function of two variables seen from above, if wanted with a path over it: a loss surface and the way
// that gradient descent takes down into its valley.

import { Figure } from "./figure.ts";
import { type ChartText, chart } from "./vega.ts";

export interface SurfaceOptions extends ChartText {
  /** Interval of the horizontal axis. */
  xRange: readonly [from: number, to: number];
  /** Interval of the vertical axis. */
  yRange: readonly [from: number, to: number];
  /** Title of the horizontal axis. Defaults to `"x"`. */
  x?: string;
  /** Title of the vertical axis. Defaults to `"y"`. */
  y?: string;
  /** Title of the colour scale. Defaults to `"value"`. */
  z?: string;
  /** Cells along each axis. Defaults to `40`. */
  resolution?: number;
  /** Colours by the logarithm of the values, which must be above 0 then. Defaults to `false`. */
  logarithmic?: boolean;
  /** Points `[x, y]` joined by a line, first to last. */
  path?: ArrayLike<readonly [x: number, y: number]>;
}

/**
 * Heat map of `f(x, y)` over a rectangle, evaluated in the middle of every cell.
 *
 * @throws RangeError if an interval is empty or a value is not finite (or not above 0 with `logarithmic`).
 */
export function surface(f: (x: number, y: number) => number, options: SurfaceOptions): Figure {
  const { xRange, yRange, resolution = 40, logarithmic = false, path = [] } = options;
  const { x = "x", y = "y", z = "value" } = options;
  const [width, height] = [step(xRange, resolution, "xRange"), step(yRange, resolution, "yRange")];
  const cells = Array.from({ length: resolution * resolution }, (_, index) => {
    const left = xRange[0] + (index % resolution) * width;
    const low = yRange[0] + Math.floor(index / resolution) * height;
    const value = f(left + width / 2, low + height / 2);
    if (!Number.isFinite(value) || (logarithmic && value <= 0)) {
      throw new RangeError(
        `f(${left + width / 2}, ${low + height / 2}) is ${value}; ${logarithmic ? "a logarithmic colour scale needs values above 0" : "only finite numbers can be drawn"}.`,
      );
    }
    return {
      x: round(left),
      x2: round(left + width),
      y: round(low),
      y2: round(low + height),
      z: round(value),
    };
  });
  const steps = Array.from(path, ([px, py], order) => ({ x: px, y: py, order }));
  const ends = steps.length ? [steps[0], steps[steps.length - 1]] : [];
  const axis = (title: string, domain: readonly number[]) => ({
    type: "quantitative",
    title,
    scale: { domain, nice: false, zero: false },
    axis: { grid: false },
  });
  const position = {
    x: { field: "x", ...axis(x, xRange) },
    y: { field: "y", ...axis(y, yRange) },
  };
  const spec = chart(options, {
    width: 360,
    height: 320,
    layer: [
      {
        data: { values: cells },
        // Descriptions for screen readers of every cell would make the SVG three times as large.
        mark: { type: "rect", clip: true, strokeWidth: 0, aria: false },
        encoding: {
          ...position,
          x2: { field: "x2" },
          y2: { field: "y2" },
          color: {
            field: "z",
            type: "quantitative",
            title: z,
            scale: { scheme: "viridis", ...(logarithmic ? { type: "log" } : {}) },
          },
        },
      },
      {
        data: { values: steps },
        mark: {
          type: "line",
          color: "white",
          strokeWidth: 1.5,
          point: { color: "white", size: 12 },
          clip: true,
        },
        encoding: { ...position, order: { field: "order" } },
      },
      {
        data: { values: ends },
        mark: { type: "point", filled: true, size: 90, stroke: "black", opacity: 1, clip: true },
        encoding: {
          ...position,
          shape: { condition: { test: "datum.order > 0", value: "diamond" }, value: "circle" },
          fill: { condition: { test: "datum.order > 0", value: "#D55E00" }, value: "white" },
        },
      },
    ],
  });
  const name = options.title ? ` "${options.title}"` : "";
  const walked = steps.length ? `, with a path of ${steps.length} points (circle: start, diamond: end)` : "";
  return new Figure({ vegaLite: spec, text: `Surface${name}: ${z} over ${x} and ${y}${walked}` });
}

function step([from, to]: readonly [number, number], resolution: number, name: string): number {
  if (!(from < to))
    throw new RangeError(`${name} is [${from}, ${to}]; the second number must be larger than the first.`);
  return (to - from) / resolution;
}

// Five digits draw the same picture and keep saved notebooks small.
function round(value: number): number {
  return Number(value.toPrecision(5));
}
