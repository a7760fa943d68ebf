// Recurrent layers step by step, so that relevance can be followed back through time: the signal takes it all,
// the gates get none (Arras et al. 2017, "Explaining recurrent neural network predictions in sentiment analysis").

import * as tf from "@tensorflow/tfjs";

/** Divide relevance by what it is relevance of: `arrived / stabilised(z)`. */
type Divide = (arrived: tf.Tensor, z: tf.Tensor) => tf.Tensor;

/** Relevance that left a recurrent layer. */
interface RecurrentFlow {
  /** `[n, steps, features]`. */
  input: tf.Tensor;
  bias: tf.Tensor;
  stabiliser: tf.Tensor;
}

export interface RecurrentCell {
  /**
   * @param x Input of the layer, `[n, steps, features]`.
   * @param arrived Relevance of its output: `[n, units]`, or `[n, steps, units]`.
   * @param mask 0 for steps that are skipped, `[n, steps]`; left out for none.
   */
  relevance(x: tf.Tensor3D, arrived: tf.Tensor, divide: Divide, mask?: tf.Tensor): RecurrentFlow;
}

interface Weights {
  kernel: tf.Tensor2D;
  recurrentKernel: tf.Tensor2D;
  bias: tf.Tensor1D | undefined;
}

/** What is kept of a step for the way back. */
interface Step {
  /** Sum that goes into the candidate's activation. */
  sum: tf.Tensor;
  /** What the recurrent kernel of the candidate was multiplied with. */
  recurrent: tf.Tensor;
  /** The two parts of the new state, of which the first comes from the state before; SimpleRNN has none. */
  parts?: { kept: tf.Tensor; added: tf.Tensor };
  hidden: tf.Tensor;
  cell: tf.Tensor;
}

type Activation = { apply(x: tf.Tensor): tf.Tensor };

interface Cell {
  activation: Activation;
  recurrentActivation: Activation;
}

const gateCount: Record<string, number> = { SimpleRNN: 1, GRU: 3, LSTM: 4 };
/** Which of the gates' blocks in the weights is the candidate. */
const candidateBlock: Record<string, number> = { SimpleRNN: 0, GRU: 2, LSTM: 2 };

/** The way back through a SimpleRNN, GRU or LSTM layer. */
export function recurrentCell(layer: tf.layers.Layer): RecurrentCell {
  const className = layer.getClassName();
  const { goBackwards } = layer.getConfig() as { goBackwards?: boolean };
  const { cell } = layer as unknown as { cell: Cell };
  const [kernel, recurrentKernel, bias] = layer.getWeights() as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D?];
  const units = recurrentKernel.shape[0];

  const block = (index: number): Weights => ({
    kernel: tf.slice(kernel, [0, index * units], [-1, units]),
    recurrentKernel: tf.slice(recurrentKernel, [0, index * units], [-1, units]),
    bias: bias && tf.slice(bias, [index * units], [units]),
  });

  function forward(inputs: tf.Tensor2D[], blocks: Weights[], masks: tf.Tensor[]): Step[] {
    const steps: Step[] = [];
    const zeros = tf.zeros([inputs[0]?.shape[0] as number, units]);
    let [hidden, memory]: tf.Tensor[] = [zeros, zeros] as [tf.Tensor, tf.Tensor];
    for (const [time, x] of inputs.entries()) {
      const sum = (index: number, state: tf.Tensor) => weighted(blocks[index] as Weights, x, state);
      const gate = (index: number) => cell.recurrentActivation.apply(sum(index, hidden as tf.Tensor));
      const step = makeStep[className]?.({ sum, gate, hidden, memory, activation: cell.activation }) as Step;
      steps.push(step);
      const mask = masks[time];
      // A step that is skipped leaves the state as it was.
      const next = (after: tf.Tensor, before: tf.Tensor) =>
        mask ? tf.add(before, tf.mul(mask, tf.sub(after, before))) : after;
      [hidden, memory] = [next(step.hidden, hidden as tf.Tensor), next(step.cell, memory as tf.Tensor)];
    }
    return steps;
  }

  return {
    relevance(x, arrived, divide, mask) {
      const inOrder = (sequence: tf.Tensor) => (goBackwards ? tf.reverse(sequence, 1) : sequence);
      const inputs = tf.unstack(inOrder(x), 1) as tf.Tensor2D[];
      const masks = mask ? tf.unstack(inOrder(tf.expandDims(mask, -1)), 1) : [];
      const blocks = Array.from({ length: gateCount[className] as number }, (_, index) => block(index));
      const candidate = blocks[candidateBlock[className] as number] as Weights;
      const steps = forward(inputs, blocks, masks);
      const arrivals = arrived.rank === 3 ? tf.unstack(arrived, 1) : [];
      const zeros = tf.zerosLike((steps[0] as Step).hidden);
      let ofHidden = arrived.rank === 3 ? zeros : arrived;
      let ofMemory: tf.Tensor = zeros;
      let [toBias, toStabiliser]: [tf.Tensor, tf.Tensor] = [tf.scalar(0), tf.scalar(0)];
      const lose = (relevance: tf.Tensor, z: tf.Tensor, ratio: tf.Tensor) => {
        toStabiliser = tf.add(toStabiliser, tf.sum(tf.sub(relevance, tf.mul(z, ratio))));
      };
      const ofInputs = inputs.map(() => zeros as tf.Tensor);
      for (let time = steps.length - 1; time >= 0; time--) {
        const { sum, recurrent, parts, cell: memory } = steps[time] as Step;
        const arrival = arrivals[time];
        if (arrival) ofHidden = tf.add(ofHidden, arrival);
        const [heeded, skipped] = split(masks[time]);
        const past = { hidden: skipped(ofHidden), memory: skipped(ofMemory) };
        // An LSTM's hidden state is its memory cell, seen through a gate.
        let ofState = heeded(tf.add(ofHidden, ofMemory));
        ofMemory = zeros;
        ofHidden = zeros;
        if (parts) {
          const ratio = divide(ofState, memory);
          lose(ofState, memory, ratio);
          const kept = tf.mul(parts.kept, ratio);
          if (className === "LSTM") ofMemory = kept;
          else ofHidden = kept;
          ofState = tf.mul(parts.added, ratio);
        }
        const ratio = divide(ofState, sum);
        lose(ofState, sum, ratio);
        if (candidate.bias) toBias = tf.add(toBias, tf.sum(tf.mul(candidate.bias, ratio)));
        const back = (weights: tf.Tensor2D) => tf.matMul(ratio as tf.Tensor2D, weights, false, true);
        ofInputs[time] = tf.mul(inputs[time] as tf.Tensor, back(candidate.kernel));
        ofHidden = tf.add(ofHidden, tf.mul(recurrent, back(candidate.recurrentKernel)));
        if (past.hidden) ofHidden = tf.add(ofHidden, past.hidden);
        if (past.memory) ofMemory = tf.add(ofMemory, past.memory);
      }
      // Where all steps were skipped, some is left for the state at the start, which is no input's.
      toBias = tf.add(toBias, tf.add(tf.sum(ofHidden), tf.sum(ofMemory)));
      const input = tf.stack(ofInputs, 1);
      return {
        input: inOrder(input),
        bias: toBias,
        stabiliser: toStabiliser,
      };
    },
  };
}

