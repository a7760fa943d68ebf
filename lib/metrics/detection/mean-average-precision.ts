// Mean average precision of a detector: the area under the precision-recall curve of each class and IoU threshold,
// averaged.

import { requireOneOf } from "../../data/nearest.ts";
import { type Accumulator, Metric } from "../metric.ts";
import {
  compareLabels,
  type Label,
  type Labels,
  type Matrix,
  readLabels,
  readVector,
  requireFraction,
  requireSameLength,
  requireWhole,
  type Vector,
} from "../values.ts";
import { type Convention, conventions, interpolatedAveragePrecision } from "./average-precision.ts";
import { type Box, type BoxOptions, readBoxes } from "./boxes.ts";
import {
  type Detection,
  type ImageOfClass,
  type Matching,
  matchCoco,
  matchVoc,
  type Truth,
} from "./matching.ts";

/** The objects on one image. */
export interface TrueBoxes {
  /** `[n, 4]`. */
  boxes: Matrix;
  /** Classes, `[n]`. */
  labels: Labels;
  /** True for objects that need not be found: difficult ones (VOC) or crowds (COCO), `[n]`. Defaults to none. */
  ignored?: Vector;
}

/** The detections on one image. */
export interface DetectedBoxes {
  /** `[m, 4]`. */
  boxes: Matrix;
  /** Classes, `[m]`. */
  labels: Labels;
  /** Confidence, `[m]`. */
  scores: Vector;
}

/** One batch: the objects and the detections of each image. */
export type DetectionBatch = [yTrue: readonly TrueBoxes[], yPred: readonly DetectedBoxes[]];

export interface MeanAveragePrecisionOptions extends BoxOptions {
  /**
   * `coco`: 101 recalls, COCO's matching, IoU 0.5 to 0.95; `every-point` and `11-point`: Pascal VOC's matching, IoU
   * 0.5. Defaults to `"coco"`.
   */
  convention?: Convention;
  /** IoU from which a detection finds an object; scores are averaged over them. Defaults as the convention says. */
  iouThresholds?: readonly number[];
  /** Detections of each class and image that count, best first. Defaults to `100` for COCO, otherwise to all. */
  maxDetections?: number;
  /** Least and largest area of the objects that count, for COCO's convention. Defaults to all. */
  areaRange?: readonly [number, number];
}

/** Scores of a detector, each from 0 to 1; NaN where there is no object to find. */
export interface DetectionScores {
  /** Mean over the classes that have objects, and over the IoU thresholds. */
  meanAveragePrecision: number;
  /** Largest recall, averaged in the same way. */
  averageRecall: number;
  /** The mean over the classes for each IoU threshold. */
  thresholds: { iouThreshold: number; meanAveragePrecision: number }[];
  /** The mean over the IoU thresholds for each class that has objects, sorted by label. */
  classes: { label: Label; averagePrecision: number; recall: number }[];
}

interface Image {
  truths: (Truth & { label: Label })[];
  detections: (Detection & { label: Label })[];
}

class Images implements Accumulator<DetectionBatch> {
  readonly #options: BoxOptions;
  readonly images: Image[] = [];

  constructor(options: BoxOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.images.length;
  }

  add(...[yTrue, yPred]: DetectionBatch): void {
    requireSameLength({ yTrue: yTrue.length, yPred: yPred.length });
    const added = yTrue.map((truth, index): Image => {
      const [trueName, name] = [`yTrue[${index}]`, `yPred[${index}]`];
      const { boxes, labels, scores } = yPred[index] as DetectedBoxes;
      const ignored = truth.ignored && readVector(`${trueName}.ignored`, truth.ignored);
      const numbers = readVector(`${name}.scores`, scores);
      return {
        truths: this.#labelled(trueName, truth.boxes, truth.labels, ignored).map(({ box, label, value }) => ({
          box,
          label,
          ignored: Boolean(value),
        })),
        detections: this.#labelled(name, boxes, labels, numbers).map(({ box, label, value }) => ({
          box,
          label,
          score: value as number,
        })),
      };
    });
    this.images.push(...added);
  }

  merge(other: Images): void {
    this.images.push(...other.images);
  }

  #labelled(name: string, boxes: Matrix, labels: Labels, values: Float64Array | undefined) {
    const corners = readBoxes(`${name}.boxes`, boxes, this.#options);
    const classes = readLabels(`${name}.labels`, labels);
    requireSameLength({
      [`${name}.boxes`]: corners.length,
      [`${name}.labels`]: classes.length,
      ...(values && { [`${name}.${name.startsWith("yTrue") ? "ignored" : "scores"}`]: values.length }),
    });
    return corners.map((box: Box, index) => ({
      box,
      label: classes[index] as Label,
      value: values?.[index],
    }));
  }
}

