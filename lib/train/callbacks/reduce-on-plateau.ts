// A smaller learning rate when the validation no longer gets better.

import { requireOneOf } from "../../data/nearest.ts";
import type { FitCallback } from "../callback.ts";
import { getRate, setRate } from "./learning-rate.ts";
import { directionOf, type WatchOptions, watched, worst } from "./metric-direction.ts";

export interface ReduceOnPlateauOptions extends WatchOptions {
  /** What the learning rate is multiplied with. Defaults to `0.1`. */
  factor?: number;
  /** How many epochs without a better value are borne. Defaults to `10`. */
  patience?: number;
  /** Epochs after a reduction in which nothing is counted. Defaults to `0`. */
  cooldown?: number;
  /** By how much a value has to be better to count. Defaults to `0.0001`. */
  minimumChange?: number;
  /** Whether `minimumChange` is a part of the best value or a difference to it. Defaults to `"relative"`. */
  change?: "relative" | "absolute";
  /** The learning rate does not fall below it. Defaults to `0`. */
  minimumRate?: number;
}

/** Multiply the learning rate with `factor` when a metric stays where it is (PyTorch's `ReduceLROnPlateau`). */
export function reduceOnPlateau(options: ReduceOnPlateauOptions = {}): FitCallback {
  const { metric = "val_loss", factor = 0.1, patience = 10, cooldown = 0, minimumRate = 0 } = options;
  const { minimumChange = 1e-4, change = "relative" } = options;
  requireOneOf("change", change, ["relative", "absolute"]);
  if (!(factor > 0 && factor < 1)) {
    throw new RangeError(`factor is ${factor}; it must be above 0 and below 1.`);
  }
  const direction = directionOf(options);
  const sign = direction === "min" ? -1 : 1;
  let [best, since, cooling] = [worst(direction), 0, 0];
  const isBetter = (value: number) => {
    if (!Number.isFinite(best)) return direction === "min" ? value < best : value > best;
    const bound = change === "relative" ? best * (1 + sign * minimumChange) : best + sign * minimumChange;
    return direction === "min" ? value < bound : value > bound;
  };
  return {
    name: "reduceOnPlateau",
    onStart({ epoch }) {
      if (epoch === 0) [best, since, cooling] = [worst(direction), 0, 0];
    },
    onEpochEnd({ model: { optimizer }, values }) {
      const value = watched("reduceOnPlateau", metric, values);
      if (isBetter(value)) [best, since] = [value, 0];
      else since++;
      if (cooling > 0) {
        cooling--;
        since = 0;
      }
      if (since <= patience) return;
      [since, cooling] = [0, cooldown];
      setRate(optimizer, Math.max(getRate(optimizer) * factor, minimumRate));
    },
    save: () => ({ values: { best, since, cooling } }),
    restore({ values }) {
      ({ best, since, cooling } = values as { best: number; since: number; cooling: number });
    },
  };
}
