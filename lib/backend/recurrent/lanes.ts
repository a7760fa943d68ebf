// A batch in lanes: rows that go through all the steps apart from the others, on a processor core of their own. A step
// has to wait for the one before, and its products are too small for two cores to share them.
import { availableParallelism } from "node:os";
import * as tf from "@tensorflow/tfjs";
import { nodeBackend } from "../tensorflow/graph/tensors.ts";
import { tensorFlowEngine } from "../tensorflow/register.ts";

/** Fewer take hardly less time, as all go through the whole kernel. */
const leastRows = 16;
/** More take too long to record: each has its own operations. */
const mostLanes = 4;

/** The rows of each lane. There is more than one where TensorFlow will run the steps as a graph. */
export function laneSizes(batch: number): number[] {
  const most = isRecordingForProcessor() ? Math.min(mostLanes, availableParallelism()) : 1;
  const count = Math.max(1, Math.min(most, Math.floor(batch / leastRows)));
  const end = (lane: number) => Math.floor((lane * batch) / count);
  return Array.from({ length: count }, (_, lane) => end(lane + 1) - end(lane));
}

/** The rows of `tensor` for each lane. */
export function toLanes(tensor: tf.Tensor, sizes: number[]): tf.Tensor[] {
  return sizes.length === 1 ? [tensor] : tf.split(tensor, sizes, 0);
}

/** The whole batch again. */
export function fromLanes(parts: tf.Tensor[]): tf.Tensor {
  return parts.length === 1 ? parts[0] : tf.concat(parts, 0);
}

/** Run at once, operations follow one another whatever they need; on a GPU, a small one leaves most of it idle. */
function isRecordingForProcessor(): boolean {
  if (tf.getBackend() !== "tensorflow" || !nodeBackend().binding.listener) return false;
  return !tensorFlowEngine()?.context.usesGpu;
}