/** What a step heeds of relevance, and what goes past it. */
function split(mask: tf.Tensor | undefined) {
  const heeded = (relevance: tf.Tensor) => (mask ? tf.mul(relevance, mask) : relevance);
  const skipped = (relevance: tf.Tensor) => mask && tf.mul(relevance, tf.sub(1, mask));
  return [heeded, skipped] as const;
}

function weighted({ kernel, recurrentKernel, bias }: Weights, x: tf.Tensor, state: tf.Tensor): tf.Tensor {
  const sum = tf.add(tf.matMul(x as tf.Tensor2D, kernel), tf.matMul(state as tf.Tensor2D, recurrentKernel));
  return bias ? tf.add(sum, bias) : sum;
}

interface Before {
  /** Weighted sum of the input and a state, by the gate's block. */
  sum(index: number, state: tf.Tensor): tf.Tensor;
  gate(index: number): tf.Tensor;
  hidden: tf.Tensor;
  memory: tf.Tensor;
  activation: Activation;
}

// Blocks of weights as Keras orders them: LSTM input, forget, candidate, output; GRU update, reset, candidate.
const makeStep: Record<string, (before: Before) => Step> = {
  SimpleRNN({ sum, hidden, activation }) {
    const total = sum(0, hidden);
    const next = activation.apply(total);
    return { sum: total, recurrent: hidden, hidden: next, cell: next };
  },
  GRU({ sum, gate, hidden, activation }) {
    const update = gate(0);
    const recurrent = tf.mul(gate(1), hidden);
    const total = sum(2, recurrent);
    const kept = tf.mul(update, hidden);
    const added = tf.mul(tf.sub(1, update), activation.apply(total));
    const next = tf.add(kept, added);
    return { sum: total, recurrent, parts: { kept, added }, hidden: next, cell: next };
  },
  LSTM({ sum, gate, hidden, memory, activation }) {
    const total = sum(2, hidden);
    const kept = tf.mul(gate(1), memory);
    const added = tf.mul(gate(0), activation.apply(total));
    const cell = tf.add(kept, added);
    const next = tf.mul(gate(3), activation.apply(cell));
    return { sum: total, recurrent: hidden, parts: { kept, added }, hidden: next, cell };
  },
};
