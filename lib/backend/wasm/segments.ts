// UnsortedSegmentSum, the gradient of gather and so of every embedding.
import * as tf from "@tensorflow/tfjs";
import { asTensor } from "../kernel-tensors.ts";

export function registerSegmentSum(): void {
  tf.registerKernel({ kernelName: "UnsortedSegmentSum", backendName: "wasm", kernelFunc: segmentSum });
}

/** Rows that go to the same segment are what scatterND adds up. */
const segmentSum: tf.KernelFunc = ({ inputs, attrs }) =>
  tf.tidy(() => {
    const x = asTensor(inputs.x);
    const segmentIds = asTensor(inputs.segmentIds);
    const rowShape = x.shape.slice(segmentIds.rank);
    const outputShape = [attrs?.numSegments as number, ...rowShape];
    if (x.size === 0) return tf.zeros(outputShape, x.dtype);
    const indices = tf.reshape(tf.cast(segmentIds, "int32"), [segmentIds.size, 1]);
    return tf.scatterND(indices, tf.reshape(x, [segmentIds.size, ...rowShape]), outputShape);
  });
