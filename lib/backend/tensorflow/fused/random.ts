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
const { int16, int32 } = dataType;
const seedAttributes = [typed("Tseed", int32)];
const attributes = [typed("dtype", int32), typed("Tshape", int32)];
const shiftAttributes = [typed("T", int32)];
const compareAttributes = [typed("T", int16)];
const bitcastAttributes = [typed("T", int32), typed("type", int16)];
const castAttributes = [typed("SrcT", int32), typed("DstT", int16)];
/** Bits beyond the 24 that float32 holds exactly. */
const surplus = 8;

/** Numbers uniform in [0, 1), for the backend "tensorflow", of a seed that is two whole numbers. */
export function statelessUniform(shape: number[], seed: Int32Array): tf.Tensor {
  const backend = tf.backend() as unknown as NodeBackend;
  return tf.tidy(() => {
    const words = drawWords(backend, shape, seed);
    const [shift] = backend.getInputTensorIds([tf.scalar(surplus, "int32")]);
    const [upper] = backend.binding.executeOp("RightShift", shiftAttributes, [words, shift], 1);
    backend.binding.deleteTensor(words);
    const numbers = tf.cast(backend.createOutputTensor(upper), "float32");
    return tf.add(tf.mul(numbers, 2 ** (surplus - 32)), 0.5);
  });
}

/** Ones where a whole number of 16 bits is `least` or more, and zeros. */
export function statelessMask(shape: number[], least: number, seed: Int32Array): tf.Tensor {
  const backend = tf.backend() as unknown as NodeBackend;
  const { binding } = backend;
  return tf.tidy(() => {
    const size = tf.util.sizeFromShape(shape);
    const words = drawWords(backend, [Math.ceil(size / 2)], seed);
    const [given] = backend.getInputTensorIds([tf.scalar(least, "int32")]);
    const [limit] = binding.executeOp("Cast", castAttributes, [given], 1);
    // Two numbers of 16 bits for each of 32, without a copy.
    const [halves] = binding.executeOp("Bitcast", bitcastAttributes, [words], 1);
    const [mask] = binding.executeOp("GreaterEqual", compareAttributes, [halves.id, limit.id], 1);
    for (const id of [words, limit.id, halves.id]) binding.deleteTensor(id);
    const kept = tf.reshape(backend.createOutputTensor(mask), [-1]);
    return tf.cast(tf.reshape(size % 2 === 0 ? kept : tf.slice(kept, 0, size), shape), "float32");
  });
}

/** Whole numbers of 32 bits: TensorFlow's own uniform numbers are of the lower bits, XLA's of the upper. */
function drawWords(backend: NodeBackend, shape: number[], seed: Int32Array): number {
  const { binding } = backend;
  const [size, given, algorithm] = backend.getInputTensorIds([
    tf.tensor1d(shape, "int32"),
    tf.tensor1d(seed, "int32"),
    tf.scalar(philox, "int32"),
  ]);
  const state = binding.executeOp("StatelessRandomGetKeyCounter", seedAttributes, [given], 2);
  const [key, counter] = state.map(({ id }) => id);
  const inputs = [size, key, counter, algorithm];
  const [words] = binding.executeOp("StatelessRandomUniformFullIntV2", attributes, inputs, 1);
  // The state is uint64, a type that TensorFlow.js does not know: no tensor of its own.
  for (const { id } of state) binding.deleteTensor(id);
  return words.id;
}

function typed(name: string, value: number): Attribute {
  return { name, type: attributeType.type, value };
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
