// A gradient that fails gives back what the forward pass has kept for it; TensorFlow.js would keep that for ever.
import * as tf from "@tensorflow/tfjs";

interface Engine {
  gradients(...given: unknown[]): unknown;
  state: { gradientDepth: number; activeTape: { saved: tf.Tensor[] }[] | null };
}

export function freeFailedGradients(): void {
  const engine = tf.engine() as unknown as Engine;
  const { gradients } = engine;
  engine.gradients = function (...given) {
    try {
      return gradients.apply(this, given);
    } catch (error) {
      const { state } = this;
      if (state.gradientDepth === 0 && state.activeTape) {
        for (const { saved } of state.activeTape) tf.dispose(saved);
        state.activeTape = null;
      }
      throw error;
    }
  };
}
