// A bar for each name, or bars side by side or one over the other for several series of them.

import { didYouMean } from "../../data/nearest.ts";
import { heading } from "../axes.ts";
import type { AxesOptions } from "../charts.ts";
import { Figure } from "../figure.ts";
import { chart } from "../vega.ts";

export interface BarsOptions extends Omit<AxesOptions, "logarithmic" | "logarithmicX"> {
  /** Bars from left to right instead of upwards; long names are readable then. Defaults to `false`. */
  horizontal?: boolean;
  /** Put the series over one another instead of side by side. Defaults to `false`. */
  stacked?: boolean;
  /** Half the length of a line over the end of each bar, such as a standard deviation, by name. */
  errors?: Record<string, number>;
}

/** Numbers by name, or by the series and then the name. */
export type BarValues = Record<string, number> | Record<string, Record<string, number>>;

/**
 * Bar chart: `bars({ cat: 3, dog: 5 })`, or of several series `bars({ training: { … }, test: { … } })`.
 *
 * @throws RangeError if there is no bar, a value is not finite, or `errors` names none of the bars, or several series.
 */
export function bars(values: BarValues, options: BarsOptions = {}): Figure {
  const { x = "", y = "value", horizontal = false, stacked = false, errors } = options;
  const isSeries = Object.values(values).some((value) => typeof value === "object" && value !== null);
  const series = (isSeries ? values : { [y]: values }) as Record<string, Record<string, number>>;
  const rows = Object.entries(series).flatMap(([name, bars]) =>
    Object.entries(bars ?? {}).map(([bar, value]) => {
      if (!Number.isFinite(value)) {
        throw new RangeError(
          `The bar "${bar}"${isSeries ? ` of "${name}"` : ""} is ${value}; only finite numbers can be drawn.`,
        );
      }
      return { series: name, bar, value, ...ends(bar, value, errors) };
    }),
  );
  const names = [...new Set(rows.map(({ bar }) => bar))];
  const [seriesNames, count] = [Object.keys(series), names.length];
  if (count === 0)
    throw new RangeError("There is no bar to draw; at least one name with a number is needed.");
  const unknown = Object.keys(errors ?? {}).find((name) => !names.includes(name));
  if (unknown !== undefined || (errors && isSeries)) {
    throw new RangeError(
      isSeries
        ? "There are errors for several series; they can be drawn for one series alone."
        : `errors names "${unknown}"; there are the bars ${names.map((name) => `"${name}"`).join(", ")}.` +
            didYouMean(String(unknown), names),
    );
  }
  const [along, across] = horizontal ? ["y", "x"] : ["x", "y"];
  const category = {
    field: "bar",
    type: "nominal",
    sort: names,
    title: x || null,
    axis: horizontal ? { labelLimit: 260 } : { labelAngle: longest(names) * count > 60 ? -45 : 0 },
  };
  const isBeside = isSeries && !stacked;
  const spec = chart(options, {
    ...size(options, horizontal, count * (isBeside ? seriesNames.length : 1)),
    data: { values: rows },
    encoding: { [along as string]: category },
    layer: [
      {
        mark: { type: "bar" },
        encoding: {
          [across as string]: {
            field: "value",
            type: "quantitative",
            title: y,
            stack: isBeside ? null : "zero",
          },
          ...(isSeries
            ? { color: { field: "series", type: "nominal", title: null, scale: { domain: seriesNames } } }
            : {}),
          ...(isBeside ? { [`${along}Offset`]: { field: "series", sort: seriesNames } } : {}),
        },
      },
      ...(errors
        ? [
            {
              transform: [{ filter: "isValid(datum.low)" }],
              mark: { type: "rule", strokeWidth: 1.5 },
              encoding: {
                [across as string]: { field: "low", type: "quantitative", title: y },
                [`${across}2`]: { field: "high" },
              },
            },
          ]
        : []),
    ],
  });
  const most = rows.reduce((best, row) => (row.value > best.value ? row : best));
  const of = isSeries ? ` in ${seriesNames.length} series (${seriesNames.join(", ")})` : "";
  return new Figure({
    vegaLite: spec,
    text: `${heading("Bar chart", options)}: ${y} of ${count} bars${of}, the largest "${most.bar}" with ${most.value}`,
  });
}

function ends(bar: string, value: number, errors: Record<string, number> | undefined): object {
  const error = errors?.[bar];
  if (error === undefined) return {};
  if (!(error >= 0 && Number.isFinite(error))) {
    throw new RangeError(`The error of the bar "${bar}" is ${error}; it must be finite and at least 0.`);
  }
  return { low: value - error, high: value + error };
}

function longest(names: readonly string[]): number {
  return names.reduce((most, { length }) => Math.max(most, length), 0);
}

/** Bars are as wide as can be read, up to the size of other charts. */
function size({ width, height }: BarsOptions, horizontal: boolean, bars: number): object {
  const length = Math.min(620, Math.max(120, bars * (horizontal ? 24 : 40)));
  return horizontal
    ? { width: width ?? 360, height: height ?? length }
    : { width: width ?? length, height: height ?? 260 };
}
