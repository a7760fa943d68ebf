// Guided back-propagation and guided Grad-CAM: fine detail from the one, the class from the other.

import * as tf from "@tensorflow/tfjs";
import { cam } from "../cam/cam.ts";
import { guidedBackprop as guidedComposite } from "../lrp/composites.ts";
import { lrp } from "../lrp/lrp.ts";
import { type Attribution, type AttributionOptions, finish, fixedTarget, scoresOf } from "./attribution.ts";

/** Guided back-propagation (Springenberg et al. 2015): the gradient, of which ReLUs let only positive parts pass. */
export async function guidedBackprop(
  model: tf.LayersModel,
  x: tf.Tensor,
  options: AttributionOptions = {},
): Promise<Attribution> {
  const target = await fixedTarget(model, x, options);
  const { output } = options;
  const { relevance, perLayer, logits } = await lrp(model, x, {
    target,
    output,
    composite: guidedComposite(),
    layers: [],
  });
  tf.dispose([perLayer, logits]);
  return finish({ attribution: relevance, scores: tf.tidy(() => scoresOf(model, x, target, output)) });
}

export interface GuidedGradCamOptions extends AttributionOptions {
  /** Layer of the Grad-CAM. Defaults to `"auto"`: the last with maps. */
  layer?: string;
  /** How the map is enlarged to the image. Defaults to `"nearest"`. */
  interpolation?: "nearest" | "bilinear";
}

/** Guided Grad-CAM (Selvaraju et al. 2017): guided back-propagation times the positive part of Grad-CAM. */
export async function guidedGradCam(
  model: tf.LayersModel,
  x: tf.Tensor,
  options: GuidedGradCamOptions = {},
): Promise<Attribution> {
  const { layer, interpolation = "nearest", output } = options;
  const target = await fixedTarget(model, x, options);
  const map = await cam(model, x, { method: "gradcam", layer, target, output });
  try {
    const guided = await guidedBackprop(model, x, { target, output });
    const attribution = tf.tidy(() => {
      const size = x.shape.slice(1, 3) as [number, number];
      const positive = tf.expandDims(tf.relu(map.raw), -1) as tf.Tensor4D;
      const large =
        interpolation === "nearest"
          ? tf.image.resizeNearestNeighbor(positive, size)
          : tf.image.resizeBilinear(positive, size, false, true);
      return tf.mul(guided.attribution, large);
    });
    guided.dispose();
    return { ...guided, attribution, dispose: () => attribution.dispose() };
  } finally {
    map.dispose();
  }
}
