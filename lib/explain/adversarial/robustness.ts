// How much a model can stand, as a curve; and what an attack does to an explanation, as a picture.

import * as tf from "@tensorflow/tfjs";
import { type Examples, type TensorPair, toExamples } from "../../data/examples.ts";
import { lines } from "../../plot/charts.ts";
import type { Figure } from "../../plot/figure.ts";
import { grid } from "../../plot/grid.ts";
import { toPictures } from "../../plot/pictures.ts";
import { lrp } from "../lrp/lrp.ts";
import { imgify } from "../pictures/heatmap.ts";
import type { Explanation } from "../pictures/maps.ts";
import type { Attacked, AttackOptions, Norm } from "./attack.ts";
import { carliniWagner } from "./carlini-wagner.ts";
import { deepFool } from "./deep-fool.ts";
import { fgsm, type PgdOptions, pgd } from "./gradient-sign.ts";

const attacks = { fgsm, pgd, deepFool, carliniWagner };

export interface RobustAccuracyOptions
  extends Pick<AttackOptions, "range" | "batchSize" | "signal">,
    Pick<PgdOptions, "steps" | "seed"> {
  /** Defaults to `"pgd"`. */
  attack?: keyof typeof attacks;
  /** Defaults to `"linf"`; `deepFool` and `carliniWagner` look for small changes in `"l2"`. */
  norm?: Norm;
  /** Largest distances. Defaults to 0, 1, 2, 4, 8 and 16 of 255 (`"l2"`: 0, 0.25, 0.5, 1, 2 and 4). */
  epsilons?: readonly number[];
  /** Examples attacked, from the first on. Defaults to all. */
  count?: number;
}

export interface RobustAccuracy {
  epsilons: number[];
  /** Share of the examples that the model still gets right when they may be moved by that much. */
  accuracy: number[];
  figure: Figure;
}

/**
 * Accuracy under attack. For `fgsm` and `pgd` each distance is attacked by itself, and an example that fell at a
 * smaller one stays fallen; the others find the smallest distance of each example once.
 *
 * @param data Labelled examples, with class numbers as targets.
 */
export async function robustAccuracy(
  model: tf.LayersModel,
  data: Examples | TensorPair,
  options: RobustAccuracyOptions = {},
): Promise<RobustAccuracy> {
  const { attack = "pgd", range, batchSize, signal, steps, seed } = options;
  const isSmallest = attack === "deepFool" || attack === "carliniWagner";
  const norm = options.norm ?? (isSmallest ? "l2" : "linf");
  const epsilons = [...(options.epsilons ?? defaultEpsilons[norm])].sort((a, b) => a - b);
  const examples = toExamples(data);
  const count = Math.min(options.count ?? examples.size, examples.size);
  const { x, y } = examples.batch(Array.from({ length: count }, (_, index) => index));
  try {
    const labels = y.rank === 1 ? [...y.dataSync()] : tf.tidy(() => [...tf.argMax(y, -1).dataSync()]);
    const common = { labels, range, batchSize, signal };
    /** The distance at which each example falls. */
    const falls = labels.map(() => Infinity);
    const mark = ({ success, distances, dispose }: Attacked, epsilon?: number) => {
      success.forEach((fell, index) => {
        const distance = epsilon ?? (distances[index] as Record<Norm, number>)[norm];
        if (fell) falls[index] = Math.min(falls[index] as number, distance);
      });
      dispose();
    };
    if (isSmallest) mark(await attacks[attack](model, x, { ...common, ...(steps ? { steps } : {}) }));
    else {
      for (const epsilon of epsilons) {
        mark(await attacks[attack](model, x, { ...common, norm, epsilon, steps, seed }), epsilon);
      }
    }
    const accuracy = epsilons.map((epsilon) => falls.filter((distance) => distance > epsilon).length / count);
    const figure = lines(
      { [attack]: { x: epsilons, y: accuracy } },
      {
        title: "Robust accuracy",
        x: `largest distance (${norm === "linf" ? "largest change" : "L2"})`,
        y: "accuracy",
        points: true,
      },
    );
    return { epsilons, accuracy, figure };
  } finally {
    tf.dispose([x, y]);
  }
}

const defaultEpsilons: Record<Norm, readonly number[]> = {
  linf: [0, 1, 2, 4, 8, 16].map((step) => step / 255),
  l2: [0, 0.25, 0.5, 1, 2, 4],
};

export interface CompareAttackOptions {
  /** How to explain. Defaults to LRP of the largest logit. */
  explain?: (model: tf.LayersModel, x: tf.Tensor) => Promise<Exclude<Explanation, tf.Tensor>>;
  classNames?: readonly string[];
  /** Values of the images shown as black and white. Defaults to 0 and 1. */
  range?: readonly [low: number, high: number];
  title?: string;
}

/**
 * A row an example: the image, its explanation, what the attack added, the attacked image, and its explanation.
 *
 * @param x The images before the attack, `[n, height, width, 1 | 3]`.
 */
export async function compareAttack(
  model: tf.LayersModel,
  x: tf.Tensor,
  { adversarial, distances }: Attacked,
  options: CompareAttackOptions = {},
): Promise<Figure> {
  const {
    explain = (model, x) => lrp(model, x),
    classNames,
    range,
    title = "Before and after the attack",
  } = options;
  const added = tf.tidy(() => {
    const difference = tf.sub(adversarial, x);
    return tf.sum(difference, -1);
  });
  const shown: ReturnType<typeof toPictures>[] = [];
  const captions: string[][] = [];
  try {
    for (const images of [x, adversarial]) {
      const explanation = await explain(model, images);
      shown.push(toPictures(images, { range }), imgify(explanation));
      explanation.dispose();
      captions.push(predictionsOf(model, images, classNames));
    }
    const [before, why, after, whyAfter] = shown as [
      (typeof shown)[0],
      (typeof shown)[0],
      (typeof shown)[0],
      (typeof shown)[0],
    ];
    const difference = toPictures(added, { colours: "diverging", scaling: "each" });
    const count = before.length;
    const rows = Array.from({ length: count }, (_, index) =>
      [before, why, difference, after, whyAfter].map((column) => column[index] as (typeof column)[number]),
    );
    const words = rows.map((_, index) => {
      const [was, is] = captions as [string[], string[]];
      return [was[index], "", `≤ ${distances[index]?.linf.toPrecision(2)}`, is[index], ""] as string[];
    });
    return grid(rows.flat(), {
      title,
      columnTitles: ["image", "explanation", "added", "attacked", "explanation"],
      captions: words.flat(),
      text: `${title}: ${words.map(([was, , , is]) => `${was} → ${is}`).join("; ")}`,
    });
  } finally {
    added.dispose();
  }
}

function predictionsOf(model: tf.LayersModel, x: tf.Tensor, names: readonly string[] | undefined): string[] {
  return tf.tidy(() => {
    const output = model.predict(x) as tf.Tensor;
    return [...tf.argMax(output, -1).dataSync()].map((one) => names?.[one] ?? `class ${one}`);
  });
}
