// Random numbers by TensorFlow's operations without a state, of the algorithm Philox (Salmon et al., 2011): the same for the
// same seed whether they are run at once, in a graph or by XLA.
import * as tf from "@tensorflow/tfjs";
import { type Attribute, attributeType } from "../attributes.ts";
import type { TensorMetadata } from "../binding.ts";
import { dataType } from "../data-types.ts";

interface NodeBackend {
  binding: {
    executeOp(name: string, attributes: Attribute[], inputs: number[], outputs: number): TensorMetadata[];
    deleteTensor(id: number): void;
  };
  getInputTensorIds(tensors: tf.Tensor[]): number[];
  createOutputTensor(metadata: TensorMetadata): tf.Tensor;
}

const philox = 1;
const seedAttributes = [{ name: "Tseed", type: attributeType.type, value: dataType.int32 }];
const attributes = [
  { name: "dtype", type: attributeType.type, value: dataType.int32 },
  { name: "Tshape", type: attributeType.type, value: dataType.int32 },
];
const shiftAttributes = [{ name: "T", type: attributeType.type, value: dataType.int32 }];
/** Bits beyond the 24 that float32 holds exactly. */
const surplus = 8;

/** Numbers uniform in [0, 1), for the backend "tensorflow", of a seed that is two whole numbers. */
export function statelessUniform(shape: number[], seed: Int32Array): tf.Tensor {
  const backend = tf.backend() as unknown as NodeBackend;
  const { binding } = backend;
  return tf.tidy(() => {
    const [size, given, algorithm, shift] = backend.getInputTensorIds([
      tf.tensor1d(shape, "int32"),
      tf.tensor1d(seed, "int32"),
      tf.scalar(philox, "int32"),
      tf.scalar(surplus, "int32"),
    ]);
    const state = binding.executeOp("StatelessRandomGetKeyCounter", seedAttributes, [given], 2);
    const [key, counter] = state.map(({ id }) => id);
    // Whole numbers: TensorFlow's own uniform ones are of the lower bits, XLA's of the upper.
    const inputs = [size, key, counter, algorithm];
    const [whole] = binding.executeOp("StatelessRandomUniformFullIntV2", attributes, inputs, 1);
    const [upper] = binding.executeOp("RightShift", shiftAttributes, [whole.id, shift], 1);
    // The state is uint64, a type that TensorFlow.js does not know: no tensor of its own.
    for (const { id } of [...state, whole]) binding.deleteTensor(id);
    const numbers = tf.cast(backend.createOutputTensor(upper), "float32");
    return tf.add(tf.mul(numbers, 2 ** (surplus - 32)), 0.5);
  });
}

/** Normal numbers of mean 0 and standard deviation 1 (Box and Muller, 1958). */
export function statelessNormal(shape: number[], seed: Int32Array): tf.Tensor {
  return tf.tidy(() => {
    const [first, second] = tf.unstack(statelessUniform([2, ...shape], seed));
    // 1 − u keeps the logarithm finite.
    const radius = tf.sqrt(tf.mul(tf.log(tf.sub(1, first)), -2));
    return tf.mul(radius, tf.cos(tf.mul(second, 2 * Math.PI)));
  });
}
