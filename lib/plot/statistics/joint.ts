// Two measures of the same examples: a cloud of points with the histogram of each at its side, or of many measures every
// pair.

import {
  compareLabels,
  type Label,
  type Labels,
  readLabels,
  readVector,
  requireSameLength,
  type Vector,
} from "../../metrics/values.ts";
import { extent, heading, readGroups, round, short } from "../axes.ts";
import { Figure } from "../figure.ts";
import { type ChartText, chart, type VegaLiteSpec } from "../vega.ts";
import { binEdges, countInto, mean } from "./histogram.ts";

export interface JointOptions extends ChartText {
  /** Title of the horizontal axis with its unit. Defaults to `"x"`. */
  x?: string;
  /** Title of the vertical axis with its unit. Defaults to `"y"`. */
  y?: string;
  /** Class of each example, a colour each. */
  labels?: Labels;
}

export interface PairsOptions extends ChartText {
  /** Class of each example, a colour each. */
  labels?: Labels;
  /** Width and height of each chart in pixels. Defaults to `120`. */
  size?: number;
}

const mostColumns = 8;

/**
 * Scatter chart of two measures, `[n]` each, with their histograms at its sides.
 *
 * @throws RangeError if there is no example, the measures or `labels` are not as many, or a value is not finite.
 */
export function joint(x: Vector, y: Vector, options: JointOptions = {}): Figure {
  const names = { x: options.x ?? "x", y: options.y ?? "y" };
  const columns = { x: readVector("x", x), y: readVector("y", y) };
  const classes = readClasses(columns, options.labels);
  const size = 260;
  const spec = chart(options, {
    spacing: 6,
    vconcat: [
      sideHistogram(columns.x, "x", size, classes),
      {
        spacing: 6,
        hconcat: [
          { width: size, height: size, ...cloud(columns.x, columns.y, names, classes) },
          sideHistogram(columns.y, "y", size, classes),
        ],
      },
    ],
  });
  const text = `${heading("Scatter chart", options)} with histograms: ${names.y} over ${names.x}, ${columns.x.length} points, correlation ${short(correlation(columns.x, columns.y))}`;
  return new Figure({ vegaLite: spec, text });
}

/**
 * Scatter charts of every pair of measures, `[n]` each by name, with histograms on the diagonal.
 *
 * @throws RangeError if there are less than 2 or more than 8 measures, no example, they or `labels` are not as many, or
 *   a value is not finite.
 */
export function pairs(columns: Record<string, Vector>, options: PairsOptions = {}): Figure {
  const { size = 120 } = options;
  const read = readGroups("column", columns, "column");
  const names = Object.keys(read);
  if (names.length < 2 || names.length > mostColumns) {
    throw new RangeError(`There are ${names.length} columns; choose from 2 to ${mostColumns}.`);
  }
  const classes = readClasses(read, options.labels);
  const rows = names.map((vertical, row) => ({
    spacing: 6,
    hconcat: names.map((horizontal, column) => {
      const isLast = row === names.length - 1;
      const [x, y] = [read[horizontal] as Float64Array, read[vertical] as Float64Array];
      const titles = { x: isLast ? horizontal : null, y: column === 0 ? vertical : null };
      const panel = row === column ? diagonal(x, titles, classes) : cloud(x, y, titles, classes);
      return { width: size, height: size, ...panel };
    }),
  }));
  const spec = chart(options, { spacing: 6, vconcat: rows });
  const count = read[names[0] as string]?.length;
  const text = `${heading("Pairs", options)} of ${names.length} columns (${names.join(", ")}), ${count} examples`;
  return new Figure({ vegaLite: spec, text });
}

interface Classes {
  names: Label[];
  of: Label[];
}

function readClasses(columns: Record<string, Float64Array>, labels: Labels | undefined): Classes | undefined {
  const of = labels && readLabels("labels", labels);
  const lengths = Object.fromEntries(Object.entries(columns).map(([name, { length }]) => [name, length]));
  requireSameLength({ ...lengths, ...(of ? { labels: of.length } : {}) });
  if (Object.values(lengths).includes(0))
    throw new RangeError("There is no example to draw; at least 1 is needed.");
  return of && { of, names: [...new Set(of)].sort(compareLabels) };
}

