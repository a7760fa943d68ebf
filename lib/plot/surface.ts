// A function of two variables seen from above, if wanted with a path over it: a loss surface and the way
// that gradient descent takes down into its valley.

import { heading, round } from "./axes.ts";
import {
  type Interval,
  type Path,
  pathLayers,
  pathText,
  planePosition,
  requireInterval,
} from "./fields/plane.ts";
import { Figure } from "./figure.ts";
import { type ChartText, chart } from "./vega.ts";

export interface SurfaceOptions extends ChartText {
  /** Interval of the horizontal axis. */
  xRange: Interval;
  /** Interval of the vertical axis. */
  yRange: Interval;
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
  path?: Path;
}

/**
 * Heat map of `f(x, y)` over a rectangle, evaluated in the middle of every cell.
 *
 * @throws RangeError if an interval is empty or a value or a point of the path is not finite (or a value not above 0 with `logarithmic`).
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
  const position = planePosition(x, y, xRange, yRange);
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
      ...pathLayers(path, position),
    ],
  });
  return new Figure({
    vegaLite: spec,
    text: `${heading("Surface", options)}: ${z} over ${x} and ${y}${pathText(path)}`,
  });
}

function step(interval: Interval, resolution: number, name: string): number {
  requireInterval(name, interval);
  return (interval[1] - interval[0]) / resolution;
}
