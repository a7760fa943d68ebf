// Running a function's JavaScript without computing anything: the kernels' operations go to a listener, and the
// tensors that they give have no values. Variables, TensorFlow.js's counts and Math.random are left as found.
import * as tf from "@tensorflow/tfjs";
import { kernelOnCpu } from "../../cpu-fallback.ts";
import { listenToLayers } from "../../layers-at-work.ts";
import { restoreIfAbandoned } from "../../recording/abandoned.ts";
import { beginRecording } from "../../recording/plan.ts";
import { atUserLine, Refusal } from "../../recording/refusal.ts";
import { isPromise, tensorsIn, withoutTensors } from "../../recording/structure.ts";
import type { Attribute } from "../attributes.ts";
import type { TensorFlowBinding, TensorMetadata } from "../binding.ts";
import type { HostValues } from "../data-types.ts";

/** What a tensor of tfjs-node is: `values` until they are handed over to TensorFlow, then `id`. */
export interface TensorData {
  id: number;
  shape: number[];
  dtype: number;
  values: HostValues | null;
}

/** The parts of tfjs-node's NodeJSKernelBackend that are used or changed here. */
export interface NodeBackend extends Omit<tf.KernelBackend, "read" | "readSync" | "write"> {
  binding: TensorFlowBinding;
  tensorMap: { get(dataId: object): TensorData; has(dataId: object): boolean };
  getInputTensorIds(tensors: (tf.TensorInfo | Int64Scalar)[]): number[];
  createOutputTensor(metadata: TensorMetadata): tf.Tensor;
  read(dataId: object): Promise<tf.BackendValues>;
  readSync(dataId: object): tf.BackendValues;
  write(values: HostValues, shape: number[], dtype: tf.DataType): object;
}

/** tfjs-node's stand-in for an int64 tensor. */
interface Int64Scalar {
  valueArray: Int32Array;
}

/** Parts of tfjs's engine that its types keep back. */
interface Engine {
  makeVariable(...given: unknown[]): tf.Variable;
  disposeTensor(tensor: Pick<tf.Tensor, "dataId" | "shape" | "dtype" | "size">): void;
  trackTensor(tensor: tf.Tensor, backend: NodeBackend): void;
}

/** Takes what a function does. Tensors made in it have the numbers that these methods give them. */
export interface Listener {
  constant(shape: number[], dtype: number, values: HostValues): number;
  /** A tensor from outside; asked once for each. */
  input(dataId: object, shape: number[], dtype: number): number;
  operation(name: string, attributes: Attribute[], inputs: number[], outputCount: number): TensorMetadata[];
  /** The layer that is at work from now on, undefined outside of all. */
  layer?(name: string | undefined): void;
}

export interface Trace {
  /** What the function returned, with `Output`s in place of tensors. */
  result: unknown;
  /** The numbers of the tensors that it returned. */
  outputs: number[];
  /** The variables that it changed, with the numbers of their last values. */
  assigned: Map<tf.Variable, number>;
}

/**
 * Run `body`, telling `listener` what it does.
 *
 * @param draws Takes the numbers that `body` drew from Math.random.
 * @throws Refusal if it can't be recorded, and what `body` or `listener` throws. In any case nothing that was made
 *   is left over and the variables have their values from before.
 */