/** Streaming {@link meanAveragePrecision}; keeps all boxes. */
export class MeanAveragePrecision extends Metric<DetectionBatch, Images, DetectionScores> {
  constructor(options: MeanAveragePrecisionOptions = {}) {
    const { convention = "coco", areaRange = [0, Infinity] } = options;
    requireOneOf("convention", convention, conventions);
    const coco = convention === "coco";
    const { iouThresholds = coco ? cocoThresholds : [0.5], maxDetections = coco ? 100 : Infinity } = options;
    for (const threshold of iouThresholds) requireFraction("iouThresholds", threshold);
    if (maxDetections !== Infinity) requireWhole("maxDetections", maxDetections, 1);
    if (options.areaRange && !coco) {
      throw new RangeError(`areaRange is for the convention "coco", not for "${convention}"; leave it out.`);
    }
    const evaluation = {
      matching: coco ? matchCoco(areaRange) : matchVoc,
      convention,
      iouThresholds,
      maxDetections,
    };
    super({
      options,
      state: () => new Images(options),
      result: ({ images }) => evaluate(images, evaluation),
    });
  }
}

/**
 * Mean average precision of a detector over images.
 *
 * @param yTrue The objects of each image.
 * @param yPred The detections of each image, as many.
 * @throws RangeError if there is no image, the two differ in length, or boxes, labels and scores don't fit together.
 */
export function meanAveragePrecision(
  yTrue: readonly TrueBoxes[],
  yPred: readonly DetectedBoxes[],
  options: MeanAveragePrecisionOptions = {},
): DetectionScores {
  return new MeanAveragePrecision(options).update(yTrue, yPred).result();
}

const cocoThresholds = Array.from({ length: 10 }, (_, index) => (50 + 5 * index) / 100);

interface Evaluation {
  matching: Matching;
  convention: Convention;
  iouThresholds: readonly number[];
  maxDetections: number;
}

function evaluate(images: readonly Image[], evaluation: Evaluation): DetectionScores {
  const { iouThresholds } = evaluation;
  const found = new Set(images.flatMap(({ truths }) => truths.map(({ label }) => label)));
  const classes = [...found]
    .sort(compareLabels)
    .map((label) => {
      const perImage = images.map((image) => ofClass(image, label, evaluation.maxDetections));
      return { label, curves: iouThresholds.map((threshold) => score(perImage, threshold, evaluation)) };
    })
    .filter(({ curves }) => curves.every((curve) => curve.truths > 0));
  const perClass = classes.map(({ label, curves }) => ({
    label,
    averagePrecision: mean(curves.map(({ averagePrecision }) => averagePrecision)),
    recall: mean(curves.map(({ recall }) => recall)),
  }));
  return {
    meanAveragePrecision: mean(perClass.map(({ averagePrecision }) => averagePrecision)),
    averageRecall: mean(perClass.map(({ recall }) => recall)),
    thresholds: iouThresholds.map((iouThreshold, index) => ({
      iouThreshold,
      meanAveragePrecision: mean(classes.map(({ curves }) => curves[index]?.averagePrecision as number)),
    })),
    classes: perClass,
  };
}

function ofClass({ truths, detections }: Image, label: Label, maxDetections: number): ImageOfClass {
  return {
    truths: truths.filter((truth) => truth.label === label),
    detections: detections
      .filter((detection) => detection.label === label)
      .sort((a, b) => b.score - a.score)
      .slice(0, maxDetections),
  };
}

function score(images: readonly ImageOfClass[], threshold: number, { matching, convention }: Evaluation) {
  const matched = images.map((image) => matching(image, threshold));
  const truths = matched.reduce((sum, image) => sum + image.truths, 0);
  const outcomes = matched.flatMap((image) => image.outcomes).sort((a, b) => b.score - a.score);
  let correct = 0;
  const [recall, precision]: [number[], number[]] = [[], []];
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.correct) correct++;
    recall.push(correct / truths);
    precision.push(correct / (index + 1));
  }
  return {
    truths,
    recall: correct / truths,
    averagePrecision:
      truths > 0 ? interpolatedAveragePrecision(recall, precision, { convention }) : Number.NaN,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
