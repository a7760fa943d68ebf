// Lines and points over two axes.

import { Figure } from "./figure.ts";
import { type ChartText, chart, type VegaLiteSpec } from "./vega.ts";

/** Values of one series: y alone (x is then 0, 1, 2, …) or x and y of the same length. */
export type Series = ArrayLike<number> | { x: ArrayLike<number>; y: ArrayLike<number> };

export interface AxesOptions extends ChartText {
  /** Title of the horizontal axis with its unit. Defaults to `"x"`. */
  x?: string;
  /** Title of the vertical axis with its unit. Defaults to `"y"`. */
  y?: string;
  /** Width of the plotting area in pixels. Defaults to `420`. */
  width?: number;
  /** Height of the plotting area in pixels. Defaults to `260`. */
  height?: number;
  /** Logarithmic vertical axis; the values must be above 0 then. Defaults to `false`. */
  logarithmic?: boolean;
}

export interface LinesOptions extends AxesOptions {
  /** Mark every value with a point. Defaults to `false`. */
  points?: boolean;
}

export interface ScatterOptions extends AxesOptions {
  /** Lines to draw over the points, by name. */
  lines?: Record<string, Series>;
}

/**
 * Line chart of one or more series by name: `lines({ training: losses })`.
 *
 * @throws RangeError if x and y of a series differ in length, a value is not finite, or not above 0 on a
 *   logarithmic axis.
 */
export function lines(series: Record<string, Series>, options: LinesOptions = {}): Figure {
  const rows = toRows(series, options);
  const mark = { type: "line", point: options.points ?? false, strokeWidth: 2 };
  return axesFigure([layer(rows, mark)], Object.keys(series), options, "Line chart");
}

/**
 * Scatter chart of one or more series of points by name, if wanted with lines over them.
 *
 * @throws RangeError as `lines` does.
 */
export function scatter(series: Record<string, Series>, options: ScatterOptions = {}): Figure {
  const names = [...Object.keys(series), ...Object.keys(options.lines ?? {})];
  const layers = [layer(toRows(series, options), { type: "point", filled: true, size: 40, opacity: 0.7 })];
  if (options.lines) layers.push(layer(toRows(options.lines, options), { type: "line", strokeWidth: 2 }));
  return axesFigure(layers, names, options, "Scatter chart");
}

interface Row {
  series: string;
  x: number;
  y: number;
}

function toRows(series: Record<string, Series>, { logarithmic }: AxesOptions): Row[] {
  return Object.entries(series).flatMap(([name, values]) => {
    const { x, y } = "y" in values ? values : { x: undefined, y: values };
    if (x && x.length !== y.length) {
      throw new RangeError(
        `Series "${name}" has ${x.length} values of x and ${y.length} of y; they must be as many.`,
      );
    }
    return Array.from(y, (value, index): Row => {
      const row = { series: name, x: x ? (x[index] as number) : index, y: value };
      if (!Number.isFinite(row.x) || !Number.isFinite(value)) {
        throw new RangeError(
          `Series "${name}" has the point (${row.x}, ${value}) at ${index}; only finite numbers can be drawn.`,
        );
      }
      if (logarithmic && value <= 0) {
        throw new RangeError(
          `Series "${name}" has the value ${value} at ${index}; a logarithmic axis needs values above 0.`,
        );
      }
      return row;
    });
  });
}

function powersOfTen(layers: ChartLayer[]): number[] {
  const exponents = layers.flatMap(({ data }) => data.values.map(({ y }) => Math.log10(y)));
  const [low, high] = [
    Math.floor(exponents.reduce((a, b) => Math.min(a, b), Infinity)),
    Math.ceil(exponents.reduce((a, b) => Math.max(a, b), -Infinity)),
  ];
  return Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
}

interface ChartLayer extends VegaLiteSpec {
  data: { values: Row[] };
}

function layer(values: Row[], mark: VegaLiteSpec): ChartLayer {
  return { data: { values }, mark };
}

function axesFigure(layers: ChartLayer[], names: string[], options: AxesOptions, kind: string): Figure {
  const { x = "x", y = "y", width = 420, height = 260, logarithmic = false } = options;
  const scale = logarithmic ? { type: "log" } : { zero: false };
  // A grid line for each power of ten; Vega would draw one for every digit in between.
  const axis = logarithmic ? { values: powersOfTen(layers), format: "~g" } : {};
  const spec = chart(options, {
    width,
    height,
    encoding: {
      x: { field: "x", type: "quantitative", title: x, scale: { zero: false, nice: false } },
      y: { field: "y", type: "quantitative", title: y, scale, axis },
      color: {
        field: "series",
        type: "nominal",
        title: null,
        sort: names,
        scale: { domain: names },
        // One series is named by the axis already.
        ...(names.length < 2 ? { legend: null } : {}),
      },
    },
    layer: layers,
  });
  const title = options.title ? ` "${options.title}"` : "";
  return new Figure({ vegaLite: spec, text: `${kind}${title}: ${y} over ${x} (${names.join(", ")})` });
}
