// Which way a metric gets better. TensorFlow.js guesses from the name and takes "accuracy" alone for rising.

import { didYouMean, requireOneOf } from "../../data/nearest.ts";

export interface WatchOptions {
  /** The value that is watched, as `fit` reports it. Defaults to `"val_loss"`. */
  metric?: string;
  /** Which way it gets better. Known for losses, errors, accuracies and scores; others need it. */
  direction?: "min" | "max";
}

const falling = /loss|error|crossentropy|divergence|hinge|poisson|perplexity|(^|_)(m[as]e|rmse|msle|mape)$/i;
const rising =
  /accuracy|(^|_)acc$|precision|recall|auc|f1|score|iou|dice|jaccard|r2|kappa|specificity|similarity/i;

/** Which way a metric gets better. @throws RangeError if its name does not tell. */
export function directionOf({ metric = "val_loss", direction }: WatchOptions): "min" | "max" {
  if (direction !== undefined) {
    requireOneOf("direction", direction, ["min", "max"]);
    return direction;
  }
  if (falling.test(metric)) return "min";
  if (rising.test(metric)) return "max";
  throw new RangeError(
    `metric is "${metric}", whose better direction is not known; give direction: "min" or "max".`,
  );
}

/** The watched value. @throws RangeError if the run does not measure it. */
export function watched(name: string, metric: string, values: Record<string, number>): number {
  const value = values[metric];
  if (value !== undefined) return value;
  const hint = metric.startsWith("val_") ? " Values of validation need fit's option validation." : "";
  throw new RangeError(
    `${name} watches "${metric}", which this run does not measure; it has ${Object.keys(values).join(", ")}.` +
      `${didYouMean(metric, Object.keys(values))}${hint}`,
  );
}

/** Whether `value` is better than `best` by more than `change`. */
export function isBetter(direction: "min" | "max", value: number, best: number, change: number): boolean {
  return direction === "min" ? value < best - change : value > best + change;
}

/** The worst value there is. */
export function worst(direction: "min" | "max"): number {
  return direction === "min" ? Infinity : -Infinity;
}
