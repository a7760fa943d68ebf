// Operations of TensorFlow that no kernel of TensorFlow.js stands for. They have no gradient, so they are for the
// inside of operations that bring their own.
import * as tf from "@tensorflow/tfjs";
import { type Attribute, attributeType } from "../attributes.ts";
import { dataType } from "../data-types.ts";

interface NodeBackend {
  executeMultipleOutputs(
    name: string,
    attributes: Attribute[],
    inputs: tf.Tensor[],
    count: number,
  ): tf.Tensor[];
}

/** The results of the operation `name` on float32 tensors; TensorFlow must be the backend. */
export function runFused(
  name: string,
  attributes: Attribute[],
  inputs: tf.Tensor[],
  outputCount: number,
): tf.Tensor[] {
  const backend = tf.backend() as unknown as NodeBackend;
  const type = { name: "T", type: attributeType.type, value: dataType.float32 };
  return backend.executeMultipleOutputs(name, [type, ...attributes], inputs, outputCount);
}
