// Lines and points over two axes.

import { readVector, type Vector } from "../metrics/values.ts";
import { extent } from "./axes.ts";
import { Figure } from "./figure.ts";
import { type ChartText, chart, type VegaLiteSpec } from "./vega.ts";

/**
 * Values of one series, `[n]`: y alone (x is then 0, 1, 2, …) or with their x. Between `low` and `high` a band is drawn,
 * such as a confidence interval.
 */
export type Series = Vector | { x?: Vector; y: Vector; low?: Vector; high?: Vector };

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
  /** Logarithmic horizontal axis, such as for learning rates; x must be above 0 then. Defaults to `false`. */
  logarithmicX?: boolean;
}

export interface LinesOptions extends AxesOptions {
  /** Mark every value with a point. Defaults to `false`. */
  points?: boolean;
  /** Fill the area between each line and 0. Defaults to `false`. */
  area?: boolean;
}

export interface ScatterOptions extends AxesOptions {
  /** Lines to draw over the points, by name. */
  lines?: Record<string, Series>;
}

/**
 * Line chart of one or more series by name: `lines({ training: losses })`.
 *
 * @throws RangeError if there is no series or no value, the parts of a series differ in length, a value is not finite,
 *   `low` is above `high`, or a number not above 0 on a logarithmic axis.
 */
export function lines(series: Record<string, Series>, options: LinesOptions = {}): Figure {
  const rows = toRows(series, options);
  const mark = { type: "line", point: options.points ?? false, strokeWidth: 2 };
  const banded = rows.filter(({ low }) => low !== undefined);
  const below = { y: { field: "y", type: "quantitative", stack: null } };
  const areas = { ...layer(rows, { type: "area", opacity: 0.25 }), encoding: below };
  const layers = [
    ...(options.area ? [areas] : []),
    ...(banded.length ? [bandLayer(banded)] : []),
    layer(rows, mark),
  ];
  return axesFigure(layers, Object.keys(series), options, "Line chart");
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
  low?: number;
  high?: number;
}

function toRows(series: Record<string, Series>, { logarithmic, logarithmicX }: AxesOptions): Row[] {
  if (Object.keys(series).length === 0)
    throw new RangeError("There is no series to draw; at least one is needed.");
  return Object.entries(series).flatMap(([name, values]) => {
    const { x, y, low, high } = readSeries(name, values);
    if (y.length === 0) throw new RangeError(`Series "${name}" has no values; at least 1 is needed.`);
    for (const [part, other] of Object.entries({ x, low, high })) {
      if (other && other.length !== y.length) {
        throw new RangeError(
          `Series "${name}" has ${other.length} values of ${part} and ${y.length} of y; they must be as many.`,
        );
      }
    }
    return Array.from(y, (value, index): Row => {
      const row: Row = { series: name, x: x ? (x[index] as number) : index, y: value };
      if (low && high) {
        Object.assign(row, { low: low[index], high: high[index] });
        if (!((low[index] as number) <= (high[index] as number))) {
          throw new RangeError(
            `Series "${name}" has a band from ${low[index]} to ${high[index]} at ${index}; low must not be above high.`,
          );
        }
      }
      const least = Math.min(value, row.low ?? value);
      if (logarithmic && !(least > 0)) throw notAboveZero(`the value ${least}`, name, index);
      if (logarithmicX && !(row.x > 0)) throw notAboveZero(`x ${row.x}`, name, index);
      return row;
    });
  });
}

function notAboveZero(what: string, name: string, index: number): RangeError {
  return new RangeError(`Series "${name}" has ${what} at ${index}; a logarithmic axis needs values above 0.`);
}

interface SeriesNumbers {
  y: Float64Array;
  x?: Float64Array;
  low?: Float64Array;
  high?: Float64Array;
}

function readSeries(name: string, series: Series): SeriesNumbers {
  const parts: Exclude<Series, Vector> = isParts(series) ? series : { y: series };
  if ((parts.low === undefined) !== (parts.high === undefined)) {
    throw new RangeError(`Series "${name}" has only one of low and high; a band needs both.`);
  }
  const read = (part: "x" | "low" | "high") =>
    parts[part] === undefined ? undefined : readVector(`${part} of series "${name}"`, parts[part]);
  const y = readVector(`y of series "${name}"`, parts.y);
  return { y, x: read("x"), low: read("low"), high: read("high") };
}

function isParts(series: Series): series is Exclude<Series, Vector> {
  return typeof series === "object" && series !== null && "y" in series;
}

/** A grid line for each power of ten; Vega would draw one for every digit in between. */
function powersOfTen(layers: ChartLayer[], valuesOf: (row: Row) => number[]): object {
  const [least, most] = extent(layers.flatMap(({ data }) => data.values.flatMap(valuesOf)));
  const [low, high] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))];
  return { values: Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)), format: "~g" };
}

/** Epochs and other counts have nothing between two of them. */
function wholeNumbers(layers: ChartLayer[]): object {
  const xs = layers.flatMap(({ data }) => data.values.map(({ x }) => x));
  if (!xs.every(Number.isInteger)) return {};
  const [low, high] = extent(xs);
  if (high - low > 10) return { format: "d", tickMinStep: 1 };
  // The Vega of JupyterLab 4 puts ticks between them all the same where there is room; the newer one leaves out values
  // that are no further apart than this step.
  const values = Array.from({ length: high - low + 1 }, (_, index) => low + index);
  return { format: "d", values, tickMinStep: 0.5 };
}

interface ChartLayer extends VegaLiteSpec {
  data: { values: Row[] };
}

function layer(values: Row[], mark: VegaLiteSpec): ChartLayer {
  return { data: { values }, mark };
}

function bandLayer(values: Row[]): ChartLayer {
  const ends = { y: { field: "low", type: "quantitative" }, y2: { field: "high" } };
  return { data: { values }, mark: { type: "area", opacity: 0.2 }, encoding: ends };
}

function axesFigure(layers: ChartLayer[], names: string[], options: AxesOptions, kind: string): Figure {
  const { x = "x", y = "y", width = 420, height = 260, logarithmic, logarithmicX } = options;
  const scale = logarithmic ? { type: "log" } : { zero: false };
  const axis = logarithmic ? powersOfTen(layers, ({ y, low = y, high = y }) => [y, low, high]) : {};
  const spec = chart(options, {
    width,
    height,
    encoding: {
      x: {
        field: "x",
        type: "quantitative",
        title: x,
        scale: logarithmicX ? { type: "log" } : { zero: false, nice: false },
        axis: logarithmicX ? powersOfTen(layers, ({ x }) => [x]) : wholeNumbers(layers),
      },
      y: { field: "y", type: "quantitative", title: y, scale, axis },
      color: {
        field: "series",
        type: "nominal",
        title: null,
        sort: names,
        scale: { domain: names },
        // One series is named by the axis already.
        legend: names.length < 2 ? null : { symbolOpacity: 1 },
      },
    },
    layer: layers,
  });
  const title = options.title ? ` "${options.title}"` : "";
  return new Figure({ vegaLite: spec, text: `${kind}${title}: ${y} over ${x} (${names.join(", ")})` });
}