interface Titles {
  x: string | null;
  y: string | null;
}

function axis(field: string, title: string | null, values: Float64Array) {
  // Labels only where there is a title: the others stand in the same row or column.
  const labels = title === null ? { labels: false, ticks: false } : { tickCount: 4 };
  return { field, type: "quantitative", title, axis: labels, scale: { domain: padded(values), nice: false } };
}

function cloud(x: Float64Array, y: Float64Array, titles: Titles, classes: Classes | undefined): VegaLiteSpec {
  return {
    data: {
      values: Array.from(x, (value, index) => ({
        x: round(value),
        y: round(y[index] as number),
        class: classes?.of[index],
      })),
    },
    mark: { type: "point", filled: true, size: 18, opacity: 0.6, aria: false },
    encoding: { x: axis("x", titles.x, x), y: axis("y", titles.y, y), ...colour(classes) },
  };
}

function histogramRows(values: Float64Array, classes: Classes | undefined): object[] {
  const edges = binEdges(values, {});
  return (classes?.names ?? [undefined]).flatMap((name) => {
    const own = classes ? values.filter((_, index) => classes.of[index] === name) : values;
    return countInto(edges, own).map((count, index) => ({
      ...{ class: name, from: edges[index], to: edges[index + 1], count },
    }));
  });
}

function barsOf(classes: Classes | undefined): object {
  return { type: "bar", binSpacing: 0, opacity: classes ? 0.55 : 1 };
}

function diagonal(values: Float64Array, titles: Titles, classes: Classes | undefined): VegaLiteSpec {
  return {
    data: { values: histogramRows(values, classes) },
    mark: barsOf(classes),
    encoding: {
      x: { ...axis("from", titles.x, values), bin: { binned: true } },
      x2: { field: "to" },
      // The heights are counts; the labels beside the first would be taken for values of the column.
      y: {
        field: "count",
        type: "quantitative",
        title: titles.y,
        stack: null,
        axis: { labels: false, ticks: false },
      },
      ...colour(classes),
    },
  };
}

function colour(classes: Classes | undefined): object {
  return classes
    ? { color: { field: "class", type: "nominal", title: null, scale: { domain: classes.names } } }
    : {};
}

function sideHistogram(
  values: Float64Array,
  along: "x" | "y",
  size: number,
  classes: Classes | undefined,
): VegaLiteSpec {
  const domain = padded(values);
  const position = {
    field: "from",
    type: "quantitative",
    title: null,
    bin: { binned: true },
    scale: { domain, nice: false },
    axis: { labels: false, ticks: false },
  };
  const count = { field: "count", type: "quantitative", title: "count", stack: null, axis: { tickCount: 3 } };
  return {
    data: { values: histogramRows(values, classes) },
    ...(along === "x" ? { width: size, height: 60 } : { width: 60, height: size }),
    mark: barsOf(classes),
    encoding: {
      ...(along === "x"
        ? { x: position, x2: { field: "to" }, y: count }
        : { y: position, y2: { field: "to" }, x: count }),
      ...colour(classes),
    },
  };
}

function padded(values: Float64Array): [low: number, high: number] {
  const [low, high] = extent(values);
  const more = 0.04 * (high - low) || 0.5;
  return [round(low - more), round(high + more)];
}

/** Pearson's correlation; NaN where a measure is constant. */
function correlation(x: Float64Array, y: Float64Array): number {
  const [meanX, meanY] = [mean(x), mean(y)];
  const sum = (term: (a: number, b: number) => number) =>
    x.reduce((all, value, index) => all + term(value - meanX, (y[index] as number) - meanY), 0);
  return sum((a, b) => a * b) / Math.sqrt(sum((a) => a * a) * sum((_, b) => b * b));
}
