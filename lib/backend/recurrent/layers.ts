// Recurrent layers of TensorFlow.js as one operation each, where the cell is one that is known. TensorFlow.js unrolls them
// into dozens of operations a step, and twice as many backwards.
import * as tf from "@tensorflow/tfjs";
import { gradientDepth } from "../gradient.ts";
import { dropout } from "../random.ts";
import { activationNamed } from "./activations.ts";
import type { CellMath } from "./cell.ts";
import { gruMath } from "./gru.ts";
import { lstmMath } from "./lstm.ts";
import { runSequence } from "./sequence.ts";
import { simpleMath } from "./simple.ts";

/** What tfjs's types keep back of a layer and its cell. */
interface RecurrentLayer {
  cell: Cell;
  goBackwards: boolean;
  returnSequences: boolean;
  returnState: boolean;
  stateful: boolean;
  states_: tf.Tensor[] | null;
  call(inputs: tf.Tensor | tf.Tensor[], kwargs: CallArguments | null): tf.Tensor | tf.Tensor[];
  resetStates(states: tf.Tensor[], training?: boolean | null): void;
}

interface Cell {
  stateSize: number | number[];
  dropout: number;
  recurrentDropout: number;
  /** The user's own in place of the usual one. */
  dropoutFunc?: unknown;
  /** What TensorFlow.js drops at all steps of a call. */
  dropoutMask?: tf.Tensor | tf.Tensor[] | null;
  recurrentDropoutMask?: tf.Tensor | tf.Tensor[] | null;
  /** Those that are stacked in it. */
  cells?: Cell[];
  activation: tf.serialization.Serializable;
  recurrentActivation?: tf.serialization.Serializable;
  kernel: { read(): tf.Tensor };
  recurrentKernel: { read(): tf.Tensor };
  bias: { read(): tf.Tensor } | null;
}

interface CallArguments {
  mask?: tf.Tensor | null;
  training?: boolean | null;
  initialState?: tf.Tensor[] | null;
}

export function accelerateRecurrentLayers(): void {
  const shared = tf.layers.RNN.prototype as unknown as RecurrentLayer;
  const original = shared.call;
  shared.call = function (inputs, kwargs) {
    const math = mathOf(this.cell);
    const x = [inputs].flat()[0];
    if (!math || x.rank !== 3 || x.shape[1] === 0 || gradientDepth() > 1) {
      try {
        return original.call(this, inputs, kwargs);
      } finally {
        forgetMasks(this.cell);
      }
    }
    return tf.tidy(() => run(this, math, x, kwargs ?? {}));
  };
}

function run(
  layer: RecurrentLayer,
  math: CellMath,
  x: tf.Tensor,
  { mask, training, initialState }: CallArguments,
): tf.Tensor | tf.Tensor[] {
  const { cell, goBackwards, returnSequences, returnState, stateful } = layer;
  const sizes = [cell.stateSize].flat();
  const first =
    initialState ??
    (stateful && layer.states_ ? layer.states_ : sizes.map((size) => tf.zeros([x.shape[0], size])));
  if (first.length !== sizes.length) {
    throw new Error(
      `The recurrent layer has ${sizes.length} states but was given ${first.length} initial states.`,
    );
  }
  const weights = {
    kernel: cell.kernel.read(),
    recurrentKernel: cell.recurrentKernel.read(),
    bias: cell.bias?.read(),
  };
  const [batch, , features] = x.shape;
  // The same is dropped at all steps (Gal and Ghahramani, 2016).
  const isDropped = (rate: number) => training && isProper(rate);
  const dropped = isDropped(cell.dropout)
    ? dropout(x, cell.dropout, { noiseShape: [batch, 1, features] })
    : x;
  const recurrentMask = isDropped(cell.recurrentDropout)
    ? dropout(tf.ones([batch, sizes[0]]), cell.recurrentDropout)
    : undefined;
  const options = { mask: mask ?? undefined, recurrentMask, goBackwards, returnSequences };
  const results = runSequence(math, dropped, first, weights, options);
  const states = results.slice(-first.length);
  if (stateful) layer.resetStates(states, training);
  return returnState ? [results[0], ...states] : results[0];
}

/** How `cell` computes, unless it is of a class of its own, drops in its own way or has an uncommon activation. */
function mathOf(cell: Cell): CellMath | undefined {
  const make = maths.get(Object.getPrototypeOf(cell));
  if (!make || cell.dropoutFunc) return undefined;
  const activation = activationOf(cell.activation);
  // A simple cell has no gates.
  const gate = cell.recurrentActivation ? activationOf(cell.recurrentActivation) : activation;
  return activation && gate && make(activation, gate);
}

const maths = new Map<object, typeof lstmMath>([
  [Object.getPrototypeOf(tf.layers.lstmCell({ units: 1 })), lstmMath],
  [Object.getPrototypeOf(tf.layers.gruCell({ units: 1 })), gruMath],
  [Object.getPrototypeOf(tf.layers.simpleRNNCell({ units: 1 })), simpleMath],
]);

function activationOf(activation: tf.serialization.Serializable) {
  return activationNamed(activation.getClassName());
}

/** TensorFlow.js leaves them until the next call, and those of stacked cells for ever. */
function forgetMasks(cell: Cell): void {
  tf.dispose([cell.dropoutMask ?? [], cell.recurrentDropoutMask ?? []]);
  cell.dropoutMask = cell.recurrentDropoutMask = null;
  for (const each of cell.cells ?? []) forgetMasks(each);
}

function isProper(rate: number): boolean {
  return rate > 0 && rate < 1;
}
