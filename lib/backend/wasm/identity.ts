// Clones that share their memory, as every other backend has them. The published kernel copies, and TensorFlow.js clones
// each tensor that it keeps for a gradient.
import * as tf from "@tensorflow/tfjs";

export function registerIdentity(): void {
  tf.unregisterKernel("Identity", "wasm");
  tf.registerKernel({
    kernelName: "Identity",
    backendName: "wasm",
    kernelFunc: ({ inputs, backend }) => {
      const { dataId, shape, dtype } = inputs.x as tf.TensorInfo;
      (backend as tf.KernelBackend).incRef(dataId);
      return { dataId, shape, dtype };
    },
  });
}
