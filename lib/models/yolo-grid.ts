// What the cells of YOLO's grid say: boxes made into targets for them, and boxes read out of what the model gives.

import * as tf from "@tensorflow/tfjs";
import { type Batch, type BatchesOptions, batchesOf, type Examples } from "../data/examples.ts";
import { nonMaxSuppression } from "../metrics/detection/suppression.ts";
import { requireFraction, requireWhole } from "../metrics/values.ts";

export interface YoloGridOptions {
  /** Boxes that a cell proposes, as the model was built. Defaults to `2`. */
  boxes?: number;
}

export interface YoloDecodeOptions {
  /** Least confidence times class score of a box. Defaults to `0.2`. */
  scoreThreshold?: number;
  /** Boxes that overlap a better one of their class more are dropped, by non-maximum suppression. Defaults to `0.5`. */
  iouThreshold?: number;
}

/** The boxes found on one image, as `dl.metrics.meanAveragePrecision` takes them, best first. */
export interface YoloDetections {
  /** Left, top, right and bottom edge in pixels. */
  boxes: [left: number, top: number, right: number, bottom: number][];
  /** Class number of each box. */
  labels: number[];
  /** Confidence times class score of each box. */
  scores: number[];
}

/** A YOLO model's input and output: `[batch, height, width, channels]` and `[batch, rows, columns, values]`. */
type Shapes = Pick<tf.LayersModel, "inputs" | "outputs">;

export class YoloGrid {
  readonly rows: number;
  readonly columns: number;
  /** Boxes that a cell proposes. */
  readonly boxes: number;
  readonly classes: number;
  readonly #height: number;
  readonly #width: number;

  constructor({ inputs, outputs }: Shapes, { boxes = 2 }: YoloGridOptions) {
    requireWhole("boxes", boxes, 1);
    const [input, output] = [inputs[0]?.shape ?? [], outputs[0]?.shape ?? []];
    const [[, height, width], [, rows, columns, values]] = [input, output];
    const classes = (values ?? 0) - 5 * boxes;
    if (!(input.length === 4 && output.length === 4 && height && width && rows && columns && classes >= 1)) {
      throw new RangeError(
        `The model takes [${input.slice(1)}] and gives [${output.slice(1)}]; with ${boxes} boxes a cell it must be images ` +
          `[height, width, channels] and [rows, columns, ${5 * boxes} + classes], as of dl.models.yolo.`,
      );
    }
    this.#height = height;
    this.#width = width;
    this.rows = rows;
    this.columns = columns;
    this.boxes = boxes;
    this.classes = classes;
  }

