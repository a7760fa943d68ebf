// The loss around the weights that a model has: along one random direction or over the plane of two.

import { setImmediate } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs";
import { type RandomSource, random } from "../../data/random.ts";
import { lines } from "../../plot/charts.ts";
import { displaySymbol, displayTarget, type MimeBundle } from "../../plot/display.ts";
import type { Figure } from "../../plot/figure.ts";
import { surface } from "../../plot/surface.ts";
import { evaluate } from "../../train/evaluate.ts";

export interface LossLandscapeOptions {
  /** `[n, …]`; they stay the caller's. */
  inputs: tf.Tensor;
  /** What the loss compares with, `[n, …]`; they stay the caller's. */
  labels: tf.Tensor;
  /** Loss of labels and predictions; its mean counts. Defaults to what the model is compiled with. */
  loss?: (labels: tf.Tensor, predictions: tf.Tensor) => tf.Tensor;
  /** Along a line, or over a plane. Defaults to `2`. */
  directions?: 1 | 2;
  /** Give each filter of a direction the length of the model's, so that models can be compared. Defaults to `true`. */
  filterNormalized?: boolean;
  /** Points along each direction. Defaults to `21`. */
  steps?: number;
  /** From where to where, with the model at 0. Defaults to −1 and 1. */
  range?: readonly [from: number, to: number];
  /** Seed of the directions. Defaults to `0`. */
  seed?: number;
  signal?: AbortSignal;
  /** Called after each point. */
  onProgress?: (progress: { done: number; total: number }) => void;
}

export interface LossLandscape {
  /** Places along the first direction. */
  alphas: number[];
  /** Places along the second direction; `[0]` for a line. */
  betas: number[];
  /** `losses[j][i]` is that at `alphas[i]` and `betas[j]`. */
  losses: number[][];
  /** Loss of the model as it is. */
  center: number;
  figure: Figure;
  [displaySymbol](): Promise<MimeBundle>;
}

/**
 * The loss over a line or a plane through a model's weights, in random directions (Li, Xu, Taylor, Studer and Goldstein
 * 2018, Visualizing the Loss Landscape of Neural Nets).
 *
 * Biases and the weights of normalisation stay as they are, as in the paper. All weights are in the end what they were,
 * also after an error.
 *
 * @throws RangeError if there is neither a loss nor a compiled model, or an option is out of bounds; the signal's reason
 *   if it is aborted.
 */
export async function lossLandscape(
  model: tf.LayersModel,
  options: LossLandscapeOptions,
): Promise<LossLandscape> {
  const { directions = 2, filterNormalized = true, steps = 21, range = [-1, 1], seed = 0 } = options;
  if (!(Number.isInteger(steps) && steps >= 2 && range[0] < range[1])) {
    throw new RangeError(
      `steps is ${steps} and range [${range}]; at least two steps are needed, from a smaller to a larger number.`,
    );
  }
  const alphas = Array.from(
    { length: steps },
    (_, i) => range[0] + ((range[1] - range[0]) * i) / (steps - 1),
  );
  const betas = directions === 2 ? alphas : [0];
  const stop = options.signal ?? displayTarget().interruptSignal();
  const source = random(seed);
  const weights = weightsOf(model);
  const originals = weights.map(({ value }) => tf.clone(value));
  const axes = Array.from({ length: directions }, () =>
    weights.map((weight) => tf.tidy(() => direction(weight, source, filterNormalized))),
  );
  const moveTo = (places: readonly number[]) =>
    tf.tidy(() =>
      model.setWeights(
        originals.map((original, index) =>
          places.reduce<tf.Tensor>(
            // At 0 the very bits of the model, not what is left after adding zeros.
            (sum, place, axis) =>
              place === 0 ? sum : tf.add(sum, tf.mul(axes[axis]?.[index] as tf.Tensor, place)),
            original,
          ),
        ),
      ),
    );
  try {
    const center = await lossOf(model, options);
    const losses: number[][] = [];
    for (const beta of betas) {
      const row: number[] = [];
      losses.push(row);
      for (const alpha of alphas) {
        stop?.throwIfAborted();
        moveTo(directions === 2 ? [alpha, beta] : [alpha]);
        row.push(await lossOf(model, options));
        options.onProgress?.({ done: row.length + (losses.length - 1) * steps, total: betas.length * steps });
        await setImmediate();
      }
    }
    const found = { alphas, betas, losses, center };
    const figure = draw(found);
    return { ...found, figure, [displaySymbol]: () => figure.toMime() };
  } finally {
    model.setWeights(originals);
    tf.dispose([originals, axes]);
  }
}

