// What one small operation costs besides its arithmetic.

import * as tf from "@tensorflow/tfjs";
import { type Clock, spent } from "../clock.ts";
import type { Samples } from "../samples.ts";

const count = 5000;

export async function smallOperations(repetitions: number, clock: Clock): Promise<Samples> {
  const [a, b] = [tf.scalar(1), tf.scalar(2)];
  const run = () =>
    spent(count, () => {
      for (let i = 0; i < count; i++) tf.add(a, b).dispose();
    });
  await run();
  const ours: number[] = [];
  for (let round = 0; round < repetitions; round++) ours.push(1000 * (await run())[clock]);
  tf.dispose([a, b]);
  return { measure: "tf.add of two scalars", peer: "", unit: "µs", better: "lower", ours, theirs: [] };
}
