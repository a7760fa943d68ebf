// A recurrent layer as one operation with a gradient of its own (backpropagation through time). What does not depend on
// the state is computed for all steps at once: the projection of the inputs, and the gradients of inputs and weights.
import * as tf from "@tensorflow/tfjs";
import { gradientDepth, runWithGradient } from "../gradient.ts";
import type { CellMath, PastStep, Weights } from "./cell.ts";
import { fromLanes, laneSizes, stepsInLanes, toLanes } from "./lanes.ts";

export interface SequenceOptions {
  /** Batch × steps; the states stay as they are where it is false or zero. */
  mask: tf.Tensor | undefined;
  /** Batch × units; what the first state, the output, is multiplied with before it goes into a step. */
  recurrentMask?: tf.Tensor | undefined;
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
  { mask, recurrentMask, goBackwards, returnSequences }: SequenceOptions,
): SequenceResult {
  const { kernel, recurrentKernel, bias } = weights;
  const [batch, count, features] = x.shape as [number, number, number];
  const order = Array.from({ length: count }, (_, step) => (goBackwards ? count - 1 - step : step));
  const sizes = laneSizes(batch);
  const laneCount = sizes.length;
  const masks = mask ? masksOf(mask, batch, count, sizes) : undefined;
  const recurrentMasks = recurrentMask ? toLanes(recurrentMask, sizes) : undefined;
  const stateCount = initialStates.length;
  const isDerived = gradientDepth() > 0;

  const forward = (save: (tensors: tf.Tensor[]) => void): tf.Tensor[] => {
    const rows = tf.reshape(tf.transpose(x, [1, 0, 2]), [count * batch, features]);
    const sums = tf.matMul(rows, kernel);
    const projections = stepsInLanes(bias ? tf.add(sums, bias) : sums, sizes, count);
    const recurrent = cell.prepare(recurrentKernel);
    const previous: tf.Tensor[][][] = Array.from({ length: count }, () => []);
    const kept: tf.Tensor[][][] = Array.from({ length: count }, () => []);
    const first = initialStates.map((state) => toLanes(state, sizes));
    const lanes = sizes.map((_, lane) => {
      let states = first.map((each) => each[lane]);
      const outputs = order.map((step) => {
        const before = states;
        const computed = tf.tidy(() => {
          const taken = recurrentMasks ? before.with(0, tf.mul(before[0], recurrentMasks[lane])) : before;
          const { states: after, kept: details } = cell.forward(projections[step][lane], taken, recurrent);
          const mixed = masks
            ? after.map((state, index) => mix(before[index], state, masks[step][lane]))
            : after;
          return { states: mixed, kept: isDerived ? details : [], taken };
        });
        previous[step].push(computed.taken);
        kept[step].push(computed.kept);
        states = computed.states;
        return states[0];
      });
      return returnSequences ? [tf.stack(outputs, 1), ...states] : [...states];
    });
    const flat = [masks ?? [], recurrentMasks ?? [], previous, kept].flat(3) as tf.Tensor[];
    save([rows, kernel, recurrentKernel, ...flat]);
    return lanes[0].map((_, index) => fromLanes(lanes.map((each) => each[index])));
  };

  const backward = (given: tf.Tensor[], saved: tf.Tensor[]) => {
    const [rows, savedKernel, savedRecurrent, ...rest] = saved;
    const pieces = count * laneCount;
    const savedMasks = masks ? rest.splice(0, pieces) : undefined;
    const savedRecurrentMasks = recurrentMasks ? rest.splice(0, laneCount) : undefined;
    const previous = inGroups(rest.splice(0, pieces * stateCount), pieces);
    const kept = inGroups(rest, pieces);
    const reorder = cell.reorder ?? ((columns: tf.Tensor) => columns);
    const recurrent = (cell.prepareBackward ?? cell.prepare)(savedRecurrent);
    const projections: tf.Tensor[] = new Array(pieces);
    const inLanes = given.map((each) => toLanes(each, sizes));
    const lanes = sizes.map((_, lane) => {
      const byOutput = returnSequences ? tf.unstack(inLanes[0][lane], 1) : undefined;
      let byStates = inLanes.slice(-stateCount).map((each) => each[lane]);
      for (let position = count - 1; position >= 0; position--) {
        const piece = order[position] * laneCount + lane;
        if (byOutput) byStates = byStates.with(0, tf.add(byStates[0], byOutput[position]));
        const after = byStates;
        const gradients = tf.tidy(() => {
          const changed = savedMasks ? after.map((each) => tf.mul(each, savedMasks[piece])) : after;
          const past: PastStep = { gradients: changed, previous: previous[piece], kept: kept[piece] };
          const { projection, previous: taken } = cell.backward(past, recurrent);
          const before = savedRecurrentMasks
            ? taken.with(0, tf.mul(taken[0], savedRecurrentMasks[lane]))
            : taken;
          if (!savedMasks) return { projection, previous: before };
          const unchanged = after.map((each, index) => tf.sub(each, changed[index]));
          return { projection, previous: before.map((each, index) => tf.add(each, unchanged[index])) };
        });
        projections[piece] = gradients.projection;
        byStates = gradients.previous;
      }
      return byStates;
    });
    const byStates = lanes[0].map((_, index) => fromLanes(lanes.map((each) => each[index])));
    const all = tf.concat(projections);
    return {
      x: () => {
        const byRows = tf.matMul(all, reorder(savedKernel), false, true);
        return tf.transpose(tf.reshape(byRows, [count, batch, features]), [1, 0, 2]);
      },
      kernel: () => reorder(tf.matMul(rows, all, true)),
      recurrentKernel: () => {
        const outputs = tf.concat(previous.map(([output]) => output));
        return reorder(cell.recurrentGradient(outputs, kept, all));
      },
      bias: () => reorder(tf.sum(all, 0)),
      ...Object.fromEntries(byStates.map((gradient, index) => [`state${index}`, () => gradient])),
    };
  };

  const states = Object.fromEntries(initialStates.map((state, index) => [`state${index}`, state]));
  const inputs = { x, kernel, recurrentKernel, ...(bias && { bias }), ...states };
  const results = runWithGradient({ inputs, forward, backward });
  return returnSequences ? { outputs: results[0], states: results.slice(1) } : { states: results };
}

/** For each step and lane a column of ones and zeros. */
function masksOf(mask: tf.Tensor, batch: number, count: number, sizes: number[]): tf.Tensor[][] {
  const numbers = tf.cast(tf.cast(mask, "bool"), "float32");
  const columns = tf.reshape(tf.transpose(tf.reshape(numbers, [batch, count])), [count * batch, 1]);
  return stepsInLanes(columns, sizes, count);
}

/** `after` where the mask is one, `before` where it is zero. */
function mix(before: tf.Tensor, after: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  return tf.add(before, tf.mul(mask, tf.sub(after, before)));
}

function inGroups(tensors: tf.Tensor[], count: number): tf.Tensor[][] {
  const size = tensors.length / count;
  return Array.from({ length: count }, (_, index) => tensors.slice(index * size, (index + 1) * size));
}
