// A recurrent layer as one operation with a gradient of its own (backpropagation through time). What does not depend on
// the state is computed for all steps at once: the projection of the inputs, and the gradients of inputs and weights.
import * as tf from "@tensorflow/tfjs";
import { gradientDepth, runWithGradient } from "../gradient.ts";
import type { CellMath, PastStep, Weights } from "./cell.ts";

/** Smaller batches gain more by one projection, which goes through the kernel once instead of at every step. */
const leastWholeBatch = 16;

/** Of a product that gives the gradient of a kernel. */
const leastRows = 512;

export interface SequenceOptions {
  /** Batch × steps; the states stay as they are where it is false or zero. */
  mask: tf.Tensor | undefined;
  goBackwards: boolean;
  /** Give the outputs of all steps. */
  returnSequences: boolean;
}

export interface SequenceResult {
  /** Batch × steps × units, in the order in which they were computed. */
  outputs?: tf.Tensor;
  /** After the last step. */
  states: tf.Tensor[];
}

/** @param x Batch × steps × features. */
export function runSequence(
  cell: CellMath,
  x: tf.Tensor,
  initialStates: tf.Tensor[],
  weights: Weights,
  { mask, goBackwards, returnSequences }: SequenceOptions,
): SequenceResult {
  const { kernel, recurrentKernel, bias } = weights;
  const [batch, count, features] = x.shape as [number, number, number];
  const order = Array.from({ length: count }, (_, step) => (goBackwards ? count - 1 - step : step));
  const masks = mask ? masksOf(mask, batch, count) : undefined;
  const stateCount = initialStates.length;
  const isDerived = gradientDepth() > 0;

  const forward = (save: (tensors: tf.Tensor[]) => void): tf.Tensor[] => {
    const rows = tf.reshape(tf.transpose(x, [1, 0, 2]), [count * batch, features]);
    const forwardStep = stepsOf(cell, weights, tf.reshape(rows, [count, batch, features]));
    const previous: tf.Tensor[][] = new Array(count);
    const kept: tf.Tensor[][] = new Array(count);
    let states = initialStates;
    const outputs = order.map((step) => {
      const before = states;
      const computed = tf.tidy(() => {
        const { states: after, kept: details } = forwardStep(step, before);
        const mixed = masks ? after.map((state, index) => mix(before[index], state, masks[step])) : after;
        return { states: mixed, kept: isDerived ? details : [] };
      });
      previous[step] = before;
      kept[step] = computed.kept;
      states = computed.states;
      return states[0];
    });
    save([rows, kernel, recurrentKernel, ...(masks ?? []), ...previous.flat(), ...kept.flat()]);
    return returnSequences ? [tf.stack(outputs, 1), ...states] : [...states];
  };

  const backward = (given: tf.Tensor[], saved: tf.Tensor[]) => {
    const [rows, savedKernel, savedRecurrent, ...rest] = saved;
    const savedMasks = masks ? rest.splice(0, count) : undefined;
    const previous = inGroups(rest.splice(0, count * stateCount), count);
    const kept = inGroups(rest, count);
    const byOutput = returnSequences ? tf.unstack(given[0], 1) : undefined;
    const reorder = cell.reorder ?? ((columns: tf.Tensor) => columns);
    const recurrent = cell.prepare(reorder(savedRecurrent));
    const projections: tf.Tensor[] = new Array(count);
    let byStates = given.slice(-stateCount);
    for (let position = count - 1; position >= 0; position--) {
      const step = order[position];
      if (byOutput) byStates = byStates.with(0, tf.add(byStates[0], byOutput[position]));
      const after = byStates;
      const gradients = tf.tidy(() => {
        const changed = savedMasks ? after.map((each) => tf.mul(each, savedMasks[step])) : after;
        const past: PastStep = { gradients: changed, previous: previous[step], kept: kept[step] };
        const { projection, previous: before } = cell.backward(past, recurrent);
        if (!savedMasks) return { projection, previous: before };
        const unchanged = after.map((each, index) => tf.sub(each, changed[index]));
        return { projection, previous: before.map((each, index) => tf.add(each, unchanged[index])) };
      });
      projections[step] = gradients.projection;
      byStates = gradients.previous;
    }
    const parts = partsOf(count, batch).map(([start, end]) => ({
      all: tf.concat(projections.slice(start, end)),
      rows: () => tf.slice(rows, [start * batch, 0], [(end - start) * batch, features]),
      previous: () => tf.concat(previous.slice(start, end).map(([output]) => output)),
      kept: kept.slice(start, end),
    }));
    return {
      x: () => {
        const all = tf.concat(parts.map((part) => part.all));
        const byRows = tf.matMul(all, reorder(savedKernel), false, true);
        return tf.transpose(tf.reshape(byRows, [count, batch, features]), [1, 0, 2]);
      },
      kernel: () => reorder(sumOf(parts, (part) => tf.matMul(part.rows(), part.all, true))),
      recurrentKernel: () =>
        reorder(sumOf(parts, (part) => cell.recurrentGradient(part.previous(), part.kept, part.all))),
      bias: () => reorder(sumOf(parts, (part) => tf.sum(part.all, 0))),
      ...Object.fromEntries(byStates.map((gradient, index) => [`state${index}`, () => gradient])),
    };
  };

  const states = Object.fromEntries(initialStates.map((state, index) => [`state${index}`, state]));
  const inputs = { x, kernel, recurrentKernel, ...(bias && { bias }), ...states };
  const results = runWithGradient({ inputs, forward, backward });
  return returnSequences ? { outputs: results[0], states: results.slice(1) } : { states: results };
}

