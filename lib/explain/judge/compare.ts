// Methods side by side: what each says of each image, and how well it does.

import * as tf from "@tensorflow/tfjs";
import { didYouMean } from "../../data/nearest.ts";
import { random } from "../../data/random.ts";
import { bootstrapInterval, type ScoreInterval } from "../../metrics/ranking/intervals.ts";
import type { Figure } from "../../plot/figure.ts";
import { grid } from "../../plot/grid.ts";
import { toPictures } from "../../plot/pictures.ts";
import { cam } from "../cam/cam.ts";
import { deepLift } from "../gradients/deep-lift.ts";
import { inputXGradient, saliency, smoothGrad } from "../gradients/gradient.ts";
import { guidedBackprop, guidedGradCam } from "../gradients/guided.ts";
import { integratedGradients } from "../gradients/integrated.ts";
import { occlusion } from "../gradients/occlusion.ts";
import { lrp } from "../lrp/lrp.ts";
import { imgify } from "../pictures/heatmap.ts";
import { type RegionPerturbationOptions, regionPerturbation } from "./perturbation.ts";
import type { Explain } from "./randomisation.ts";

const named = {
  lrp: (model, x) => lrp(model, x),
  gradcam: async (model, x) => {
    const { map, raw } = await cam(model, x);
    raw.dispose();
    return map;
  },
  saliency: (model, x) => saliency(model, x),
  inputXGradient: (model, x) => inputXGradient(model, x),
  smoothGrad: (model, x) => smoothGrad(model, x),
  integratedGradients: (model, x) => integratedGradients(model, x),
  guidedBackprop: (model, x) => guidedBackprop(model, x),
  guidedGradCam: (model, x) => guidedGradCam(model, x),
  deepLift: (model, x) => deepLift(model, x),
  occlusion: (model, x) => occlusion(model, x),
  random: async (_model, x) => {
    const source = random(0);
    return tf.tensor(Float32Array.from({ length: x.size }, source.normal), x.shape);
  },
} satisfies Record<string, Explain>;

/** Names of ways to explain; each explains the largest logit with its defaults. */
export type MethodName = keyof typeof named;

export interface CompareMethodsOptions extends Omit<RegionPerturbationOptions, "target"> {
  /** Images drawn, from the first on; all are scored. Defaults to `4`. */
  shown?: number;
  title?: string;
}

export interface ComparedMethods {
  /** Mean AOPC of each method, with its 95 % interval over the images (bootstrap). */
  scores: Record<string, ScoreInterval>;
  figure: Figure;
}

/**
 * Draw methods × images, with each method's AOPC: how much the score falls, on average, when what the method calls
 * important is covered first. `"random"` shows what chance does.
 *
 * @param methods Names, or functions by name: `["lrp", "random", { mine: (model, x) => … }]`.
 * @param options As for `regionPerturbation`; regions are a ninth of the image wide unless `regionSize` is given.
 * @throws RangeError if a name is not known, or there is none.
 */
export async function compareMethods(
  model: tf.LayersModel,
  x: tf.Tensor,
  methods: readonly (MethodName | Record<string, Explain>)[] = [
    "lrp",
    "gradcam",
    "integratedGradients",
    "random",
  ],
  options: CompareMethodsOptions = {},
): Promise<ComparedMethods> {
  const { shown = 4, title = "Methods compared", seed = 0, signal } = options;
  const chosen = methods.flatMap((method): [string, Explain][] =>
    typeof method === "string" ? [[method, named[method]]] : Object.entries(method),
  );
  const unknown = chosen.find(([, explain]) => explain === undefined);
  if (unknown || chosen.length === 0) {
    const what = unknown ? `There is no method "${unknown[0]}"` : "There is no method to compare";
    const hint = unknown ? didYouMean(unknown[0], Object.keys(named)) : "";
    throw new RangeError(
      `${what}; choose from ${Object.keys(named).join(", ")}, or give functions by name.${hint}`,
    );
  }
  const count = x.shape[0] as number;
  const drawn = Math.min(shown, count);
  const regionSize = Math.max(1, Math.round((x.shape[2] ?? 1) / 9));
  const scores: Record<string, ScoreInterval> = {};
  const rows = [toPictures(x).slice(0, drawn)];
  for (const [name, explain] of chosen) {
    signal?.throwIfAborted();
    const explanation = await explain(model, x);
    try {
      const { aopcs } = await regionPerturbation(model, x, explanation, { regionSize, ...options });
      const mean = (values: number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;
      scores[name] = bootstrapInterval((take) => mean(take(aopcs)), count, { seed });
      rows.push(imgify(explanation).slice(0, drawn));
    } finally {
      explanation.dispose();
    }
  }
  const words = Object.entries(scores).map(
    ([name, { value, low, high }]) => `${name} ${short(value)} [${short(low)}, ${short(high)}]`,
  );
  const figure = grid(rows.flat(), {
    title: `${title}: AOPC with 95 % interval`,
    columns: drawn,
    rowTitles: ["images", ...words],
    text: `${title}: AOPC ${words.join("; ")} (${count} images)`,
  });
  return { scores, figure };
}

function short(value: number): string {
  return value.toPrecision(3);
}
