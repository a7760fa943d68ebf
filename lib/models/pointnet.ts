// PointNet: a class for a set of points, whatever their order.

import * as tf from "@tensorflow/tfjs";
import { chain, join, type ModelOptions, type Symbolic, singleInput, softmaxHead } from "./build.ts";

export interface PointnetOptions extends ModelOptions {
  /** Points of an example, `null` for any number. Defaults to `null`. */
  points?: number | null;
  /** Classes. Defaults to `40`, ModelNet40's. */
  classes?: number;
  /** Factor for the number of features, for small data. Defaults to `1`. */
  width?: number;
  /** Part of the last hidden layer that is dropped in training, 0 to 1. Defaults to `0.3`. */
  dropout?: number;
}

/**
 * PointNet with its two transforms (Qi, Su, Mo and Guibas, 2016). A transform is learned as what is added to the
 * identity.
 *
 * Input `[batch, points, 3]`, output `[batch, classes]`; 3,480,049 trained parameters with 40 classes (the paper: 3.5 M).
 */
export function pointnet({
  points = null,
  classes = 40,
  width = 1,
  dropout = 0.3,
  seed,
}: PointnetOptions = {}) {
  const size = (features: number) => Math.max(1, Math.round(features * width));
  return singleInput("pointnet", [points, 3], seed, (cloud) => {
    const aligned = chain(transform(cloud, 3, size), ...shared(size(64)), ...shared(size(64)));
    const features = chain(
      transform(aligned, size(64), size),
      ...shared(size(64)),
      ...shared(size(128)),
      ...shared(size(1024)),
    );
    return chain(
      features,
      tf.layers.globalMaxPooling1d({ name: "largest" }),
      ...normalizedDense(size(512)),
      ...normalizedDense(size(256)),
      tf.layers.dropout({ rate: dropout }),
      softmaxHead(classes),
    );
  });
}

/** The same dense layer for each point. */
function shared(filters: number): tf.layers.Layer[] {
  return [tf.layers.conv1d({ filters, kernelSize: 1 }), tf.layers.batchNormalization(), tf.layers.reLU()];
}

function normalizedDense(units: number): tf.layers.Layer[] {
  return [tf.layers.dense({ units }), tf.layers.batchNormalization(), tf.layers.reLU()];
}

/** Multiply the points by a matrix that a small network of the same kind makes from them. */
function transform(x: Symbolic, features: number, size: (features: number) => number): Symbolic {
  const matrix = chain(
    x,
    ...[64, 128, 1024].flatMap((filters) => shared(size(filters))),
    tf.layers.globalMaxPooling1d(),
    ...[512, 256].flatMap((units) => normalizedDense(size(units))),
    tf.layers.dense({ units: features * features, kernelInitializer: "zeros" }),
    tf.layers.reshape({ targetShape: [features, features] }),
  );
  return join(tf.layers.add(), x, join(tf.layers.dot({ axes: [2, 1] }), x, matrix));
}