interface Weight {
  value: tf.Tensor;
  /** Axes that number the filters; the others are within one. */
  filterAxes: number[];
}

/** A model's weights in the order of `getWeights`. */
function weightsOf(model: tf.LayersModel): Weight[] {
  const classes = new Map<string, string>();
  const visit = (layers: readonly tf.layers.Layer[]) => {
    for (const layer of layers) {
      if (layer instanceof tf.LayersModel) visit(layer.layers);
      else for (const { originalName } of layer.weights) classes.set(originalName, layer.getClassName());
    }
  };
  visit(model.layers);
  const values = model.getWeights();
  return model.weights.map(({ originalName }, index) => {
    const value = values[index] as tf.Tensor;
    return { value, filterAxes: filterAxes(classes.get(originalName), value.rank) };
  });
}

/** A filter is what makes one unit or channel; a row of an embedding is one as well. */
function filterAxes(className: string | undefined, rank: number): number[] {
  if (className === "Embedding") return [0];
  if (className === "Conv2DTranspose" || className === "Conv3DTranspose") return [rank - 2];
  if (className === "DepthwiseConv2D") return [rank - 2, rank - 1];
  return [rank - 1];
}

function direction(
  { value, filterAxes }: Weight,
  source: RandomSource,
  filterNormalized: boolean,
): tf.Tensor {
  if (value.rank < 2) return tf.zerosLike(value);
  const noise = tf.tensor(Float32Array.from({ length: value.size }, source.normal), value.shape);
  if (!filterNormalized) return noise;
  const within = value.shape.map((_, axis) => axis).filter((axis) => !filterAxes.includes(axis));
  const norm = (x: tf.Tensor) => tf.sqrt(tf.sum(tf.square(x), within, true));
  return tf.mul(noise, tf.divNoNan(norm(value), norm(noise)));
}

async function lossOf(
  model: tf.LayersModel,
  { inputs, labels, loss }: LossLandscapeOptions,
): Promise<number> {
  if (!loss) return (await evaluate(model, { x: inputs, y: labels })).loss;
  const value = tf.tidy(() => tf.mean(loss(labels, model.predict(inputs) as tf.Tensor)));
  try {
    return (await value.data())[0] as number;
  } finally {
    value.dispose();
  }
}

function draw({
  alphas,
  betas,
  losses,
  center,
}: Pick<LossLandscape, "alphas" | "betas" | "losses" | "center">) {
  const all = losses.flat().filter(Number.isFinite);
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const title = "Loss around the model";
  const subtitle = `${center.toPrecision(4)} at the model, ${least.toPrecision(4)} to ${most.toPrecision(4)} around it`;
  // What has overflowed is drawn as the largest of the others.
  const shown = (value: number | undefined) => (Number.isFinite(value) ? (value as number) : most);
  if (betas.length === 1) {
    const y = (losses[0] as number[]).map(shown);
    return lines({ loss: { x: alphas, y } }, { title, subtitle, x: "direction", y: "loss", points: true });
  }
  const [from, to] = [alphas[0] as number, alphas.at(-1) as number];
  const cell = (to - from) / (alphas.length - 1);
  const at = (place: number) => Math.round((place - from) / cell);
  const interval = [from - cell / 2, to + cell / 2] as const;
  return surface((x, y) => shown(losses[at(y)]?.[at(x)]), {
    title,
    subtitle,
    xRange: interval,
    yRange: interval,
    x: "first direction",
    y: "second direction",
    z: "loss",
    resolution: alphas.length,
    logarithmic: least > 0 && most / least > 100,
    path: [[0, 0]],
  });
}
