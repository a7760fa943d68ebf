// The loss of YOLO, version 1: squared errors of what each cell of a grid says about the object in it.

import * as tf from "@tensorflow/tfjs";
import { type Loss, makeLoss, requireRange } from "./loss.ts";

export interface YoloLossOptions {
  /** Weight of the places and sizes of boxes. Defaults to `5`. */
  coordinates?: number;
  /** Weight of the confidence of boxes that answer for no object, which are most. Defaults to `0.5`. */
  noObject?: number;
}

/**
 * Equation 3 of YOLO, version 1 (Redmon, Divvala, Girshick and Farhadi, 2015): the sum of squared errors of x, y, √width,
 * √height, confidence and classes over the cells of an image.
 *
 * Targets are `[n, rows, columns, 5 + classes]` as `dl.models.yoloGrid` makes them, predictions
 * `[n, rows, columns, boxes · 5 + classes]` as `dl.models.yolo` gives them. In a cell with an object the box that overlaps
 * it most answers for it: its confidence has to be that overlap (IoU), the confidence of all others 0. Where no box
 * overlaps the object the nearest answers, as in the authors' Darknet.
 *
 * @throws RangeError if the two don't belong together, or a weight is negative.
 */
export function yolo({ coordinates = 5, noObject = 0.5 }: YoloLossOptions = {}): Loss {
  requireRange("coordinates", coordinates, 0);
  requireRange("noObject", noObject, 0);
  return makeLoss("yolo", (target, prediction) => {
    const { cells, boxes, classes } = sizesOf(target, prediction);
    const wanted = tf.cast(target, "float32");
    const truth = tf.reshape(part(wanted, 0, 4), [...cells, 1, 4]);
    const object = part(wanted, 4, 1);
    const given = tf.reshape(part(prediction, 0, 5 * boxes), [...cells, boxes, 5]);
    const confidence = tf.reshape(part(given, 4, 1), [...cells, boxes]);
    const [iou, best] = tf.unstack(asConstant(given, (values) => compare(truth, part(values, 0, 4)))) as [
      tf.Tensor,
      tf.Tensor,
    ];
    const answers = best.mul(object);
    const place = tf.sum(tf.squaredDifference(truth, part(given, 0, 4)), -1).mul(answers);
    const found = tf.squaredDifference(iou, confidence).mul(answers);
    const none = tf.square(confidence).mul(tf.sub(1, answers));
    const kind = tf.squaredDifference(part(wanted, 5, classes), part(prediction, 5 * boxes, classes));
    const ofBoxes = place.mul(coordinates).add(found).add(none.mul(noObject));
    return tf.sum(tf.concat([ofBoxes, kind.mul(object)], -1), [1, 2, 3]);
  });
}

/** IoU of each proposed box with its cell's object, and 1 for the best box of a cell; `[2, …cells, boxes]`. */
function compare(truth: tf.Tensor, given: tf.Tensor): tf.Tensor {
  const [, rows, columns, boxes] = given.shape as [number, number, number, number];
  const perCell = tf.tensor1d([columns, rows]);
  const edges = (boxes: tf.Tensor) => {
    const centre = part(boxes, 0, 2).div(perCell);
    const half = tf.square(part(boxes, 2, 2)).div(2);
    return { least: centre.sub(half), most: centre.add(half), size: half.mul(2) };
  };
  const [a, b] = [edges(truth), edges(given)];
  const sides = tf.relu(tf.minimum(a.most, b.most).sub(tf.maximum(a.least, b.least)));
  const shared = tf.prod(sides, -1);
  const around = tf.prod(a.size, -1).add(tf.prod(b.size, -1)).sub(shared);
  const iou = tf.divNoNan(shared, around);
  const apart = tf.add(
    tf.sum(tf.squaredDifference(a.least, b.least), -1),
    tf.sum(tf.squaredDifference(a.most, b.most), -1),
  );
  const best = tf.argMax(tf.where(tf.greater(iou, 0), iou, tf.neg(apart)), -1);
  return tf.stack([iou, tf.cast(tf.oneHot(best as tf.Tensor1D, boxes), "float32")]);
}

/** What is computed from `x`, without a gradient: it decides what is wanted. */
function asConstant(x: tf.Tensor, compute: (x: tf.Tensor) => tf.Tensor): tf.Tensor {
  const constant = tf.customGrad((values) => ({
    value: compute(values as tf.Tensor),
    gradFunc: () => tf.zerosLike(values as tf.Tensor),
  }));
  return constant(x);
}

/** `size` of the values in the last axis, from `from`. */
function part(x: tf.Tensor, from: number, size: number): tf.Tensor {
  const others = x.shape.slice(0, -1);
  return tf.slice(x, [...others.map(() => 0), from], [...others, size]);
}

function sizesOf(
  target: tf.Tensor,
  prediction: tf.Tensor,
): { cells: number[]; boxes: number; classes: number } {
  const cells = prediction.shape.slice(0, -1);
  const classes = (target.shape.at(-1) as number) - 5;
  const boxes = ((prediction.shape.at(-1) as number) - classes) / 5;
  const belong =
    prediction.rank === 4 &&
    String(cells) === String(target.shape.slice(0, -1)) &&
    classes >= 0 &&
    boxes >= 1;
  if (belong && Number.isInteger(boxes)) return { cells, boxes, classes };
  throw new RangeError(
    `yolo: the target has the shape [${target.shape}] and the prediction [${prediction.shape}]; they must be ` +
      "[n, rows, columns, 5 + classes] and [n, rows, columns, boxes · 5 + classes], with the same cells and classes.",
  );
}
