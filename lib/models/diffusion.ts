// Denoising diffusion: noise is added to images in many small steps, and a network learns to take it away.

import { setImmediate } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs";
import { randomNormal } from "../backend/index.ts";
import { requireOneOf } from "../data/nearest.ts";
import { random, withRandomSource } from "../data/random.ts";
import { displayTarget } from "../plot/display.ts";
import { type DiffusionUnetOptions, diffusionUnet } from "./diffusion-unet.ts";
import { descend, GenerativeModel, inTraining } from "./generative.ts";

export interface DiffusionOptions extends DiffusionUnetOptions {
  /** Steps from an image to noise. Defaults to `1000`. */
  steps?: number;
  /** Variances of the noise: linear from 1e-4 to 0.02 scaled by 1000/steps (Ho et al.), or cosine (Nichol and Dhariwal, 2021). Defaults to `"linear"`. */
  schedule?: "linear" | "cosine";
  /** Learning rate of Adam. Defaults to `2e-4`. */
  learningRate?: number;
}

export interface DiffusionSampleOptions {
  /** Steps of the network; fewer than the model's are taken by DDIM, without new noise (Song et al., 2020). Defaults to the model's. */
  steps?: number;
  /** Defaults to `0`. */
  seed?: number;
  /** Called after each step with the images so far, which are freed afterwards. */
  onStep?(step: number, images: tf.Tensor): void;
  /** Ends with the signal's reason; the notebook's interrupt does the same. */
  signal?: AbortSignal;
}

/** Denoising diffusion (Ho, Jain and Abbeel, 2020); see `dl.models.diffusion`. */
export class Diffusion extends GenerativeModel<{ loss: number }> {
  /** Takes `[image, time]`, the time counting from 0; gives the noise in the image. */
  readonly network: tf.LayersModel;
  /** How much of the image's variance is left after each step, from nearly 1 to nearly 0. */
  readonly signal: readonly number[];
  readonly #optimizer: tf.Optimizer;

  constructor(network: tf.LayersModel, options: DiffusionOptions) {
    super([network], options.seed);
    this.network = network;
    this.signal = remainingSignal(options.schedule ?? "linear", options.steps ?? 1000);
    this.#optimizer = tf.train.adam(options.learningRate ?? 2e-4);
  }

  /** Images after `times[i]` + 1 steps of noise: √signal · image + √(1 − signal) · noise. */
  addNoise(images: tf.Tensor, noise: tf.Tensor, times: readonly number[]): tf.Tensor {
    const shape = [times.length, ...images.shape.slice(1).map(() => 1)];
    const factor = (of: (signal: number) => number) =>
      tf.tensor(
        times.map((time) => Math.sqrt(of(this.signal[time] as number))),
        shape,
      );
    return tf.tidy(() =>
      tf.add(
        tf.mul(
          images,
          factor((signal) => signal),
        ),
        tf.mul(
          noise,
          factor((signal) => 1 - signal),
        ),
      ),
    );
  }

