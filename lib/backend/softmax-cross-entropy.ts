// The cross-entropy of a model whose last activation is a softmax, in a third of the operations. TensorFlow.js clips the
// probabilities, divides them by their sum, which is 1 already, and clips them again; with the gradients of all that these
// are some sixty operations on tiny tensors. The values are the same but for rounding.
import * as tf from "@tensorflow/tfjs";

type Loss = (target: tf.Tensor, output: tf.Tensor) => tf.Tensor;

/** What tfjs's types keep back. */
interface CompiledModel {
  loss: unknown;
  outputNames: string[];
  lossFunctions: Loss[];
  compile(settings: tf.ModelCompileArgs): void;
}

interface Activation {
  apply(x: tf.Tensor, axis?: number): tf.Tensor;
}

/** What softmaxes along the last axis gave. */
const normalized = new WeakSet<tf.Tensor>();

const faster: Readonly<Record<string, (target: tf.Tensor, classes: number) => tf.Tensor>> = {
  categoricalCrossentropy: (target) => tf.cast(target, "float32"),
  // A number that is no class makes a row of zeros, and so a loss of 0.
  sparseCategoricalCrossentropy: (target, classes) =>
    tf.oneHot(tf.cast(tf.floor(tf.reshape(target, [-1])), "int32"), classes, 1, 0, "float32"),
};

export function accelerateSoftmaxCrossEntropy(): void {
  const layer = tf.layers.activation({ activation: "softmax" }) as unknown as { activation: Activation };
  const softmax = Object.getPrototypeOf(layer.activation) as Activation;
  const { apply } = softmax;
  softmax.apply = (x, axis = -1) => {
    const probabilities = apply(x, axis);
    if (axis === -1 || axis === x.rank - 1) normalized.add(probabilities);
    return probabilities;
  };
  const model = tf.LayersModel.prototype as unknown as CompiledModel;
  const { compile } = model;
  model.compile = function (this: CompiledModel, settings) {
    compile.call(this, settings);
    this.lossFunctions = this.lossFunctions.map((loss, index) => {
      const rowsOf = faster[nameOf(this.loss, index, this.outputNames[index]) ?? ""];
      return rowsOf ? ofSoftmax(rowsOf, loss) : loss;
    });
  };
}

/** The name of an output's loss, if it goes by one. */
function nameOf(loss: unknown, index: number, output: string | undefined): string | undefined {
  const given =
    loss !== null && typeof loss === "object"
      ? (loss as Record<string | number, unknown>)[Array.isArray(loss) ? index : (output ?? "")]
      : loss;
  return typeof given === "string" ? given : undefined;
}

/** @param otherwise For an output that no softmax has made. */
function ofSoftmax(rowsOf: (target: tf.Tensor, classes: number) => tf.Tensor, otherwise: Loss): Loss {
  return (target, output) => {
    if (!normalized.has(output)) return otherwise(target, output);
    return tf.tidy(() => {
      const rows = tf.reshape(rowsOf(target, output.shape.at(-1) as number), output.shape);
      return crossEntropy(rows, output);
    });
  };
}

/** `−Σ target · log p` over the last axis. As in TensorFlow.js no gradient comes from a probability that is clipped. */
function crossEntropy(target: tf.Tensor, probabilities: tf.Tensor): tf.Tensor {
  const operation = tf.customGrad((given, save) => {
    const p = given as tf.Tensor;
    const least = tf.backend().epsilon();
    const clipped = tf.clipByValue(p, least, 1 - least);
    (save as tf.GradSaveFunc)([target, p, clipped]);
    return {
      value: tf.neg(tf.sum(tf.mul(target, tf.log(clipped)), -1)),
      gradFunc: (slope, saved) => {
        const [rows, before, after] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        const gradient = tf.mul(tf.div(rows, after), tf.neg(tf.expandDims(slope, -1)));
        return tf.where(tf.equal(before, after), gradient, tf.zerosLike(gradient));
      },
    };
  });
  return operation(probabilities);
}
