// What TensorFlow.js's optimizers do to a variable, as one operation while a step is recorded (graph/updates.ts).
// Eagerly they stay as they are.
import * as tf from "@tensorflow/tfjs";
import { type Adam, type Gradients, gradientEntries, type Slot } from "../../optimizers.ts";
import { runFused } from "./run.ts";

interface RecordableOptimizer {
  accumulatedFirstMoment?: Slot[];
  accumulatedSecondMoment?: Slot[];
  applyGradients(given: Gradients): void;
  incrementIterations(): void;
}

interface GradientDescent extends RecordableOptimizer {
  /** Minus the learning rate. */
  c: tf.Scalar;
}

interface Move {
  variable: tf.Variable;
  gradient: tf.Tensor;
  /** The place of the variable's memory in the optimizer's. */
  index: number;
}

export function registerOptimizers(): void {
  const adam = tf.AdamOptimizer.prototype as unknown as Adam;
  replace(adam, (optimizer, moves) => {
    const { accBeta1, accBeta2, beta1, beta2, epsilon, learningRate } = optimizer;
    const { accumulatedFirstMoment, accumulatedSecondMoment } = optimizer;
    const settings = [1, -learningRate, epsilon, beta1, 1 - beta1, beta2, 1 - beta2].map((setting) =>
      tf.scalar(setting),
    );
    for (const { variable, gradient, index } of moves) {
      const { variable: first } = accumulatedFirstMoment[index] as Slot;
      const { variable: second } = accumulatedSecondMoment[index] as Slot;
      const inputs = [variable, first, second, gradient, accBeta1, accBeta2, ...settings];
      update("AdamStep", inputs, [variable, first, second]);
    }
    accBeta1.assign(tf.mul(accBeta1, beta1));
    accBeta2.assign(tf.mul(accBeta2, beta2));
  });
  const gradientDescent = tf.SGDOptimizer.prototype as unknown as GradientDescent;
  replace(gradientDescent, ({ c }, moves) => {
    for (const { variable, gradient } of moves) {
      update("GradientDescentStep", [variable, c, gradient], [variable]);
    }
  });
}

function replace<Optimizer extends RecordableOptimizer>(
  prototype: Optimizer,
  step: (optimizer: Optimizer, moves: Move[]) => void,
): void {
  const original = prototype.applyGradients;
  prototype.applyGradients = function (this: Optimizer, given) {
    const moves = isRecording() ? movesOf(given) : [];
    // The optimizer's memory is made at its first step, which is not recorded.
    if (
      moves.length === 0 ||
      moves.some(({ gradient, index }) => gradient.dtype !== "float32" || !hasMemory(this, index))
    ) {
      original.call(this, given);
      return;
    }
    tf.tidy(() => step(this, moves));
    this.incrementIterations();
  };
}

function isRecording(): boolean {
  const { binding } = tf.backend() as unknown as { binding?: { listener: unknown } };
  return tf.getBackend() === "tensorflow" && binding?.listener !== undefined;
}

function hasMemory(optimizer: RecordableOptimizer, index: number): boolean {
  const { accumulatedFirstMoment: first, accumulatedSecondMoment: second } = optimizer;
  return (!first || Boolean(first[index])) && (!second || Boolean(second[index]));
}

function movesOf(given: Gradients): Move[] {
  return gradientEntries(given).flatMap(([name, gradient], index) => {
    const variable = tf.engine().registeredVariables[name] as tf.Variable;
    return gradient ? [{ variable, gradient, index }] : [];
  });
}

function update(name: string, inputs: tf.Tensor[], variables: tf.Variable[]): void {
  const values = runFused(name, [], inputs, variables.length);
  variables.forEach((variable, index) => {
    variable.assign(values[index] as tf.Tensor);
  });
}
