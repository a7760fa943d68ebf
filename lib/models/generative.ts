// What models that make images have in common: several networks, a loss of their own, training batch by batch.

import { setImmediate } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs";
import { type RandomSource, random, withRandomSource } from "../data/random.ts";
import { displayTarget } from "../plot/display.ts";

export interface GenerativeFitOptions {
  /** How often every image is used. Defaults to `5`. */
  epochs?: number;
  /** Images of one step; the last step of an epoch takes what is left. Defaults to `32`. */
  batchSize?: number;
  /** Called after each epoch with the means of its losses. */
  onEpochEnd?(epoch: number, losses: Record<string, number>): void;
  /** Stops between two steps; the notebook's interrupt does the same. */
  signal?: AbortSignal;
}

export abstract class GenerativeModel<Losses extends Record<string, number>> {
  readonly #networks: readonly tf.LayersModel[];
  readonly #source: RandomSource;

  constructor(networks: readonly tf.LayersModel[], seed: number | undefined) {
    this.#networks = networks;
    this.#source = random(seed);
  }

  /** One step on a batch of images, which stays the caller's; gives the losses before it. */
  abstract trainStep(batch: tf.Tensor): Losses;

  /**
   * Train on images in random order; an interrupt keeps what was learned.
   *
   * @param images `[n, …shape of one]`; they stay the caller's.
   * @returns The means of the losses over each complete epoch.
   * @throws Error if a loss is no longer a finite number.
   */
  async fit(images: tf.Tensor, options: GenerativeFitOptions = {}): Promise<Losses[]> {
    const { epochs = 5, batchSize = 32, onEpochEnd } = options;
    const [count] = images.shape as [number];
    const signals = [options.signal, displayTarget().interruptSignal()];
    const history: Losses[] = [];
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const order = this.#source.permutation(count);
      const sums = new Map<string, number>();
      for (let start = 0; start < count; start += batchSize) {
        await setImmediate();
        if (signals.some((signal) => signal?.aborted)) return history;
        const chosen = order.slice(start, start + batchSize);
        for (const [name, value] of Object.entries(this.#step(images, chosen))) {
          if (!Number.isFinite(value)) {
            throw new Error(`The ${name} loss is ${value} in epoch ${epoch}: training has diverged.`);
          }
          sums.set(name, (sums.get(name) ?? 0) + (value * chosen.length) / count);
        }
      }
      const losses = Object.fromEntries(sums) as Losses;
      history.push(losses);
      onEpochEnd?.(epoch, losses);
    }
    return history;
  }

  /** Free the networks and the optimizers. */
  dispose(): void {
    for (const network of this.#networks) network.dispose();
  }

  /** Run `body` with the model's own random numbers. */
  protected withOwnRandom<Result>(body: () => Result): Result {
    return withRandomSource(this.#source, body);
  }

  #step(images: tf.Tensor, chosen: Int32Array): Losses {
    const batch = tf.tidy(() => tf.gather(images, tf.tensor1d(chosen, "int32")));
    try {
      return this.trainStep(batch);
    } finally {
      batch.dispose();
    }
  }
}

/** Change the weights of the networks by one step down the loss; gives the loss before it. */
export function descend(
  optimizer: tf.Optimizer,
  networks: readonly tf.LayersModel[],
  loss: () => tf.Scalar,
): number {
  const variables = networks.flatMap((network) =>
    network.trainableWeights.map((weight) => weight.read() as tf.Variable),
  );
  return tf.tidy(() => (optimizer.minimize(loss, true, variables) as tf.Scalar).dataSync()[0] as number);
}

/** The network in training: dropout drops, batch normalization uses the batch. */
export function inTraining(network: tf.LayersModel, ...inputs: tf.Tensor[]): tf.Tensor[] {
  const given = inputs.length === 1 ? (inputs[0] as tf.Tensor) : inputs;
  return [network.apply(given, { training: true }) as tf.Tensor | tf.Tensor[]].flat();
}
