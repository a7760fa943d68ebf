// Numbers that are none: which layer they came from, with the weights kept as they were.

import * as tf from "@tensorflow/tfjs";
import type { FitCallback, FitState } from "../callback.ts";

/**
 * Stop at the first step whose loss or gradients are not finite, with an error that names the layer; gradients that are
 * not finite count as 0, so that the weights stay usable. Put it before callbacks that change gradients.
 */
export function nanGuard(): FitCallback {
  let [x, finite]: [tf.Tensor | undefined, tf.Variable | undefined] = [undefined, undefined];
  let names: string[] = [];
  const forget = () => {
    x?.dispose();
    finite?.dispose();
    [x, finite] = [undefined, undefined];
  };
  return {
    name: "nanGuard",
    numbers: () => [],
    // Told last, to see what others make of a batch.
    last: true,
    onStart: forget,
    onBatch(batch) {
      x?.dispose();
      x = batch.x.clone();
      return batch;
    },
    onGradients(gradients) {
      const all = gradients.map(({ gradient }) => tf.all(tf.isFinite(gradient)));
      names = gradients.map(({ variable }) => variable.name);
      finite ??= tf.variable(tf.ones([gradients.length]), false);
      finite.assign(tf.cast(tf.stack(all), "float32"));
      return gradients.map(({ variable, gradient }) => ({
        variable,
        gradient: tf.where(tf.isFinite(gradient), gradient, tf.zerosLike(gradient)),
      }));
    },
    async onStepEnd({ model, values, epoch, stepOfEpoch }: FitState) {
      const good = finite ? await finite.data() : [];
      const broken = names.filter((_, index) => good[index] === 0);
      if (Number.isFinite(values.loss) && broken.length === 0) return;
      const where = (x && firstNonFinite(model, x)) ?? afterOutput(broken);
      throw new Error(
        `The loss is ${values.loss} in epoch ${epoch}, step ${stepOfEpoch}: ${where} ` +
          "The weights are finite still; try a smaller learning rate, clipGradients, or look at the data.",
      );
    },
    onEnd: forget,
  };
}

/** What is not finite first on the way from the input to the output. */
function firstNonFinite(model: tf.LayersModel, x: tf.Tensor): string | undefined {
  return tf.tidy(() => {
    const allFinite = (tensor: tf.Tensor) => tf.all(tf.isFinite(tensor)).dataSync()[0] === 1;
    if (!allFinite(x)) return "the batch holds NaN or ∞ already.";
    for (const layer of model.layers) {
      const weight = layer.weights.find((each) => !allFinite(each.read()));
      if (weight) return `weight ${weight.originalName} of layer "${layer.name}" is not finite.`;
    }
    const outputs = model.layers.map((layer) => [layer.getOutputAt(0)].flat()[0] as tf.SymbolicTensor);
    const inspector = tf.model({ inputs: model.inputs, outputs });
    const values = [inspector.predict(x)].flat() as tf.Tensor[];
    const index = values.findIndex((value) => !allFinite(value));
    return index < 0 ? undefined : `the output of layer "${model.layers[index]?.name}" is not finite.`;
  });
}

function afterOutput(broken: string[]): string {
  if (broken.length === 0) return "the outputs of all layers are finite, so it is the loss that is not.";
  return `the outputs of all layers are finite, but the gradients of ${broken.join(", ")} are not.`;
}
