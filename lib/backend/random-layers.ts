// Random layers of TensorFlow.js by our random tensors, whose numbers don't depend on the backend.
import * as tf from "@tensorflow/tfjs";
import { dropout, randomMask, randomNormal } from "./random.ts";

type Inputs = tf.Tensor | tf.Tensor[];

/** What tfjs's types keep back of the layers. */
interface RandomLayer {
  rate: number;
  stddev: number;
  seed?: number;
  getNoiseShape(input: tf.Tensor): number[] | null | undefined;
  _getNoiseShape(inputs: Inputs): number[];
  call(inputs: Inputs, kwargs: { training?: boolean }): Inputs;
}

export function accelerateRandomLayers(): void {
  accelerate(tf.layers.dropout({ rate: 0.5 }), (layer, x) =>
    dropout(x, layer.rate, { noiseShape: layer.getNoiseShape(x) ?? undefined, seed: layer.seed }),
  );
  accelerate(tf.layers.gaussianDropout({ rate: 0.5 }), ({ rate }, x) =>
    tf.mul(x, tf.add(tf.mul(randomNormal(x.shape), Math.sqrt(rate / (1 - rate))), 1)),
  );
  accelerate(tf.layers.gaussianNoise({ stddev: 1 }), ({ stddev }, x) =>
    tf.add(x, tf.mul(randomNormal(x.shape), stddev)),
  );
  accelerate(tf.layers.alphaDropout({ rate: 0.5 }), (layer, x) => {
    const { rate } = layer;
    const kept = randomMask(layer._getNoiseShape(x), rate);
    // Klambauer et al., 2017: dropped values are what SELU tends to, and an affine map keeps mean and variance.
    const dropped = -1.7580993408473766;
    const scale = ((1 - rate) * (1 + rate * dropped ** 2)) ** -0.5;
    const mixed = tf.add(tf.mul(x, kept), tf.mul(tf.sub(1, kept), dropped));
    return tf.add(tf.mul(mixed, scale), -scale * dropped * rate);
  });
}

function accelerate(example: tf.layers.Layer, change: (layer: RandomLayer, x: tf.Tensor) => tf.Tensor): void {
  const shared = Object.getPrototypeOf(example) as RandomLayer;
  const original = shared.call;
  shared.call = function (inputs, kwargs) {
    const hasEffect = this.rate === undefined || (this.rate > 0 && this.rate < 1);
    if (!kwargs.training || !hasEffect) {
      return original.call(this, inputs, kwargs);
    }
    return tf.tidy(() => change(this, [inputs].flat()[0] as tf.Tensor));
  };
}
