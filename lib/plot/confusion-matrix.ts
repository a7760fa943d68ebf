// Which classes are taken for which: true classes downwards, predicted classes across.

import { Figure } from "./figure.ts";
import { type ChartText, chart } from "./vega.ts";

export interface ConfusionMatrixOptions extends ChartText {
  /** Names of the classes; the position is the class number. Defaults to the numbers. */
  classNames?: readonly string[];
  /** Show each row as parts of its true class (the diagonal is then the recall). Defaults to `false`. */
  normalize?: boolean;
}

/**
 * Chart of how often each true class was predicted as each class.
 *
 * @param labels True class numbers, from 0.
 * @param predictions Predicted class numbers, as many.
 * @throws RangeError if the two differ in length, are empty, or hold something that is no class number.
 */
export function confusionMatrix(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  options: ConfusionMatrixOptions = {},
): Figure {
  if (labels.length !== predictions.length || labels.length === 0) {
    throw new RangeError(
      `There are ${labels.length} labels and ${predictions.length} predictions; they must be as many, and at least 1.`,
    );
  }
  const names = options.classNames ?? numberNames(labels, predictions);
  const counts = names.map(() => names.map(() => 0));
  let correct = 0;
  for (let index = 0; index < labels.length; index++) {
    const [label, prediction] = [labels[index] as number, predictions[index] as number];
    const row = counts[label];
    if (row?.[prediction] === undefined) {
      throw new RangeError(
        `Example ${index} has the label ${label} and the prediction ${prediction}; ` +
          `with ${names.length} classes both must be whole numbers from 0 to ${names.length - 1}.`,
      );
    }
    row[prediction] = (row[prediction] as number) + 1;
    if (label === prediction) correct++;
  }
  const values = counts.flatMap((row, label) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, prediction) => {
      const part = total ? count / total : 0;
      const shown = options.normalize ? part.toFixed(2) : String(count);
      return { label: names[label], prediction: names[prediction], count, part, shown: count ? shown : "" };
    });
  });
  const percent = ((100 * correct) / labels.length).toFixed(1);
  const axis = (field: string, title: string, rest: object) => ({
    field,
    type: "nominal",
    sort: names,
    title,
    ...rest,
  });
  const spec = chart(
    {
      ...options,
      title: options.title ?? "Confusion matrix",
      subtitle: options.subtitle ?? `${percent} % correct of ${labels.length}`,
    },
    {
      width: { step: 36 },
      height: { step: 30 },
      data: { values },
      encoding: {
        x: axis("prediction", "predicted class", { axis: { labelAngle: -45 } }),
        y: axis("label", "true class", {}),
      },
      layer: [
        {
          mark: { type: "rect", stroke: "#e6e6e6" },
          encoding: {
            color: {
              field: "part",
              type: "quantitative",
              title: "part of true class",
              scale: { domain: [0, 0.5, 1], range: ["#ffffff", "#6baed6", "#08306b"], interpolate: "rgb" },
            },
          },
        },
        {
          mark: { type: "text", fontSize: 11 },
          encoding: {
            text: { field: "shown", type: "nominal" },
            color: { condition: { test: "datum.part > 0.5", value: "white" }, value: "#222222" },
          },
        },
      ],
    },
  );
  return new Figure({
    vegaLite: spec,
    text: `Confusion matrix of ${names.length} classes: ${correct} of ${labels.length} correct (${percent} %)`,
  });
}

function numberNames(labels: ArrayLike<number>, predictions: ArrayLike<number>): string[] {
  let largest = 0;
  for (let index = 0; index < labels.length; index++) {
    largest = Math.max(largest, labels[index] as number, predictions[index] as number);
  }
  return Array.from({ length: largest + 1 }, (_, index) => String(index));
}
