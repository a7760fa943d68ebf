// What a layer makes of many examples, in a plane: points of the same class that lie together are alike to the network.

import * as tf from "@tensorflow/tfjs";
import { pca, tSNE, umap } from "../../classic/index.ts";
import { seriesColours } from "../../plot/colours.ts";
import { displaySymbol, type MimeBundle } from "../../plot/display.ts";
import { Figure } from "../../plot/figure.ts";
import { chart } from "../../plot/vega.ts";
import { inBatches } from "../batches.ts";
import { layerOutputs, plainNetwork } from "./values.ts";

/** From points of many numbers to points of two. */
export type Embed = (
  rows: number[][],
) => ArrayLike<ArrayLike<number>> | Promise<ArrayLike<ArrayLike<number>>>;

export interface ProjectionOptions {
  /** Name of the layer. Defaults to `"auto"`: the one before the last with weights. */
  layer?: string;
  /**
   * Principal components keep large distances, `"tSNE"` and `"umap"` neighbours (see `dl.classic`, and take those with
   * other settings as a function). Defaults to `"pca"`.
   */
  embed?: "pca" | "tSNE" | "umap" | Embed;
  /** Of t-SNE and UMAP. Defaults to `0`. */
  seed?: number;
  /** Class of each example; it gives the colour. Defaults to none. */
  labels?: ArrayLike<number>;
  /** Names of the classes. Defaults to their numbers. */
  classNames?: readonly string[];
  title?: string;
  /** Examples that are computed at once. Defaults to `128`. */
  batchSize?: number;
  signal?: AbortSignal;
}

export interface Projection {
  layer: string;
  /** Place of each example. */
  points: [number, number][];
  /** For `"pca"`: part of the variance that each axis holds, 0 to 1. */
  explained: [number, number] | undefined;
  figure: Figure;
  [displaySymbol](): Promise<MimeBundle>;
}

/**
 * A layer's features of many examples as coloured points in a plane. Maps count by the mean over their places.
 *
 * @param x `[n, …]`, at least three; they stay the caller's.
 * @throws RangeError if there is no such layer, there are less than three examples, the labels are not as many, or `embed`
 *   gives other than two finite numbers an example; the signal's reason if it is aborted.
 */
export async function projection(
  model: tf.LayersModel,
  x: tf.Tensor,
  options: ProjectionOptions = {},
): Promise<Projection> {
  const { embed = "pca", labels, classNames, batchSize = 128, seed, signal } = options;
  const count = x.shape[0] ?? 0;
  if (count < 3) throw new RangeError(`There are ${count} examples; a projection needs at least three.`);
  if (labels && labels.length !== count) {
    throw new RangeError(`There are ${labels.length} labels for ${count} examples; each needs one.`);
  }
  const layer = options.layer ?? "auto";
  const name = layer === "auto" ? lastFeatures(model, x) : layer;
  const batches = await inBatches(count, batchSize, signal, (from, to) =>
    tf.tidy(() => {
      const [values] = layerOutputs(model, tf.slice(x, from, to - from), [name]) as [tf.Tensor];
      const places = values.shape.slice(1, -1).map((_, axis) => axis + 1);
      return (places.length > 0 ? tf.mean(values, places) : values).arraySync() as number[][];
    }),
  );
  const rows = batches.flat();
  const { points, explained } =
    embed === "pca"
      ? components(rows)
      : { points: checked(await embedding(rows, embed, { seed, signal }), count), explained: undefined };
  const figure = draw(points, { name, explained, labels, classNames, title: options.title });
  return { layer: name, points, explained, figure, [displaySymbol]: () => figure.toMime() };
}

/** Points on the two principal components; a layer of one unit has no second. */
function components(rows: number[][]): { points: [number, number][]; explained: [number, number] } {
  const model = pca({ components: Math.min(2, rows[0]?.length ?? 0) });
  const points = model.fitTransform(rows).map(([x = 0, y = 0]): [number, number] => [x, y]);
  const [first = 0, second = 0] = model.explainedVarianceRatio;
  return { points, explained: [first, second] };
}

