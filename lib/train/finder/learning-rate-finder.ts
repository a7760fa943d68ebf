// The learning rate range test (Smith, 2017): a short run in which the rate rises until the loss explodes.

import type * as tf from "@tensorflow/tfjs";
import { type Examples, type TensorPair, toExamples } from "../../data/examples.ts";
import { Figure } from "../../plot/figure.ts";
import { chart } from "../../plot/vega.ts";
import { setRate } from "../callbacks/learning-rate.ts";
import type { CompileOptions } from "../compile.ts";
import { type Course, minimum, slide, steep, valley } from "./suggestions.ts";
import { tryOut } from "./try-out.ts";

export interface LearningRateFinderOptions extends CompileOptions {
  /** The first rate. Defaults to `1e-7`. */
  from?: number;
  /** The last rate. Defaults to `10`. */
  to?: number;
  /** How many steps the rate rises in. Defaults to `100`. */
  steps?: number;
  /** Examples of one step. Defaults to `32`. */
  batchSize?: number;
  /** The run ends when the loss is so many times the lowest one. Defaults to `4`. */
  divergence?: number;
  /** How slowly the moving average of the loss moves. Defaults to `0.98`. */
  smoothing?: number;
  /** Decides the order of the examples. Defaults to `0`. */
  seed?: number;
  /** Ends with the signal's reason; the notebook's interrupt does the same. */
  signal?: AbortSignal;
}

/** Four suggestions and what they were read off. */
export interface FoundLearningRate {
  /** Halfway down the longest fall: a good first choice. */
  valley: number;
  /** The last rate before the loss rises, the boldest. */
  slide: number;
  /** A tenth of the rate with the lowest loss. */
  minimum: number;
  /** Where the loss falls fastest, the most careful. */
  steep: number;
  /** The learning rate of each step. */
  rates: number[];
  /** The smoothed loss after each step. */
  losses: number[];
  /** The curve with the suggestions on it. */
  figure: Figure;
}

/** Steps at the start that say nothing yet, as a part of all, and steps at the end that say that it has exploded. */
const [unsettled, exploded] = [10, 5];

/**
 * Find a learning rate: `const { valley } = await dl.train.learningRateFinder(model, data.train)`.
 *
 * The model and its optimizer are afterwards as they were before.
 *
 * @throws RangeError if the options make no sense, or the run was too short to see anything.
 */
export async function learningRateFinder(
  model: tf.LayersModel,
  data: Examples | TensorPair,
  options: LearningRateFinderOptions = {},
): Promise<FoundLearningRate> {
  const { from = 1e-7, to = 10, steps = 100, divergence = 4, smoothing = 0.98, batchSize = 32 } = options;
  requireOptions({ from, to, steps, divergence, smoothing });
  const rates: number[] = [];
  const losses: number[] = [];
  let [sum, best] = [0, Infinity];
  const rateAt = (step: number) => from * (to / from) ** ((step - 1) / (steps - 1));
  const { optimizer, loss, metrics, seed, signal } = options;
  await tryOut(model, data, {
    ...{ ...(optimizer && { optimizer }), ...(loss && { loss }), ...(metrics && { metrics }) },
    ...{ batchSize, ...(seed !== undefined && { seed }), ...(signal && { signal }) },
    epochs: Math.ceil(steps / Math.ceil(toExamples(data).size / batchSize)),
    callbacks: [
      {
        onStepStart: ({ model: { optimizer: chosen }, step }) => setRate(chosen, rateAt(step)),
        onStepEnd({ step, values, stop }) {
          if (step === steps || !Number.isFinite(values.loss)) stop();
          if (step > steps || !Number.isFinite(values.loss)) return;
          sum = smoothing * sum + (1 - smoothing) * (values.loss as number);
          const smooth = sum / (1 - smoothing ** step);
          rates.push(rateAt(step));
          losses.push(smooth);
          best = Math.min(best, smooth);
          if (smooth > divergence * best) stop();
        },
      },
    ],
  });
  const course: Course = {
    rates: rates.slice(Math.floor(steps / unsettled), -exploded),
    losses: losses.slice(Math.floor(steps / unsettled), -exploded),
  };
  if (course.rates.length < 3) {
    throw new RangeError(
      `The loss exploded after ${losses.length} of ${steps} steps, too early to see anything: ` +
        `begin lower (from is ${from}), rise more slowly (steps), or look at the data.`,
    );
  }
  const suggestions = {
    valley: valley(course),
    slide: slide(course),
    minimum: minimum(course),
    steep: steep(course),
  };
  return { ...suggestions, rates, losses, figure: draw(course, suggestions) };
}

function requireOptions(options: Record<"from" | "to" | "steps" | "divergence" | "smoothing", number>): void {
  const { from, to, steps, divergence, smoothing } = options;
  if (!(from > 0 && to > from)) {
    throw new RangeError(`from is ${from} and to is ${to}; from must be above 0 and below to.`);
  }
  if (!(Number.isInteger(steps) && steps >= 20)) {
    throw new RangeError(`steps is ${steps}; it must be a whole number of at least 20.`);
  }
  if (!(divergence > 1)) throw new RangeError(`divergence is ${divergence}; it must be above 1.`);
  if (!(smoothing >= 0 && smoothing < 1)) {
    throw new RangeError(`smoothing is ${smoothing}; it must be at least 0 and below 1.`);
  }
}

function draw({ rates, losses }: Course, suggestions: Record<string, number>): Figure {
  const curve = rates.map((rate, index) => ({ rate, loss: losses[index] }));
  const points = Object.entries(suggestions).map(([name, rate]) => ({
    suggestion: `${name} ${rate.toPrecision(2)}`,
    rate,
    loss: losses[nearest(rates, rate)],
  }));
  const x = {
    field: "rate",
    type: "quantitative",
    title: "learning rate",
    scale: { type: "log", nice: false },
    axis: { format: "~e" },
  };
  const y = { field: "loss", type: "quantitative", title: "loss (smoothed)", scale: { zero: false } };
  const names = points.map(({ suggestion }) => suggestion);
  const spec = chart(
    {
      title: "Loss over rising learning rates",
      subtitle: "Choose a rate where it falls, well before the lowest point",
    },
    {
      width: 420,
      height: 260,
      layer: [
        { data: { values: curve }, mark: { type: "line", color: "#888888" }, encoding: { x, y } },
        {
          data: { values: points },
          mark: { type: "point", filled: true, size: 110, opacity: 1 },
          encoding: {
            x,
            y,
            color: { field: "suggestion", type: "nominal", title: null, scale: { domain: names } },
          },
        },
      ],
    },
  );
  return new Figure({ vegaLite: spec, text: `Loss over learning rates; suggestions: ${names.join(", ")}` });
}

/** The rates lie evenly on a logarithmic scale; `minimum` may be below the first. */
function nearest(rates: readonly number[], rate: number): number {
  const distance = (index: number) => Math.abs(Math.log((rates[index] as number) / rate));
  return rates.reduce((best, _, index) => (distance(index) < distance(best) ? index : best), 0);
}
