// A recurrent layer as one operation with a gradient of its own (backpropagation through time). A step multiplies input and
// state with all weights at once; the gradients of inputs and weights are computed for many steps at once.
import * as tf from "@tensorflow/tfjs";
import { gradientDepth, runWithGradient } from "../gradient.ts";
import type { CellMath, PastStep, Weights } from "./cell.ts";
import { fromLanes, laneSizes, toLanes } from "./lanes.ts";
import { weightsGradient } from "./weights-gradient.ts";

export interface SequenceOptions {
  /** Batch × steps; the states stay as they are where it is false or zero. */
  mask: tf.Tensor | undefined;
  /** Batch × units; what the first state, the output, is multiplied with before it goes into a step. */
  recurrentMask?: tf.Tensor | undefined;
  goBackwards: boolean;
  /** Give the outputs of all steps. */
  returnSequences: boolean;
}

/**
 * @param x Batch × steps × features.
 * @returns The outputs of all steps if they are wanted, batch × steps × units in the order in which they were computed; then
 *   the states after the last step.
 */
export function runSequence(
  cell: CellMath,
  x: tf.Tensor,
  initialStates: tf.Tensor[],
  weights: Weights,
  options: SequenceOptions,
): tf.Tensor[] {
  const { mask, recurrentMask } = options;
  const sizes = laneSizes(x.shape[0] as number);
  const [xs, masks, recurrentMasks] = [x, mask, recurrentMask].map((all) => all && toLanes(all, sizes));
  const states = initialStates.map((all) => toLanes(all, sizes));
  const lanes = sizes.map((_, lane) => {
    const first = states.map((each) => each[lane]);
    const given = { ...options, mask: masks?.[lane], recurrentMask: recurrentMasks?.[lane] };
    return runLane(cell, (xs as tf.Tensor[])[lane], first, weights, given);
  });
  return lanes[0].map((_, index) => fromLanes(lanes.map((each) => each[index])));
}

function runLane(
  cell: CellMath,
  x: tf.Tensor,
  initialStates: tf.Tensor[],
  { kernel, recurrentKernel, bias }: Weights,
  { mask, recurrentMask, goBackwards, returnSequences }: SequenceOptions,
): tf.Tensor[] {
  const [batch, count, features] = x.shape as [number, number, number];
  const order = Array.from({ length: count }, (_, step) => (goBackwards ? count - 1 - step : step));
  const masks = mask && masksOf(mask, batch, count);
  const stateCount = initialStates.length;
  const isDerived = gradientDepth() > 0;
  /** Known when the forward pass has run. */
  let groupCount = 0;

  const forward = (save: (tensors: tf.Tensor[]) => void): tf.Tensor[] => {
    const inputs = tf.unstack(bias ? tf.concat([x, tf.ones([batch, count, 1])], 2) : x, 1);
    const all = tf.concat([kernel, ...(bias ? [tf.expandDims(bias)] : []), recurrentKernel]);
    const weights = cell.columns(all);
    groupCount = weights.length;
    const previous: tf.Tensor[][] = new Array(count);
    const kept: tf.Tensor[][] = new Array(count);
    const factors: tf.Tensor[][] = new Array(count);
    let states = [...initialStates];
    const outputs = order.map((step) => {
      const before = states;
      const computed = tf.tidy(() => {
        const taken = recurrentMask ? before.with(0, tf.mul(before[0], recurrentMask)) : before;
        const { states: after, ...details } = cell.forward(inputs[step], taken, weights);
        const mixed = masks ? after.map((state, index) => mix(before[index], state, masks[step])) : after;
        return { states: mixed, taken, ...(isDerived ? details : { kept: [], factors: [] }) };
      });
      previous[step] = computed.taken;
      kept[step] = computed.kept;
      factors[step] = computed.factors;
      states = computed.states;
      return states[0];
    });
    const flat = [masks ?? [], recurrentMask ?? [], previous, kept, factors].flat(2) as tf.Tensor[];
    save([kernel, recurrentKernel, ...flat]);
    return returnSequences ? [tf.stack(outputs, 1), ...states] : [...states];
  };

  const backward = (given: tf.Tensor[], saved: tf.Tensor[]) => {
    const [savedKernel, savedRecurrent, ...rest] = saved;
    const savedMasks = masks ? rest.splice(0, count) : undefined;
    const [savedRecurrentMask] = recurrentMask ? rest.splice(0, 1) : [];
    const previous = inGroups(rest.splice(0, count * stateCount), count);
    const recurrent = cell.prepareBackward(savedRecurrent);
    const factors = inGroups(rest.splice(-count * groupCount), count);
    const kept = inGroups(rest, count);
    const sums: tf.Tensor[] = new Array(count);
    const byOutput = returnSequences ? tf.unstack(given[0], 1) : undefined;
    let byStates = given.slice(-stateCount);
    for (let position = count - 1; position >= 0; position--) {
      const step = order[position];
      if (byOutput) byStates = byStates.with(0, tf.add(byStates[0], byOutput[position]));
      const after = byStates;
      const gradients = tf.tidy(() => {
        const changed = savedMasks ? after.map((each) => tf.mul(each, savedMasks[step])) : after;
        const past: PastStep = { gradients: changed, previous: previous[step], kept: kept[step] };
        const { sums: bySums, previous: taken } = cell.backward(past, recurrent);
        const before = savedRecurrentMask ? taken.with(0, tf.mul(taken[0], savedRecurrentMask)) : taken;
        if (!savedMasks) return { bySums, previous: before };
        const unchanged = after.map((each, index) => tf.sub(each, changed[index]));
        return { bySums, previous: before.map((each, index) => tf.add(each, unchanged[index])) };
      });
      sums[step] = gradients.bySums;
      byStates = gradients.previous;
    }
    const byWeights = weightsGradient(cell, factors, sums);
    return {
      x: () => {
        const reordered = cell.reorder?.(savedKernel) ?? savedKernel;
        const byRows = tf.matMul(tf.concat(sums), reordered, false, true);
        return tf.transpose(tf.reshape(byRows, [count, batch, features]), [1, 0, 2]);
      },
      kernel: () => tf.slice(byWeights, 0, features),
      bias: () => tf.reshape(tf.slice(byWeights, features, 1), [-1]),
      recurrentKernel: () => tf.slice(byWeights, features + (bias ? 1 : 0)),
      ...Object.fromEntries(byStates.map((gradient, index) => [`state${index}`, () => gradient])),
    };
  };

  const states = Object.fromEntries(initialStates.map((state, index) => [`state${index}`, state]));
  const inputs = { x, kernel, recurrentKernel, ...(bias && { bias }), ...states };
  return runWithGradient({ inputs, forward, backward });
}

/** For each step a column of ones and zeros. */
function masksOf(mask: tf.Tensor, batch: number, count: number): tf.Tensor[] {
  const numbers = tf.cast(tf.cast(mask, "bool"), "float32");
  const columns = tf.reshape(tf.transpose(tf.reshape(numbers, [batch, count])), [count * batch, 1]);
  return tf.split(columns, count, 0);
}

/** `after` where the mask is one, `before` where it is zero. */
function mix(before: tf.Tensor, after: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  return tf.add(before, tf.mul(mask, tf.sub(after, before)));
}

function inGroups(tensors: tf.Tensor[], count: number): tf.Tensor[][] {
  const size = tensors.length / count;
  return Array.from({ length: count }, (_, index) => tensors.slice(index * size, (index + 1) * size));
}