function embedding(
  rows: number[][],
  embed: "tSNE" | "umap" | Embed,
  options: Pick<ProjectionOptions, "seed" | "signal">,
): ReturnType<Embed> {
  if (typeof embed === "function") return embed(rows);
  const { seed, signal } = options;
  return embed === "tSNE" ? tSNE(rows, { seed, signal }).embedding : umap({ seed }).fitTransform(rows);
}

/** The layer whose features the last layer with weights reads. */
function lastFeatures(model: tf.LayersModel, x: tf.Tensor): string {
  const one = tf.slice(x, 0, 1);
  try {
    return tf.tidy(() => {
      const { operations } = plainNetwork(model, one).graph;
      const last = operations.findLast(({ linear, kind }) => linear && kind !== "batchNormalization");
      const source = operations.find(({ output }) => output === last?.inputs[0]);
      if (source) return source.layer;
      throw new RangeError(
        "The model has one layer with weights alone; name the layer whose features are meant.",
      );
    });
  } finally {
    one.dispose();
  }
}

function checked(given: ArrayLike<ArrayLike<number>>, count: number): [number, number][] {
  const points = Array.from(given, (point) => Array.from(point));
  const wrong = points.findIndex((point) => point.length !== 2 || !point.every(Number.isFinite));
  if (points.length !== count || wrong >= 0) {
    const found = wrong >= 0 ? `[${points[wrong]}] for example ${wrong}` : `${points.length} points`;
    throw new RangeError(
      `embed gave ${found}; it must give two finite numbers for each of ${count} examples.`,
    );
  }
  return points as [number, number][];
}

interface Look extends Pick<ProjectionOptions, "labels" | "classNames" | "title"> {
  name: string;
  explained: [number, number] | undefined;
}

function draw(
  points: readonly [number, number][],
  { name, explained, labels, classNames, title }: Look,
): Figure {
  const wordOf = (one: number) => classNames?.[one] ?? `class ${one}`;
  const classes = labels ? [...new Set(Array.from(labels))].sort((a, b) => a - b).map(wordOf) : [];
  const values = points.map(([x, y], index) => ({ x, y, class: labels && wordOf(labels[index] as number) }));
  const axis = (index: 0 | 1) => ({
    field: index === 0 ? "x" : "y",
    type: "quantitative",
    scale: { zero: false },
    title: explained
      ? `component ${index + 1} (${(100 * explained[index]).toFixed(1)} % of variance)`
      : `axis ${index + 1}`,
  });
  // Where there are more classes than colours, shapes tell those of one colour apart.
  const kind = (range: unknown[]) => ({
    field: "class",
    type: "nominal",
    title: null,
    sort: classes,
    scale: { domain: classes, range },
  });
  const shapesOf = classes.map(
    (_, index) => shapes[Math.floor(index / seriesColours.length) % shapes.length],
  );
  const coloursOf = classes.map((_, index) => seriesColours[index % seriesColours.length]);
  const words = title ?? `Features of ${points.length} examples in "${name}"`;
  const spec = chart(
    { title: words },
    {
      width: 440,
      height: 340,
      data: { values },
      mark: { type: "point", filled: true, size: 40, opacity: 0.75 },
      encoding: {
        x: axis(0),
        y: axis(1),
        ...(labels ? { color: kind(coloursOf), shape: kind(shapesOf) } : {}),
      },
    },
  );
  const held = explained ? `, ${(100 * (explained[0] + explained[1])).toFixed(1)} % of variance shown` : "";
  return new Figure({ vegaLite: spec, text: `${words}${held}${labels ? ` (${classes.join(", ")})` : ""}` });
}

const shapes = ["circle", "triangle-up", "square", "diamond"];