  /** The network guesses the noise in each image at a random time; the loss is the mean square of the error. */
  override trainStep(batch: tf.Tensor): { loss: number } {
    const loss = this.withOwnRandom(() => {
      const times = Array.from({ length: batch.shape[0] }, () =>
        Math.floor(Math.random() * this.signal.length),
      );
      return descend(this.#optimizer, [this.network], () => {
        const noise = randomNormal(batch.shape);
        const noisy = this.addNoise(batch, noise, times);
        const [found] = inTraining(this.network, noisy, tf.tensor2d(times, [times.length, 1])) as [tf.Tensor];
        return tf.mean(tf.squaredDifference(found, noise)) as tf.Scalar;
      });
    });
    return { loss };
  }

  /**
   * New images `[count, …]` with values from −1 to 1, from noise; the caller disposes the tensor.
   *
   * @throws RangeError if steps is not from 1 to the model's; the signal's reason if it is aborted.
   */
  async sample(count: number, options: DiffusionSampleOptions = {}): Promise<tf.Tensor> {
    const total = this.signal.length;
    const { steps = total, seed = 0, onStep } = options;
    if (!Number.isInteger(steps) || steps < 1 || steps > total) {
      throw new RangeError(`steps is ${steps}; it must be a whole number from 1 to ${total}.`);
    }
    const source = random(seed);
    const [image] = this.network.inputs as [tf.SymbolicTensor, tf.SymbolicTensor];
    const shape = [count, ...(image.shape.slice(1) as number[])];
    let images = withRandomSource(source, () => randomNormal(shape));
    const times = Array.from(
      { length: steps },
      (_, index) => Math.floor(((steps - index) * total) / steps) - 1,
    );
    for (const [index, time] of times.entries()) {
      await setImmediate();
      for (const signal of [options.signal, displayTarget().interruptSignal()]) {
        if (!signal?.aborted) continue;
        images.dispose();
        throw signal.reason;
      }
      const before = images;
      images = withRandomSource(source, () =>
        tf.tidy(() => this.#denoise(before, time, times[index + 1], steps === total)),
      );
      before.dispose();
      onStep?.(index + 1, images);
    }
    return images;
  }

  override dispose(): void {
    super.dispose();
    this.#optimizer.dispose();
  }

  /** One step back from `time`; to a clean image where there is no time before. */
  #denoise(images: tf.Tensor, time: number, earlier: number | undefined, isRandom: boolean): tf.Tensor {
    const now = this.signal[time] as number;
    const then = earlier === undefined ? 1 : (this.signal[earlier] as number);
    const noise = this.network.predict([images, tf.fill([images.shape[0], 1], time)]) as tf.Tensor;
    const clean = tf.clipByValue(
      tf.div(tf.sub(images, tf.mul(noise, Math.sqrt(1 - now))), Math.sqrt(now)),
      -1,
      1,
    );
    if (!isRandom) {
      // The noise that belongs to the clipped image.
      const rest = tf.div(tf.sub(images, tf.mul(clean, Math.sqrt(now))), Math.sqrt(1 - now));
      return tf.add(tf.mul(clean, Math.sqrt(then)), tf.mul(rest, Math.sqrt(1 - then)));
    }
    // Mean and variance of the step before, given the clean image: equations 6 and 7 of Ho et al.
    const beta = 1 - now / then;
    const mean = tf.add(
      tf.mul(clean, (Math.sqrt(then) * beta) / (1 - now)),
      tf.mul(images, (Math.sqrt(now / then) * (1 - then)) / (1 - now)),
    );
    const deviation = Math.sqrt((beta * (1 - then)) / (1 - now));
    return tf.add(mean, tf.mul(randomNormal(images.shape), deviation));
  }
}

function remainingSignal(schedule: "linear" | "cosine", steps: number): number[] {
  requireOneOf("schedule", schedule, ["linear", "cosine"]);
  if (schedule === "cosine") {
    const level = (step: number) => Math.cos(((step / steps + 0.008) / 1.008) * (Math.PI / 2)) ** 2;
    let product = 1;
    return Array.from({ length: steps }, (_, step) => {
      product *= 1 - Math.min(0.999, 1 - level(step + 1) / level(step));
      return product;
    });
  }
  const scale = 1000 / steps;
  let product = 1;
  return Array.from({ length: steps }, (_, step) => {
    const part = steps === 1 ? 1 : step / (steps - 1);
    product *= 1 - Math.min(0.999, scale * (1e-4 + part * (0.02 - 1e-4)));
    return product;
  });
}

/**
 * A denoising diffusion model (Ho, Jain and Abbeel, 2020): train it with `fit`, draw images with `sample`.
 *
 * Images `[batch, height, width, channels]` with values from −1 to 1; the network is `dl.models.diffusionUnet`.
 *
 * @throws RangeError as the network does.
 */
export function diffusion(options: DiffusionOptions = {}): Diffusion {
  return new Diffusion(diffusionUnet(options), options);
}
