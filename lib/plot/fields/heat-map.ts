// A table of numbers as colours, with the numbers in the cells where there is room for them.

import { type Matrix, readRows } from "../../metrics/values.ts";
import { extent, heading, round, short } from "../axes.ts";
import { type ColourName, colourMaps, luminance, requireColours, stops } from "../colours.ts";
import { Figure } from "../figure.ts";
import { type ChartText, chart } from "../vega.ts";

export interface HeatMapOptions extends ChartText {
  /** Names of the rows, from the top. Defaults to their numbers from 0. */
  rows?: readonly string[];
  /** Names of the columns, from the left. Defaults to their numbers from 0. */
  columns?: readonly string[];
  /** Title of the columns. Defaults to `"column"`. */
  x?: string;
  /** Title of the rows. Defaults to `"row"`. */
  y?: string;
  /** Title of the colour scale with its unit. Defaults to `"value"`. */
  z?: string;
  /** Defaults to `"diverging"` if there are values below and above 0, else to `"viridis"`. */
  colours?: ColourName;
  /** Values of the first and the last colour. Defaults to those that occur, as far below as above 0 for diverging colours. */
  range?: readonly [low: number, high: number];
  /** Write the numbers into the cells. Defaults to up to 150 cells. */
  numbers?: boolean;
}

/**
 * Heat map of numbers `[rows, columns]`.
 *
 * @throws RangeError if there is no cell, rows differ in length, a value is not finite, or names are not as many.
 */
export function heatMap(values: Matrix, options: HeatMapOptions = {}): Figure {
  const { rows, columns, values: cells } = readRows("values", values);
  if (cells.length === 0)
    throw new RangeError(`values has the shape [${rows}, ${columns}]; at least one cell is needed.`);
  const names = {
    y: axisNames("rows", options.rows, rows),
    x: axisNames("columns", options.columns, columns),
  };
  const { x = "column", y = "row", z = "value" } = options;
  const [low, high] = extent(cells);
  const colours = options.colours ?? (low < 0 && high > 0 ? "diverging" : "viridis");
  requireColours(colours);
  const largest = Math.max(-low, high) || 1;
  const range =
    options.range ?? (colours === "diverging" ? [-largest, largest] : [low, high > low ? high : low + 1]);
  const level = (value: number) => (value - range[0]) / (range[1] - range[0]);
  const data = Array.from(cells, (value, index) => ({
    x: names.x[index % columns],
    y: names.y[Math.floor(index / columns)],
    z: round(value),
    text: short(Number(value.toPrecision(3))),
    bright: luminance(colourMaps[colours](level(value))) > 0.35,
  }));
  const side = Math.max(4, Math.min(44, Math.floor(520 / Math.max(rows, columns))));
  const numbers = options.numbers ?? (rows * columns <= 150 && side >= 30);
  const turned = options.columns?.some((name) => name.length * 7 > side) ?? false;
  const axis = (field: "x" | "y", title: string) => {
    // Of many rows or columns only some are named.
    const room = field === "x" && !turned ? 26 : 14;
    const every = Math.ceil(room / side);
    const shown = names[field].filter((_, index) => index % every === 0);
    const angle = field === "x" ? { labelAngle: turned ? -45 : 0 } : {};
    return { field, type: "nominal", sort: names[field], title, axis: { values: shown, ...angle } };
  };
  const spec = chart(options, {
    width: { step: side },
    height: { step: side },
    data: { values: data },
    encoding: { x: axis("x", x), y: axis("y", y) },
    layer: [
      {
        mark: { type: "rect", aria: cells.length <= 400, tooltip: true },
        encoding: {
          color: {
            field: "z",
            type: "quantitative",
            title: z,
            scale: { domain: range, range: stops(colours), interpolate: "rgb", clamp: true },
          },
        },
      },
      ...(numbers
        ? [
            {
              mark: { type: "text", fontSize: 10 },
              encoding: {
                text: { field: "text", type: "nominal" },
                color: { condition: { test: "datum.bright", value: "#000000" }, value: "#ffffff" },
              },
            },
          ]
        : []),
    ],
  });
  return new Figure({
    vegaLite: spec,
    text: `${heading("Heat map", options)}: ${z} of ${rows} × ${columns} cells, ${short(low)} to ${short(high)}`,
  });
}

function axisNames(what: string, names: readonly string[] | undefined, count: number): readonly string[] {
  if (names && names.length !== count) {
    throw new RangeError(`There are ${names.length} names of ${what} for ${count} ${what}; each needs one.`);
  }
  return names ?? Array.from({ length: count }, (_, index) => String(index));
}
