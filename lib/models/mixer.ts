// MLP-Mixer: an image network of dense layers alone, along patches and along channels in turn.

import * as tf from "@tensorflow/tfjs";
import {
  chain,
  type ImageClassifierOptions,
  join,
  requireDivisible,
  type Symbolic,
  singleInput,
  softmaxHead,
} from "./build.ts";
import { patches } from "./transformer.ts";

export interface MixerOptions extends ImageClassifierOptions {
  /** Height and width of a patch. Defaults to `4`. */
  patch?: number;
  /** Size of a patch's vector. Defaults to `64`. */
  features?: number;
  /** Number of blocks. Defaults to `4`. */
  blocks?: number;
  /** Neurons of the dense network along patches. Defaults to half the features. */
  tokenHidden?: number;
  /** Neurons of the one along channels. Defaults to 4 times the features. */
  channelHidden?: number;
}

/**
 * MLP-Mixer (Tolstikhin et al., 2021).
 *
 * Input `[batch, 32, 32, 3]` by default, multiples of the patch; output `[batch, classes]`; 154,058 parameters by default.
 * Mixer-B/16 is `{ inputShape: [224, 224, 3], classes: 1000, patch: 16, features: 768, blocks: 12 }` with 59,880,472, as
 * timm's `mixer_b16_224`.
 *
 * @throws RangeError if the image is no multiple of the patch.
 */
export function mixer(options: MixerOptions = {}): tf.LayersModel {
  const { inputShape = [32, 32, 3], classes = 10, patch = 4, features = 64, blocks = 4, seed } = options;
  const { tokenHidden = features / 2, channelHidden = 4 * features } = options;
  requireDivisible("The mixer", inputShape, patch);
  return singleInput("mixer", inputShape, seed, (image) => {
    const start = patches(image, inputShape, patch, features);
    const count = start.shape[1] as number;
    const dense = (hidden: number, outputs: number) => [
      tf.layers.dense({ units: hidden, activation: "gelu" }),
      tf.layers.dense({ units: outputs }),
    ];
    const turn = () => tf.layers.permute({ dims: [2, 1] });
    const last = Array.from({ length: blocks }).reduce<Symbolic>((x) => {
      const alongPatches = chain(x, normalize(), turn(), ...dense(tokenHidden, count), turn());
      const mixed = join(tf.layers.add(), x, alongPatches);
      return join(tf.layers.add(), mixed, chain(mixed, normalize(), ...dense(channelHidden, features)));
    }, start);
    return chain(last, normalize(), tf.layers.globalAveragePooling1d(), softmaxHead(classes));
  });
}

const normalize = () => tf.layers.layerNormalization({ epsilon: 1e-6 });