  /**
   * Targets of the loss `dl.train.losses.yolo`, float32 `[n, rows, columns, 5 + classes]`: for the cell in which the centre
   * of an object lies x and y (in the cell), √width and √height (of the image), 1, and 1 for its class; else 0. Of two
   * objects in a cell the first counts.
   *
   * @param y Left, top, right, bottom (pixels) and class of each box, `[n, most, 5]`; rows of class −1 are no boxes.
   * @throws RangeError if y has another shape, or a box lies outside of the image or has no such class.
   */
  encode(y: tf.Tensor): tf.Tensor4D {
    const [samples, most, five] = y.shape;
    if (y.rank !== 3 || five !== 5) {
      throw new RangeError(
        `y has the shape [${y.shape}]; it must be [n, most, 5]: left, top, right, bottom and class of each box.`,
      );
    }
    const shape = [samples as number, this.rows, this.columns, 5 + this.classes] as const;
    const targets = new Float32Array(shape.reduce((product, size) => product * size, 1));
    const numbers = y.dataSync();
    for (let at = 0; at < numbers.length; at += 5) {
      const [left, top, right, bottom, label] = numbers.subarray(at, at + 5) as unknown as Numbers;
      if (label < 0) continue;
      this.#check([left, top, right, bottom, label]);
      const x = (this.columns * (left + right)) / 2 / this.#width;
      const y = (this.rows * (top + bottom)) / 2 / this.#height;
      const [column, row] = [Math.floor(x), Math.floor(y)];
      const sample = Math.floor(at / 5 / (most as number));
      const cell = ((sample * this.rows + row) * this.columns + column) * (5 + this.classes);
      if (targets[cell + 4] === 1) continue;
      const [width, height] = [(right - left) / this.#width, (bottom - top) / this.#height];
      targets.set([x - column, y - row, Math.sqrt(width), Math.sqrt(height), 1], cell);
      targets[cell + 5 + label] = 1;
    }
    return tf.tensor4d(targets, [...shape]);
  }

  /**
   * Boxes of each image out of what the model gives: those with enough confidence times class score, clipped to the image,
   * of many on one object the best.
   *
   * @param output What the model gives, `[n, rows, columns, boxes · 5 + classes]`, or targets of `encode`.
   * @throws RangeError if the shape is another one.
   */
  decode(output: tf.Tensor, options: YoloDecodeOptions = {}): YoloDetections[] {
    const { scoreThreshold = 0.2, iouThreshold = 0.5 } = options;
    requireFraction("scoreThreshold", scoreThreshold);
    requireFraction("iouThreshold", iouThreshold);
    const [samples, rows, columns, size = 0] = output.shape;
    const boxes = (size - this.classes) / 5;
    if (
      output.rank !== 4 ||
      rows !== this.rows ||
      columns !== this.columns ||
      ![1, this.boxes].includes(boxes)
    ) {
      throw new RangeError(
        `The output has the shape [${output.shape}]; it must be [n, ${this.rows}, ${this.columns}, ` +
          `${5 * this.boxes + this.classes}].`,
      );
    }
    const values = output.dataSync();
    const perImage = this.rows * this.columns * size;
    return Array.from({ length: samples as number }, (_, sample) => {
      const image = values.subarray(sample * perImage, (sample + 1) * perImage);
      const found = this.#proposals(image, boxes, scoreThreshold);
      const kept = nonMaxSuppression(
        found.map(({ box }) => box),
        found.map(({ score }) => score),
        { iouThreshold, labels: found.map(({ label }) => label) },
      ).map((index) => found[index] as Proposal);
      return {
        boxes: kept.map(({ box }) => box),
        labels: kept.map(({ label }) => label),
        scores: kept.map(({ score }) => score),
      };
    });
  }

  /** Examples with boxes, such as a detection set of `dl.data`, with the targets of `encode` instead. */
  examples(data: Examples): Examples {
    const encoded = ({ y, ...rest }: Batch): Batch => {
      const targets = this.encode(y);
      y.dispose();
      return { ...rest, y: targets };
    };
    return {
      size: data.size,
      ...(data.batchSize === undefined ? {} : { batchSize: data.batchSize }),
      batch: (indices, epoch) => encoded(data.batch(indices, epoch)),
      async *batches(order: ArrayLike<number>, options?: BatchesOptions) {
        for await (const batch of batchesOf(data, order, options)) yield encoded(batch);
      },
    };
  }

  #proposals(values: ArrayLike<number>, boxes: number, least: number): Proposal[] {
    const found: Proposal[] = [];
    const size = 5 * boxes + this.classes;
    for (let at = 0; at < values.length; at += size) {
      const cell = at / size;
      const [row, column] = [Math.floor(cell / this.columns), cell % this.columns];
      for (let start = at; start < at + 5 * boxes; start += 5) {
        const [x, y, width, height, confidence] = Array.from(
          { length: 5 },
          (_, i) => values[start + i],
        ) as Numbers;
        const box = this.#clipped(
          (column + x) / this.columns,
          (row + y) / this.rows,
          width ** 2,
          height ** 2,
        );
        if (!box) continue;
        for (let label = 0; label < this.classes; label++) {
          const score = confidence * (values[at + 5 * boxes + label] as number);
          if (score >= least) found.push({ box, label, score });
        }
      }
    }
    return found;
  }

  /** A box in pixels as far as it is on the image, from its centre and size in parts of the image. */
  #clipped(x: number, y: number, width: number, height: number): Proposal["box"] | undefined {
    const within = (part: number, most: number) => Math.min(Math.max(part, 0), 1) * most;
    const [left, right] = [within(x - width / 2, this.#width), within(x + width / 2, this.#width)];
    const [top, bottom] = [within(y - height / 2, this.#height), within(y + height / 2, this.#height)];
    return right > left && bottom > top ? [left, top, right, bottom] : undefined;
  }

  #check([left, top, right, bottom, label]: Numbers): void {
    const [width, height] = [this.#width, this.#height];
    if (!(left >= 0 && top >= 0 && right > left && bottom > top && right <= width && bottom <= height)) {
      throw new RangeError(
        `The box [${left}, ${top}, ${right}, ${bottom}] (left, top, right, bottom) is no area on the model's images of ` +
          `${height} × ${width} pixels (height × width).`,
      );
    }
    if (!(Number.isInteger(label) && label < this.classes)) {
      throw new RangeError(
        `A box has the class ${label}; with ${this.classes} classes they go from 0 to ${this.classes - 1}.`,
      );
    }
  }
}

type Numbers = [number, number, number, number, number];

interface Proposal {
  box: YoloDetections["boxes"][number];
  label: number;
  score: number;
}

/**
 * Between boxes and the cells of a model of `dl.models.yolo`: `const grid = dl.models.yoloGrid(model)`, then
 * `dl.train.fit(model, grid.examples(shapes.detection), { loss: dl.train.losses.yolo() })` and
 * `grid.decode(model.predict(x))`.
 *
 * @throws RangeError if the model is not one of images and cells with so many boxes.
 */
export function yoloGrid(model: Shapes, options: YoloGridOptions = {}): YoloGrid {
  return new YoloGrid(model, options);
}
