// How often values fall into intervals of the same width.

import { extent, type Groups, heading, readGroups, round, short } from "../axes.ts";
import type { AxesOptions } from "../charts.ts";
import { Figure } from "../figure.ts";
import { chart } from "../vega.ts";

export interface HistogramOptions extends Omit<AxesOptions, "logarithmic" | "logarithmicX"> {
  /**
   * Number of intervals from the smallest to the largest value. Defaults to the more of Sturges' rule and of Freedman and
   * Diaconis' (1981), as NumPy's "auto" does, but to 100 at most.
   */
  bins?: number;
  /** Interval that is drawn; other values are left out. Defaults to that from the smallest to the largest value. */
  range?: readonly [low: number, high: number];
  /** Parts of all values for each unit of x, so that groups of different size can be compared. Defaults to `false`. */
  density?: boolean;
}

/**
 * Histogram of numbers, or of groups of them by name, drawn over one another.
 *
 * @throws RangeError if there is no value, one is not finite, or `bins` or `range` is impossible.
 */
export function histogram(values: Groups, options: HistogramOptions = {}): Figure {
  const { x = "value", width = 420, height = 260, density = false } = options;
  const y = options.y ?? (density ? "density" : "count");
  const groups = readGroups("values", values, x);
  const all = Float64Array.from(Object.values(groups).flatMap((group) => [...group]));
  const edges = binEdges(all, options);
  const rows = Object.entries(groups).flatMap(([group, numbers]) =>
    countInto(edges, numbers).map((count, index) => {
      const [from, to] = [edges[index] as number, edges[index + 1] as number];
      return {
        group,
        from: round(from),
        to: round(to),
        y: density ? round(count / numbers.length / (to - from)) : count,
      };
    }),
  );
  const names = Object.keys(groups);
  const isOne = names.length === 1;
  const spec = chart(options, {
    ...{ width, height },
    data: { values: rows },
    mark: { type: "bar", binSpacing: isOne ? 1 : 0, opacity: isOne ? 1 : 0.55 },
    encoding: {
      x: { field: "from", type: "quantitative", title: x, bin: { binned: true }, scale: { zero: false } },
      x2: { field: "to" },
      y: { field: "y", type: "quantitative", title: y, stack: null },
      ...(isOne ? {} : { color: { field: "group", type: "nominal", title: null, scale: { domain: names } } }),
    },
  });
  const described = Object.entries(groups).map(
    ([name, numbers]) =>
      `${name}: ${numbers.length} values, mean ${short(mean(numbers))}, ${extent(numbers).map(short).join(" to ")}`,
  );
  return new Figure({ vegaLite: spec, text: `${heading("Histogram", options)}: ${described.join("; ")}` });
}

/** The ends of the intervals, one more than there are intervals. */
export function binEdges(
  values: Float64Array,
  { bins, range }: Pick<HistogramOptions, "bins" | "range">,
): number[] {
  const [low, high] = range ?? extent(values);
  if (!(range === undefined || low < high)) {
    throw new RangeError(`range is [${low}, ${high}]; the second number must be larger than the first.`);
  }
  if (bins !== undefined && !(Number.isInteger(bins) && bins > 0)) {
    throw new RangeError(`bins is ${bins}; it must be a whole number of at least 1.`);
  }
  // Values that are all the same stand in the middle of an interval.
  const [from, to] = low < high ? [low, high] : [low - 0.5, high + 0.5];
  const count = bins ?? automaticBins(values, to - from);
  return Array.from({ length: count + 1 }, (_, index) => from + ((to - from) * index) / count);
}

/** How many values fall into each interval; the last one holds its upper end, too. */
export function countInto(edges: readonly number[], values: Float64Array): number[] {
  const count = edges.length - 1;
  const [from, to] = [edges[0] as number, edges[count] as number];
  const counts = new Array<number>(count).fill(0);
  for (const value of values) {
    if (value < from || value > to) continue;
    let index = Math.min(count - 1, Math.floor(((value - from) / (to - from)) * count));
    // The division may be off by the last digit.
    if (value < (edges[index] as number)) index--;
    else if (index < count - 1 && value >= (edges[index + 1] as number)) index++;
    counts[index] = (counts[index] as number) + 1;
  }
  return counts;
}

function automaticBins(values: Float64Array, span: number): number {
  const sorted = values.toSorted();
  const spread = quantile(sorted, 0.75) - quantile(sorted, 0.25);
  const sturges = span / (Math.log2(values.length) + 1);
  const freedmanDiaconis = (2 * spread) / Math.cbrt(values.length);
  const width = freedmanDiaconis > 0 ? Math.min(sturges, freedmanDiaconis) : sturges;
  return Math.min(100, Math.max(1, Math.ceil(span / width)));
}

/** Value below which a part of sorted values lies, by linear interpolation as NumPy does. */
export function quantile(sorted: Float64Array, part: number): number {
  const place = part * (sorted.length - 1);
  const below = Math.floor(place);
  const [from, to] = [sorted[below] as number, sorted[Math.min(below + 1, sorted.length - 1)] as number];
  return from + (to - from) * (place - below);
}

/** Arithmetic mean. */
export function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
