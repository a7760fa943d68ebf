// YOLO: boxes and classes of all objects in one look, a cell of a grid for each.

import * as tf from "@tensorflow/tfjs";
import { requireOneOf } from "../data/nearest.ts";
import { chain, convolution, type ImageClassifierOptions, singleInput } from "./build.ts";

/** A convolution `[filters, size]`, with a stride of 2 if it says so, or a halving by the largest. */
type Step = readonly [filters: number, size: number, strides?: number] | "pool";

const pairs = (count: number, small: number, large: number): Step[] =>
  Array.from({ length: count }, (): Step[] => [
    [small, 1],
    [large, 3],
  ]).flat();

const backbones: Record<"full" | "tiny" | "small", { steps: readonly Step[]; units: number | undefined }> = {
  // Figure 3 of the paper: 24 convolutions.
  full: {
    steps: [
      [64, 7, 2],
      "pool",
      [192, 3],
      "pool",
      ...pairs(1, 128, 256),
      ...pairs(1, 256, 512),
      "pool",
      ...pairs(4, 256, 512),
      ...pairs(1, 512, 1024),
      "pool",
      ...pairs(2, 512, 1024),
      [1024, 3],
      [1024, 3, 2],
      [1024, 3],
      [1024, 3],
    ],
    units: 4096,
  },
  // Fast YOLO: nine convolutions.
  tiny: {
    steps: [
      [16, 3],
      "pool",
      [32, 3],
      "pool",
      [64, 3],
      "pool",
      [128, 3],
      "pool",
      [256, 3],
      "pool",
      [512, 3],
      "pool",
      [1024, 3],
      [1024, 3],
      [1024, 3],
    ],
    units: 4096,
  },
  // For images of some 64 pixels: the cells are the maps' pixels, without dense layers.
  small: { steps: [[16, 3], "pool", [32, 3], "pool", [64, 3], "pool", [128, 3], [128, 3]], units: undefined },
};

export interface YoloOptions extends ImageClassifierOptions {
  /**
   * `"full"` has the paper's 24 convolutions and `"tiny"` those of its Fast YOLO, for large images; `"small"` has five
   * and no dense layer, for images of some 64 × 64. Defaults to `"small"`.
   */
  backbone?: keyof typeof backbones;
  /** Cells in a row and in a column; `"small"` has those that the image gives, an eighth of its size. Defaults to `7`. */
  grid?: number;
  /** Boxes that a cell proposes. Defaults to `2`. */
  boxes?: number;
  /** Neurons of the dense layer before the output. Defaults to `4096`. */
  units?: number;
}

/**
 * YOLO, version 1 (Redmon, Divvala, Girshick and Farhadi, 2015).
 *
 * Input `[batch, 448, 448, 3]` by default, `[batch, 64, 64, 3]` for the small one. Output
 * `[batch, grid, grid, boxes · 5 + classes]`, linear: x, y (in cells), √width, √height (of the image) and confidence for
 * each box, then a score for each class. 20 classes by default; the full one has 271,703,550 parameters.
 *
 * @throws RangeError if the backbone is unknown.
 */
export function yolo(options: YoloOptions = {}): tf.LayersModel {
  const { backbone = "small", grid = 7, boxes = 2, classes = 20, seed } = options;
  requireOneOf("backbone", backbone, ["full", "tiny", "small"]);
  const { steps, units: defaultUnits } = backbones[backbone];
  const units = defaultUnits && (options.units ?? defaultUnits);
  const { inputShape = units ? [448, 448, 3] : [64, 64, 3] } = options;
  const outputs = boxes * 5 + classes;
  return singleInput(`yolo_${backbone}`, inputShape, seed, (input) => {
    const layers = steps.flatMap((step): tf.layers.Layer[] => {
      if (step === "pool") return [tf.layers.maxPooling2d({ poolSize: 2 })];
      const [filters, size, strides = 1] = step;
      return [convolution(filters, size, { strides }), tf.layers.leakyReLU({ alpha: 0.1 })];
    });
    const maps = chain(input, ...layers);
    if (!units)
      return chain(maps, convolution(outputs, 1, { name: "boxes", kernelInitializer: "glorotUniform" }));
    return chain(
      maps,
      tf.layers.flatten(),
      tf.layers.dense({ units, kernelInitializer: "heNormal" }),
      tf.layers.leakyReLU({ alpha: 0.1 }),
      tf.layers.dropout({ rate: 0.5 }),
      tf.layers.dense({ units: grid * grid * outputs }),
      tf.layers.reshape({ targetShape: [grid, grid, outputs], name: "boxes" }),
    );
  });
}