/** @param inputs Steps × batch × features. */
function stepsOf(cell: CellMath, weights: Weights, inputs: tf.Tensor) {
  const [count, batch, features] = inputs.shape as [number, number, number];
  if (cell.whole && batch >= leastWholeBatch) {
    const forward = cell.whole(weights);
    const each = tf.unstack(inputs);
    return (step: number, before: tf.Tensor[]) => forward(each[step], before);
  }
  const { kernel, recurrentKernel, bias } = weights;
  const sums = tf.matMul(tf.reshape(inputs, [count * batch, features]), kernel);
  const projections = tf.unstack(tf.reshape(bias ? tf.add(sums, bias) : sums, [count, batch, -1]));
  const recurrent = cell.prepare(recurrentKernel);
  return (step: number, before: tf.Tensor[]) => cell.forward(projections[step], before, recurrent);
}

/** Steps that go into one product: while it is computed, another thread goes on with the steps before them. */
function partsOf(count: number, batch: number): [start: number, end: number][] {
  const size = Math.ceil(leastRows / batch);
  return Array.from({ length: Math.ceil(count / size) }, (_, part) => [
    part * size,
    Math.min(count, (part + 1) * size),
  ]);
}

function sumOf<Part>(parts: Part[], term: (part: Part) => tf.Tensor): tf.Tensor {
  const terms = parts.map(term);
  return terms.length === 1 ? terms[0] : tf.addN(terms);
}

/** For each step a column of ones and zeros. */
function masksOf(mask: tf.Tensor, batch: number, count: number): tf.Tensor[] {
  const numbers = tf.cast(tf.cast(mask, "bool"), "float32");
  return tf.unstack(tf.transpose(tf.reshape(numbers, [batch, count, 1]), [1, 0, 2]));
}

/** `after` where the mask is one, `before` where it is zero. */
function mix(before: tf.Tensor, after: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  return tf.add(before, tf.mul(mask, tf.sub(after, before)));
}

function inGroups(tensors: tf.Tensor[], count: number): tf.Tensor[][] {
  const size = tensors.length / count;
  return Array.from({ length: count }, (_, index) => tensors.slice(index * size, (index + 1) * size));
}
