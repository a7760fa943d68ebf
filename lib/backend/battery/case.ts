// One case of the battery: an operation on given inputs, whose result and gradient must be the same on
// every backend. The inputs are data, not tensors, so that each backend makes its own.
import * as tf from "@tensorflow/tfjs";

export interface Input {
  shape: number[];
  dtype: tf.DataType;
  values: number[] | boolean[] | string[];
}

export interface Case {
  name: string;
  inputs: Input[];
  compute: (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
  /** Whether the gradient is compared too; by default where there are float inputs and float outputs. */
  gradient: boolean;
}

/** A case; `gradient: false` for what has none. */
export function check(
  name: string,
  inputs: Input[],
  // Operations take tensors of all ranks; the types of tfjs want them told apart.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  compute: (...inputs: any[]) => tf.Tensor | tf.Tensor[],
  options: { gradient?: boolean } = {},
): Case {
  const gradient = options.gradient ?? inputs.some((input) => input.dtype === "float32");
  return { name, inputs, compute, gradient };
}

/** Normally distributed numbers, the same at every call with this shape and seed. */
export function floats(shape: number[], seed = 1): Input {
  const next = generator(seed);
  const values = Array.from({ length: size(shape) }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - next()));
    return Math.fround(radius * Math.cos(2 * Math.PI * next()));
  });
  return { shape, dtype: "float32", values };
}

/** Uniformly distributed numbers from `low` to `high`. */
export function between(low: number, high: number, shape: number[], seed = 1): Input {
  const next = generator(seed);
  const values = Array.from({ length: size(shape) }, () => Math.fround(low + (high - low) * next()));
  return { shape, dtype: "float32", values };
}

/** Whole numbers from `low` to `high`, both included. */
export function integers(low: number, high: number, shape: number[], seed = 1): Input {
  const next = generator(seed);
  const values = Array.from({ length: size(shape) }, () => low + Math.floor((high - low + 1) * next()));
  return { shape, dtype: "int32", values };
}

export function booleans(shape: number[], seed = 1): Input {
  const next = generator(seed);
  return { shape, dtype: "bool", values: Array.from({ length: size(shape) }, () => next() < 0.5) };
}

/** A tensor with just these values. */
export function given(
  values: number[] | boolean[] | string[],
  shape: number[] = [values.length],
  dtype: tf.DataType = "float32",
): Input {
  return { shape, dtype, values };
}

function size(shape: number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

/** Mulberry32: small, and good enough to fill tensors. */
function generator(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A result on the host. */
export interface Result {
  shape: number[];
  dtype: string;
  values: ArrayLike<number> | string[];
}

/** The outputs of a case and then the gradients of its float inputs, on the backend in use. */
export function run({ inputs, compute, gradient }: Case): Result[] {
  const results: Result[] = [];
  tf.tidy(() => {
    const tensors = inputs.map(({ values, shape, dtype }) =>
      tf.tensor(values as number[], shape, dtype as "float32"),
    );
    const outputs = [compute(...tensors)].flat();
    results.push(...outputs.map(result));
    if (!gradient || outputs[0].dtype !== "float32") return;
    const differentiated = tensors.filter((tensor) => tensor.dtype === "float32");
    const gradients = tf.grads((...floatTensors: tf.Tensor[]) => {
      const remaining = [...floatTensors];
      const [output] = [
        compute(
          ...tensors.map((tensor) =>
            tensor.dtype === "float32" ? (remaining.shift() as tf.Tensor) : tensor,
          ),
        ),
      ].flat();
      const { values, shape } = floats(output.shape, 99);
      return tf.sum(tf.mul(output, tf.tensor(values as number[], shape)));
    })(differentiated);
    results.push(...gradients.map(result));
  });
  return results;
}

function result(tensor: tf.Tensor): Result {
  return { shape: tensor.shape, dtype: tensor.dtype, values: tensor.dataSync() as Float32Array };
}
