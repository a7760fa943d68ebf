// Tensors and variables of TensorFlow.js, and what the backend holds for them.
import * as tf from "@tensorflow/tfjs";
import type { TensorMetadata } from "../binding.ts";
import type { Exchange } from "../run-ahead.ts";
import type { NodeBackend } from "./trace.ts";

export function nodeBackend(): NodeBackend {
  return tf.backend() as unknown as NodeBackend;
}

/**
 * Give each variable that shares its data with another tensor data of its own, so that a recording can
 * tell which of the two is used.
 */
export function separateVariables(variables: tf.Variable[]): tf.Variable[] {
  const backend = nodeBackend();
  for (const variable of variables) {
    if (backend.refCount(variable.dataId) < 2) continue;
    const [copy] = backend.binding.executeOp("Identity", [], [idOf(backend, variable.dataId)], 1);
    setVariable(backend, variable, copy);
  }
  return variables;
}

export function setVariable(backend: NodeBackend, variable: tf.Variable, metadata: TensorMetadata): void {
  if (backend.refCount(variable.dataId) === 1) {
    const data = backend.tensorMap.get(variable.dataId);
    if (data.values === null) backend.binding.deleteTensor(data.id);
    data.values = null;
    data.id = metadata.id;
    return;
  }
  const value = backend.createOutputTensor(metadata);
  variable.assign(value);
  value.dispose();
}

/** Whether TensorFlow has the value of a variable, and nothing shares it. */
export function isAlone(backend: NodeBackend, { dataId }: tf.Variable): boolean {
  return backend.refCount(dataId) === 1 && backend.tensorMap.get(dataId).values === null;
}

/** Give a variable that is alone another value, and keep the one that it has until it is known which of the two stays. */
export function exchange(
  backend: NodeBackend,
  { dataId }: tf.Variable,
  { id: next }: TensorMetadata,
): Exchange {
  const { binding, tensorMap } = backend;
  const data = tensorMap.get(dataId);
  const { id: before } = data;
  data.id = next;
  return {
    keep: () => binding.deleteTensor(before),
    takeBack: () => {
      // Unless the variable has been disposed or given a value since.
      const isCurrent = tensorMap.has(dataId) && data.id === next;
      if (isCurrent) data.id = before;
      binding.deleteTensor(isCurrent ? next : before);
    },
  };
}

/** The number of the tensor behind `dataId`, handed over to TensorFlow if it is not yet. */
export function idOf(backend: NodeBackend, dataId: object): number {
  const data = backend.tensorMap.get(dataId);
  if (data.values !== null) {
    data.id = backend.binding.createTensor(data.shape, data.dtype, data.values);
    data.values = null;
  }
  return data.id;
}
