// Examples that fit in memory as numbers: points, curves, pictures or clouds of points, each with its target.

import * as tf from "@tensorflow/tfjs";
import { displaySymbol, type MimeBundle } from "../plot/display.ts";
import { formatCount } from "./card.ts";
import type { Batch, Examples } from "./examples.ts";
import { random } from "./random.ts";

interface ArrayContent {
  /** Inputs, example after example. */
  inputs: Float32Array;
  /** Shape of one input, such as `[2]`. */
  inputShape: readonly number[];
  /** Targets, example after example; an `Int32Array` holds class numbers. */
  targets: Float32Array | Int32Array;
  /** Shape of one target; `[]` for one number or class. */
  targetShape: readonly number[];
  /** Names of the classes, if the targets are classes. */
  classNames?: readonly string[] | undefined;
  /** Names of the numbers of one input, if it is a row. */
  inputNames?: readonly string[] | undefined;
}

/** Inputs with their targets, in memory. */
export class ArrayExamples implements Examples {
  /** Inputs, example after example, each of `inputShape`. */
  readonly inputs: Float32Array;
  readonly inputShape: readonly number[];
  /** Targets, example after example, each of `targetShape`; an `Int32Array` holds class numbers. */
  readonly targets: Float32Array | Int32Array;
  readonly targetShape: readonly number[];
  /** Names of the classes; empty if the targets are no classes. */
  readonly classNames: readonly string[];
  /** Names of the numbers of one input; empty if they have none. */
  readonly inputNames: readonly string[];
  /** Number of examples. */
  readonly size: number;

  /**
   * @throws RangeError if inputs and targets don't hold the same number of examples, or a class has no name.
   */
  constructor(content: ArrayContent) {
    const { inputs, inputShape, targets, targetShape, classNames = [], inputNames = [] } = content;
    this.size = targets.length / volume(targetShape);
    if (!Number.isInteger(this.size) || inputs.length !== this.size * volume(inputShape)) {
      throw new RangeError(
        `${targets.length} target values of shape [${targetShape}] need ${this.size * volume(inputShape)} input values ` +
          `of shape [${inputShape}], found ${inputs.length}.`,
      );
    }
    const wrong = classNames.length ? targets.findIndex((label) => !(label in classNames)) : -1;
    if (wrong >= 0) {
      throw new RangeError(
        `Target ${wrong} is ${targets[wrong]}; with ${classNames.length} classes they go from 0 to ${classNames.length - 1}.`,
      );
    }
    this.inputs = inputs;
    this.inputShape = inputShape;
    this.targets = targets;
    this.targetShape = targetShape;
    this.classNames = classNames;
    this.inputNames = inputNames;
  }

  /** The examples at `indices` as x, float32 `[n, …inputShape]`, and y, `[n, …targetShape]`, int32 for classes. */
  batch(indices: ArrayLike<number>): Batch {
    const { inputs, targets, size } = this.select(indices);
    const dtype = targets instanceof Int32Array ? "int32" : "float32";
    return {
      x: tf.tensor(inputs, [size, ...this.inputShape], "float32"),
      y: tf.tensor(targets, [size, ...this.targetShape], dtype),
    };
  }

  /** All examples as tensors; the caller disposes them. */
  tensors(): Batch {
    return this.batch(Array.from({ length: this.size }, (_, index) => index));
  }

  /**
   * The examples at `indices`, in that order.
   *
   * @throws RangeError if an index is not a whole number from 0 to size − 1.
   */
  select(indices: ArrayLike<number>): ArrayExamples {
    const { inputs, inputShape, targets, targetShape } = this;
    const input = volume(inputShape);
    const target = volume(targetShape);
    const chosen = {
      inputs: new Float32Array(indices.length * input),
      targets:
        targets instanceof Int32Array
          ? new Int32Array(indices.length * target)
          : new Float32Array(indices.length * target),
    };
    for (let position = 0; position < indices.length; position++) {
      const index = indices[position] as number;
      if (!(Number.isInteger(index) && index >= 0 && index < this.size)) {
        throw new RangeError(`There is no example ${index}; indices go from 0 to ${this.size - 1}.`);
      }
      chosen.inputs.set(inputs.subarray(index * input, (index + 1) * input), position * input);
      chosen.targets.set(targets.subarray(index * target, (index + 1) * target), position * target);
    }
    return new ArrayExamples({ ...this, ...chosen });
  }

  /**
   * Split at random into two parts; where the targets are classes, both hold each class in the same proportion.
   *
   * @param fraction Part that goes into the second result, between 0 and 1.
   * @param options.seed Chooses which examples. Defaults to `0`.
   * @returns `[rest, part]`, each in the order of the set.
   * @throws RangeError if the fraction is not between 0 and 1.
   */
  split(fraction: number, { seed = 0 }: { seed?: number } = {}): [rest: ArrayExamples, part: ArrayExamples] {
    if (!(fraction > 0 && fraction < 1)) {
      throw new RangeError(`fraction is ${fraction}; it must lie between 0 and 1, such as 0.2 for a fifth.`);
    }
    const source = random(seed);
    const perClass = this.targets instanceof Int32Array && this.targetShape.length === 0;
    const groups = new Map<number, number[]>();
    for (let index = 0; index < this.size; index++) {
      const group = perClass ? (this.targets[index] as number) : 0;
      const members = groups.get(group);
      if (members) members.push(index);
      else groups.set(group, [index]);
    }
    const part = new Set<number>();
    for (const group of [...groups.keys()].sort((a, b) => a - b)) {
      const members = groups.get(group) as number[];
      const order = source.permutation(members.length);
      for (const position of order.subarray(0, Math.round(members.length * fraction))) {
        part.add(members[position] as number);
      }
    }
    const all = Array.from({ length: this.size }, (_, index) => index);
    return [
      this.select(all.filter((index) => !part.has(index))),
      this.select(all.filter((index) => part.has(index))),
    ];
  }

  [displaySymbol](): MimeBundle {
    const classes = this.classNames.length ? `, classes ${this.classNames.join(", ")}` : "";
    return {
      "text/plain": `ArrayExamples: ${formatCount(this.size)} examples, inputs [${this.inputShape}], targets [${this.targetShape}]${classes}`,
    };
  }
}

function volume(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
