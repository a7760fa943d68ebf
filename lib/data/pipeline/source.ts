// What a pipeline starts from: labelled images, tensors, arrays of samples, or anything that can fetch one by its index.

import * as tf from "@tensorflow/tfjs";
import type { TensorPair } from "../examples.ts";
import { LabelledImages } from "../labelled-images.ts";
import { type Sample, sizeOf, type Values } from "../sample.ts";
import { type LooseSample, values } from "./values.ts";

/** Samples that can be fetched in any order. */
export interface SampleSource {
  readonly size: number;
  /** A new copy of the sample at `index`, from 0. */
  sample(index: number): LooseSample;
}

/** What `pipeline` takes. */
export type Source = LabelledImages | TensorPair | readonly LooseSample[] | SampleSource;

/**
 * See data as samples that can be fetched in any order. Tensors are read once and stay the caller's.
 *
 * @throws RangeError if there are no samples; TypeError for anything else.
 */
export function toSource(data: Source): StrictSource {
  const source = read(data);
  if (!(source.size > 0)) throw new RangeError("There are no samples: the data of the pipeline is empty.");
  return source;
}

/** Samples that were checked. */
interface StrictSource {
  size: number;
  sample(index: number): Sample;
}

function read(data: Source): StrictSource {
  if (data instanceof LabelledImages) {
    const pixels = sizeOf(data.shape);
    return {
      size: data.size,
      sample: (index) => ({
        x: { data: data.images.slice(index * pixels, (index + 1) * pixels), shape: data.shape },
        y: { data: Int32Array.of(data.labels[index] as number), shape: [] },
      }),
    };
  }
  if (Array.isArray(data)) {
    return { size: data.length, sample: (index) => strict(structuredClone(data[index]), index) };
  }
  if (typeof data === "object" && "sample" in data) {
    return { size: data.size, sample: (index) => strict(data.sample(index), index) };
  }
  if (typeof data === "object" && "x" in data && data.x instanceof tf.Tensor && data.y instanceof tf.Tensor) {
    const [x, y] = [rows(data.x), rows(data.y)];
    if (x.size !== y.size) {
      throw new RangeError(
        `x has the shape [${data.x.shape}] and y [${data.y.shape}]: the first sizes must be equal.`,
      );
    }
    return { size: x.size, sample: (index) => ({ x: x.row(index), y: y.row(index) }) };
  }
  throw new TypeError(
    "A pipeline takes labelled images, tensors { x, y }, an array of samples { x, y }, or { size, sample(index) }.",
  );
}

function rows(tensor: tf.Tensor): { size: number; row(index: number): Values } {
  const [size = 0, ...shape] = tensor.shape;
  const data = tensor.dataSync();
  const length = sizeOf(shape);
  return { size, row: (index) => ({ data: data.slice(index * length, (index + 1) * length), shape }) };
}

function strict(sample: LooseSample, index: number): Sample {
  return {
    ...sample,
    x: values(sample.x, `x of sample ${index}`),
    y: values(sample.y, `y of sample ${index}`),
  };
}
