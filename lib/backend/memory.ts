// How much memory tensors hold.
import * as tf from "@tensorflow/tfjs";
import { tensorFlowEngine } from "./tensorflow/register.ts";

export interface MemoryReport {
  /** Tensors that are not disposed. */
  tensors: number;
  /** Blocks of data behind them; reshaped and cloned tensors share one. */
  buffers: number;
  /** Bytes of those blocks, without strings. */
  bytes: number;
  /** Tensors that TensorFlow holds for them; undefined where it is not loaded. */
  tensorFlowHandles: number | undefined;
}

/** Count the tensors that are alive, on all backends together. */
export function memory(): MemoryReport {
  const { numTensors, numDataBuffers, numBytes } = tf.memory();
  return {
    tensors: numTensors,
    buffers: numDataBuffers,
    bytes: numBytes,
    tensorFlowHandles: tensorFlowEngine()?.handleCount(),
  };
}
