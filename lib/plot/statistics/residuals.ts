// What a regression leaves unexplained: over what it predicted, and how often.

import { readVector, requireSameLength, type Vector } from "../../metrics/values.ts";
import { heading, round, short } from "../axes.ts";
import { Figure } from "../figure.ts";
import { themeOf } from "../theme.ts";
import { type ChartText, chart } from "../vega.ts";
import { binEdges, countInto, mean } from "./histogram.ts";

export interface ResidualsOptions extends ChartText {
  /** What is predicted, with its unit. Defaults to `"value"`. */
  y?: string;
  /** Height of the plotting area in pixels. Defaults to `260`. */
  height?: number;
}

/**
 * Residuals, true minus predicted, over the predictions, and their histogram beside. A good fit leaves a cloud around 0
 * that has no shape.
 *
 * @param yTrue True values, `[n]`.
 * @param yPred Predictions, `[n]`.
 * @throws RangeError if there is no value, they are not as many, or one is not finite.
 */
export function residuals(yTrue: Vector, yPred: Vector, options: ResidualsOptions = {}): Figure {
  const { y = "value", height = 260 } = options;
  const [truth, predicted] = [readVector("yTrue", yTrue), readVector("yPred", yPred)];
  requireSameLength({ yTrue: truth.length, yPred: predicted.length });
  if (truth.length === 0) throw new RangeError("yTrue has no values; at least 1 is needed.");
  const left = truth.map((value, index) => value - (predicted[index] as number));
  const edges = binEdges(left, {});
  const [low, high] = [edges[0] as number, edges.at(-1) as number];
  const bars = countInto(edges, left).map((count, index) => ({
    from: edges[index],
    to: edges[index + 1],
    count,
  }));
  const points = Array.from(left, (value, index) => ({
    x: round(predicted[index] as number),
    y: round(value),
  }));
  const [average, deviation] = [mean(left), Math.sqrt(mean(left.map((value) => value ** 2)))];
  const vertical = { type: "quantitative", scale: { domain: [Math.min(0, low), Math.max(0, high)] } };
  const zero = {
    data: { values: [{ y: 0 }] },
    mark: { type: "rule", strokeDash: [4, 3], color: themeOf(options).ink },
    encoding: { y: { field: "y", type: "quantitative" } },
  };
  const title = `residual of ${y}`;
  const spec = chart(
    {
      subtitle: `root mean square ${short(deviation)}, mean ${short(average)}`,
      ...options,
      title: options.title ?? "Residuals",
    },
    {
      spacing: 8,
      hconcat: [
        {
          ...{ width: 340, height },
          layer: [
            {
              data: { values: points },
              mark: { type: "point", filled: true, size: 24, opacity: 0.6 },
              encoding: {
                x: { field: "x", type: "quantitative", title: `predicted ${y}`, scale: { zero: false } },
                y: { field: "y", ...vertical, title },
              },
            },
            zero,
          ],
        },
        {
          ...{ width: 90, height },
          layer: [
            {
              data: { values: bars },
              mark: { type: "bar", binSpacing: 0 },
              encoding: {
                y: {
                  field: "from",
                  ...vertical,
                  bin: { binned: true },
                  title: null,
                  axis: { labels: false, ticks: false },
                },
                y2: { field: "to" },
                x: { field: "count", type: "quantitative", title: "count" },
              },
            },
            zero,
          ],
        },
      ],
    },
  );
  return new Figure({
    vegaLite: spec,
    text: `${heading("Residuals", options)} of ${truth.length} predictions of ${y}: mean ${short(average)}, root mean square ${short(deviation)}`,
  });
}