export function trace(body: () => unknown, listener: Listener, draws: number[]): Trace {
  const backend = tf.backend() as unknown as NodeBackend;
  const engine = tf.engine() as unknown as Engine;
  const made: Pick<tf.Tensor, "dataId" | "shape" | "dtype" | "size">[] = [];
  const tracked: tf.Tensor[] = [];
  const written = new Map<object, number | undefined>();
  const inputs = new Map<object, number>();
  const before = new Map<tf.Variable, object>();
  const original = {
    getInputTensorIds: backend.getInputTensorIds,
    createOutputTensor: backend.createOutputTensor,
    write: backend.write,
    read: backend.read,
    readSync: backend.readSync,
    makeVariable: engine.makeVariable,
    trackTensor: engine.trackTensor,
    assign: tf.Variable.prototype.assign,
    random: Math.random,
  };

  const idOf = (tensor: tf.TensorInfo | Int64Scalar): number => {
    if ("valueArray" in tensor) return listener.constant([], backend.binding.TF_INT64, tensor.valueArray);
    const data = backend.tensorMap.get(tensor.dataId);
    if (written.has(tensor.dataId)) {
      const known = written.get(tensor.dataId);
      if (known !== undefined) return known;
      const id = listener.constant(data.shape, data.dtype, data.values as HostValues);
      written.set(tensor.dataId, id);
      return id;
    }
    if (data.values === null && data.id < 0) return data.id;
    const known = inputs.get(tensor.dataId);
    if (known !== undefined) return known;
    const id = listener.input(tensor.dataId, data.shape, data.dtype);
    inputs.set(tensor.dataId, id);
    return id;
  };

  const refuseToRead = (): Refusal => {
    const kernel = kernelOnCpu();
    const what = kernel
      ? `TensorFlow has no kernel ${kernel}, which is run in JavaScript instead`
      : "it reads the values of a tensor (data, dataSync, array, print, …)";
    return new Refusal(what + atUserLine());
  };

  let layerAtWork: string | undefined;
  const endLayers =
    listener.layer &&
    listenToLayers(({ name }, work) => {
      const around = layerAtWork;
      layerAtWork = name;
      listener.layer?.(name);
      try {
        return work();
      } finally {
        layerAtWork = around;
        listener.layer?.(around);
      }
    });

  let refusal: Refusal | undefined;
  const endRecording = beginRecording();
  backend.binding.listener = listener;
  backend.readSync = (dataId) => {
    if (written.has(dataId)) return original.readSync.call(backend, dataId);
    throw refuseToRead();
  };
  backend.read = async (dataId) => {
    if (written.has(dataId)) return original.readSync.call(backend, dataId);
    refusal ??= refuseToRead();
    // Nobody may wait for it, and then its failure would be an unhandled one.
    return new Promise(() => {});
  };
  backend.getInputTensorIds = (tensors) => tensors.map(idOf);
  backend.createOutputTensor = (metadata) => {
    const tensor = original.createOutputTensor.call(backend, metadata);
    made.push(tensor);
    return tensor;
  };
  backend.write = (values, shape, dtype) => {
    const dataId = original.write.call(backend, values, shape, dtype);
    const size = tf.util.sizeFromShape(shape);
    made.push({ dataId, shape, dtype, size });
    written.set(dataId, undefined);
    return dataId;
  };
  engine.makeVariable = () => {
    throw new Refusal(`it makes a new variable${atUserLine()}`, { passing: true });
  };
  engine.trackTensor = (tensor, ...rest) => {
    if (!(tensor instanceof tf.Variable)) tracked.push(tensor);
    original.trackTensor.call(engine, tensor, ...rest);
  };
  tf.Variable.prototype.assign = function (this: tf.Variable, value: tf.Tensor) {
    if (!before.has(this)) {
      // Held until the end, when the variable gets it back.
      backend.incRef(this.dataId);
      before.set(this, this.dataId);
    }
    original.assign.call(this, value);
  };
  Math.random = () => {
    const number = original.random();
    draws.push(number);
    return number;
  };

  let leftOver = false;
  const trace: Trace = { result: undefined, outputs: [], assigned: new Map() };
  const restore = ({ complete = false } = {}) => {
    finished();
    endRecording();
    endLayers?.();
    Math.random = original.random;
    tf.Variable.prototype.assign = original.assign;
    engine.makeVariable = original.makeVariable;
    engine.trackTensor = original.trackTensor;
    backend.binding.listener = undefined;
    Object.assign(backend, {
      getInputTensorIds: original.getInputTensorIds,
      createOutputTensor: original.createOutputTensor,
      write: original.write,
      read: original.read,
      readSync: original.readSync,
    });
    for (const [variable, dataId] of before) {
      engine.disposeTensor(variable);
      variable.dataId = dataId;
      engine.trackTensor(variable, backend);
    }
    // A gradient's tape has kept some until the end that was not to be.
    if (!complete) for (const tensor of tracked) tensor.dispose();
    for (const tensor of made) {
      while (backend.tensorMap.has(tensor.dataId)) {
        leftOver = true;
        engine.disposeTensor(tensor);
      }
    }
  };
  const finished = restoreIfAbandoned(restore);
  try {
    tf.tidy(() => {
      const result = body();
      if (isPromise(result)) {
        // What it still does is of no interest, nor that it fails.
        result.then(undefined, () => {});
        throw refusal ?? new Refusal("it is asynchronous: it returns a promise");
      }
      if (refusal) throw refusal;
      trace.result = withoutTensors(result, (tensor) => trace.outputs.push(idOf(tensor)));
      for (const variable of before.keys()) trace.assigned.set(variable, idOf(variable));
      disposeMade(result, new Set(made.map(({ dataId }) => dataId)));
    });
  } catch (error) {
    restore();
    throw error;
  }
  restore({ complete: true });
  if (leftOver) throw new Refusal("it keeps a tensor that it does not return");
  return trace;
}

/** Results that the function has kept, as tfjs does with metrics. */
function disposeMade(result: unknown, made: Set<object>): void {
  for (const tensor of tensorsIn(result)) {
    if (made.has(tensor.dataId) && !tensor.isDisposed) tensor.dispose();
  }
}
