// A gated recurrent unit (Cho et al., 2014) that resets the state before it is multiplied with the kernel, as that of
// TensorFlow.js does. Columns of the kernels: update gate, reset gate, candidate.
import * as tf from "@tensorflow/tfjs";
import type { Activation } from "./activations.ts";
import type { CellMath } from "./cell.ts";

export function gruMath(activation: Activation, gate: Activation): CellMath {
  const parts = (columns: tf.Tensor): tf.Tensor[] => {
    const units = (columns.shape[1] as number) / 3;
    return tf.split(columns, [2 * units, units], 1);
  };
  return {
    columns: parts,
    forward(input, [state], [gateWeights, candidateWeights]) {
      const factors = tf.concat([input, state], 1);
      const gates = gate.apply(tf.matMul(factors, gateWeights));
      const [update, reset] = tf.split(gates, 2, 1);
      const remembering = tf.concat([input, tf.mul(reset, state)], 1);
      const candidate = activation.apply(tf.matMul(remembering, candidateWeights));
      const next = tf.add(candidate, tf.mul(update, tf.sub(state, candidate)));
      return { states: [next], kept: [gates, update, reset, candidate], factors: [factors, remembering] };
    },
    prepareBackward: parts,
    backward({ gradients: [byState], previous: [state], kept }, [gateKernel, candidateKernel]) {
      const [gates, update, reset, candidate] = kept;
      const carried = tf.mul(byState, update);
      const byCandidate = activation.gradient(tf.sub(byState, carried), candidate);
      const byRemembered = tf.matMul(byCandidate, candidateKernel, false, true);
      const byGates = tf.concat([tf.mul(byState, tf.sub(state, candidate)), tf.mul(byRemembered, state)], 1);
      const gateSums = gate.gradient(byGates, gates);
      const direct = tf.add(carried, tf.mul(byRemembered, reset));
      return {
        sums: tf.concat([gateSums, byCandidate], 1),
        previous: [tf.add(direct, tf.matMul(gateSums, gateKernel, false, true))],
      };
    },
  };
}
