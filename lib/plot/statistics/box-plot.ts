// Median, quartiles and outliers of groups, as Tukey draws them.

import { type Groups, heading, readGroups, round, short } from "../axes.ts";
import type { AxesOptions } from "../charts.ts";
import { Figure } from "../figure.ts";
import { themeOf } from "../theme.ts";
import { chart } from "../vega.ts";
import { quantile } from "./histogram.ts";

export interface BoxPlotOptions extends Omit<AxesOptions, "logarithmic" | "logarithmicX"> {
  /**
   * How far whiskers reach beyond the quartiles at most, in distances between the quartiles; values beyond are drawn as
   * points. Defaults to `1.5`.
   */
  whiskers?: number;
}

/**
 * Box plot of groups by name: the box reaches from the first to the third quartile with a line at the median, whiskers to
 * the last value that is no outlier.
 *
 * @throws RangeError if there is no group, one is empty, a value is not finite, or `whiskers` is below 0.
 */
export function boxPlot(groups: Groups, options: BoxPlotOptions = {}): Figure {
  const { x = "", y = "value", height = 260, whiskers = 1.5 } = options;
  if (!(whiskers >= 0)) throw new RangeError(`whiskers is ${whiskers}; it must be at least 0.`);
  const numbers = readGroups("group", groups, y);
  const boxes = Object.entries(numbers).map(([name, values]) => summarize(name, values, whiskers));
  const outliers = boxes.flatMap(({ name, outliers }) => outliers.map((value) => ({ name, value })));
  const { ink, background } = themeOf(options);
  const names = Object.keys(numbers);
  const value = (field: string) => ({ field, type: "quantitative", title: y, scale: { zero: false } });
  const line = (from: string, to: string) => ({
    data: { values: boxes },
    mark: { type: "rule" },
    encoding: { y: value(from), y2: { field: to } },
  });
  const spec = chart(options, {
    width: options.width ?? Math.min(620, Math.max(160, names.length * 70)),
    height,
    encoding: {
      x: {
        field: "name",
        type: "nominal",
        sort: names,
        title: x || null,
        axis: { labelAngle: names.length > 6 ? -45 : 0 },
      },
    },
    layer: [
      line("low", "first"),
      line("third", "high"),
      {
        data: { values: boxes },
        mark: { type: "bar", size: 28, stroke: ink, strokeWidth: 1 },
        encoding: {
          y: value("first"),
          y2: { field: "third" },
          color: { field: "name", type: "nominal", legend: null, scale: { domain: names } },
        },
      },
      {
        data: { values: boxes },
        mark: { type: "tick", size: 28, thickness: 2, color: background },
        encoding: { y: value("median") },
      },
      {
        data: { values: outliers },
        mark: { type: "point", size: 20, color: ink },
        encoding: { y: value("value") },
      },
    ],
  });
  const described = boxes.map(
    ({ name, first, median, third, outliers }) =>
      `${name}: median ${short(median)}, quartiles ${short(first)} and ${short(third)}, ${outliers.length} outliers`,
  );
  return new Figure({
    vegaLite: spec,
    text: `${heading("Box plot", options)} of ${y}: ${described.join("; ")}`,
  });
}

function summarize(name: string, values: Float64Array, whiskers: number) {
  const sorted = values.toSorted();
  const [first, median, third] = [0.25, 0.5, 0.75].map((part) => quantile(sorted, part)) as [
    number,
    number,
    number,
  ];
  const reach = whiskers * (third - first);
  const inside = sorted.filter((value) => value >= first - reach && value <= third + reach);
  const outliers = sorted.filter((value) => value < first - reach || value > third + reach);
  return {
    ...{ name, first: round(first), median: round(median), third: round(third) },
    ...{
      low: round(Math.min(first, inside[0] ?? first)),
      high: round(Math.max(third, inside.at(-1) ?? third)),
    },
    outliers: [...outliers].map(round),
  };
}
