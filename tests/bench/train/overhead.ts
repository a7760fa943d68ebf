// What one small operation costs besides its arithmetic: on two numbers, which the library adds itself, and on more of them,
// which go through TensorFlow.

import * as tf from "@tensorflow/tfjs";
import { type Clock, spent } from "../clock.ts";
import type { Samples } from "../samples.ts";

const count = 5000;

export const smallOperations = {
  "tf.add of two scalars": () => tf.scalar(1),
  "tf.add of two rows of 200": () => tf.tensor1d(new Float32Array(200)),
};

export async function smallOperation(
  measure: string,
  make: () => tf.Tensor,
  repetitions: number,
  clock: Clock,
): Promise<Samples> {
  const [a, b] = [make(), make()];
  const run = () =>
    spent(count, () => {
      for (let i = 0; i < count; i++) tf.add(a, b).dispose();
    });
  await run();
  const ours: number[] = [];
  for (let round = 0; round < repetitions; round++) ours.push(1000 * (await run())[clock]);
  tf.dispose([a, b]);
  return { measure, peer: "", unit: "µs", better: "lower", ours, theirs: [] };
}
