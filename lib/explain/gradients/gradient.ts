// The gradient of a score at the input, plain, times the input, or averaged over noise.

import * as tf from "@tensorflow/tfjs";
import { random } from "../../data/random.ts";
import { inBatches } from "../batches.ts";
import { checkFinite } from "../network.ts";
import {
  type Attribution,
  type AttributionOptions,
  finish,
  fixedTarget,
  gradientOf,
  scoresOf,
} from "./attribution.ts";

/**
 * Saliency (Simonyan et al. 2014): the gradient of the score, by how much it changes when an input does.
 *
 * @param options.absolute Without the sign. Defaults to `true`.
 */
export async function saliency(
  model: tf.LayersModel,
  x: tf.Tensor,
  options: AttributionOptions & { absolute?: boolean } = {},
): Promise<Attribution> {
  const { target = "argmax", output, absolute = true } = options;
  await checkFinite(x);
  return finish(
    tf.tidy(() => {
      const scores = scoresOf(model, x, target, output);
      const gradient = gradientOf(model, x, target, output);
      return { attribution: absolute ? tf.abs(gradient) : gradient, scores };
    }),
  );
}

/** Input times gradient: what each input contributes to the score of a linear model. */
export async function inputXGradient(
  model: tf.LayersModel,
  x: tf.Tensor,
  { target = "argmax", output }: AttributionOptions = {},
): Promise<Attribution> {
  await checkFinite(x);
  return finish(
    tf.tidy(() => {
      const scores = scoresOf(model, x, target, output);
      return { attribution: tf.mul(x, gradientOf(model, x, target, output)), scores };
    }),
  );
}

export interface SmoothGradOptions extends AttributionOptions {
  /** Standard deviation of the noise as a share of the range of an example's values. Defaults to `0.1`. */
  noiseLevel?: number;
  /** Noisy copies of each example. Defaults to `20`. */
  samples?: number;
  /** Seed of the noise. Defaults to `0`. */
  seed?: number;
  signal?: AbortSignal;
}

/**
 * SmoothGrad (Smilkov et al. 2017): the gradient averaged over copies of the input with noise.
 *
 * @throws RangeError if the noise level is negative or there is no sample.
 */
export async function smoothGrad(
  model: tf.LayersModel,
  x: tf.Tensor,
  options: SmoothGradOptions = {},
): Promise<Attribution> {
  const { output, noiseLevel = 0.1, samples = 20, seed = 0, signal } = options;
  if (!(noiseLevel >= 0 && Number.isInteger(samples) && samples >= 1)) {
    throw new RangeError(
      `noiseLevel is ${noiseLevel} and samples ${samples}; the level must be 0 or more, with one sample or more.`,
    );
  }
  const target = await fixedTarget(model, x, options);
  const scores = tf.tidy(() => scoresOf(model, x, target, output));
  const source = random(seed);
  let total = tf.zeros(x.shape);
  try {
    await inBatches(samples, 1, signal, () => {
      const next = tf.tidy(() => {
        const axes = x.shape.slice(1).map((_, axis) => axis + 1);
        const width = tf.mul(noiseLevel, tf.sub(tf.max(x, axes, true), tf.min(x, axes, true)));
        const noise = tf.tensor(Float32Array.from({ length: x.size }, source.normal), x.shape);
        const noisy = tf.add(x, tf.mul(noise, width));
        return tf.add(total, tf.div(gradientOf(model, noisy, target, output), samples));
      });
      total.dispose();
      total = next;
    });
  } catch (error) {
    tf.dispose([total, scores]);
    throw error;
  }
  return finish({ attribution: total, scores });
}
