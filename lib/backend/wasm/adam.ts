// A step of Adam as one pass over each small variable, such as a bias. TensorFlow.js makes it of twelve operations, and
// calling those takes longer than the numbers do; here the same numbers are rounded to float32 at the same places, so the
// result is equal to the last bit.
import * as tf from "@tensorflow/tfjs";
import { type Adam, type Gradients, gradientEntries } from "../optimizers.ts";
import type { WasmBackend } from "./data-types.ts";
import { floatViews } from "./views.ts";

const kernelName = "AdamStep";

/** With more elements the twelve kernels are faster, as they have SIMD: a loop in JavaScript takes some 30 ns for each. */
const mostElements = 16_384;

interface AdamAttributes {
  beta1: number;
  beta2: number;
  epsilon: number;
  learningRate: number;
}

export function registerAdam(): void {
  tf.registerKernel({ kernelName, backendName: "wasm", kernelFunc: step });
  const prototype = tf.AdamOptimizer.prototype as unknown as Adam;
  const original = prototype.applyGradients;
  prototype.applyGradients = function (this: Adam, given) {
    const gradients = gradientEntries(given);
    const isFloat = gradients.every(([, gradient]) => !gradient || gradient.dtype === "float32");
    if (tf.getBackend() !== "wasm" || !isFloat) return original.call(this, given);
    tf.tidy(() => {
      const powers = { power1: tf.clone(this.accBeta1), power2: tf.clone(this.accBeta2) };
      // It makes the moments that are missing, passes over what has no gradient and counts the step.
      const large = gradients.map(([name, gradient]) => ({
        name,
        tensor: isSmall(gradient) ? undefined : gradient,
      }));
      original.call(this, large as unknown as Gradients);
      gradients.forEach(([name, gradient], index) => {
        if (isSmall(gradient)) update(this, index, { name, gradient, powers });
      });
    });
  };
}

function isSmall(gradient: tf.Tensor | undefined): gradient is tf.Tensor {
  return gradient ? gradient.size <= mostElements : false;
}

function update(
  { accumulatedFirstMoment, accumulatedSecondMoment, beta1, beta2, epsilon, learningRate }: Adam,
  index: number,
  { name, gradient, powers }: { name: string; gradient: tf.Tensor; powers: Record<string, tf.Tensor> },
): void {
  const value = tf.engine().registeredVariables[name] as tf.Variable;
  const first = (accumulatedFirstMoment[index] as { variable: tf.Variable }).variable;
  const second = (accumulatedSecondMoment[index] as { variable: tf.Variable }).variable;
  const results = tf
    .engine()
    .runKernel(
      kernelName,
      { value, first, second, gradient, ...powers },
      { beta1, beta2, epsilon, learningRate },
    ) as tf.Tensor[];
  [value, first, second].forEach((variable, position) => {
    variable.assign(results[position] as tf.Tensor);
  });
}

const step: tf.KernelFunc = ({ inputs, attrs, backend }) => {
  const wasm = backend as WasmBackend;
  const { value, first, second, gradient, power1, power2 } = inputs as Record<string, tf.TensorInfo>;
  const results = [value, first, second].map(({ shape }) => wasm.makeOutput(shape, "float32"));
  const views = floatViews(wasm, [...results, value, first, second, gradient, power1, power2]);
  const [newValue, newFirst, newSecond, oldValue, oldFirst, oldSecond, slope, [p1], [p2]] = views;
  const { beta1, beta2, epsilon, learningRate } = attrs as unknown as AdamAttributes;
  const { fround, sqrt } = Math;
  const [keep1, keep2, add1, add2] = [beta1, beta2, 1 - beta1, 1 - beta2].map(fround);
  const [correction1, correction2] = [fround(1 - p1), fround(1 - p2)];
  const [rate, least] = [fround(-learningRate), fround(epsilon)];
  for (let i = 0; i < newValue.length; i++) {
    const g = slope[i];
    const m = fround(fround(oldFirst[i] * keep1) + fround(g * add1));
    const v = fround(fround(oldSecond[i] * keep2) + fround(fround(g * g) * add2));
    newFirst[i] = m;
    newSecond[i] = v;
    const size = fround(fround(sqrt(fround(v / correction2))) + least);
    newValue[i] = fround(fround(fround(fround(m / correction1) / size) * rate) + oldValue[i]);
  }
  return results;
};
