// Tensors that no scope (`tf.tidy`) will free: who made them, and their end when the user forgets them.
//
// TensorFlow.js frees a tensor when it is told to. Here one that JavaScript can't reach any more is freed after the
// garbage collection that finds it out. V8 does not see the memory behind tensors and may wait long with that, so it is
// asked to collect when much was made since the last time.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as tf from "@tensorflow/tfjs";
import { userLine } from "../user-line.ts";

/** A tensor as it was made, without holding it. */
export interface TensorRecord {
  shape: readonly number[];
  dtype: tf.DataType;
  bytes: number;
  /** `FILE:LINE` that made it, where that was looked up. */
  line: string | undefined;
}

/** What TensorFlow.js's engine needs of a tensor to free it. */
type Remains = Pick<tf.Tensor, "id" | "dataId" | "shape" | "dtype" | "size">;

interface Entry extends TensorRecord, Remains {
  dtype: tf.DataType;
  shape: number[];
  /** Whether it is freed when it is forgotten. */
  isWatched: boolean;
}

interface Engine {
  trackTensor(tensor: tf.Tensor, backend: unknown): void;
  disposeTensor(tensor: Remains): void;
  endScope(result?: tf.TensorContainer): void;
  saveTensorsForBackwardMode(tensors: tf.Tensor[]): tf.Tensor[];
  keep<Kept extends tf.Tensor>(tensor: Kept): Kept;
  state: { activeScope?: unknown };
}

/** Looking up a line takes longer than a small operation: it is done for large tensors and for some of the others. */
const largeBytes = 64 * 1024;
const smallPerLookUp = 256;

/** Bytes made since the last collection that call for the next, at least. */
const smallestBudget = 256 * 1024 * 1024;

/**
 * Most small tensors are disposed soon. To be watched takes a fifth of the time of a small operation, so it begins with
 * the next turn of the event loop or when so many wait for it.
 */
const mostWaiting = 64;

const records = new Map<number, Entry>();
let sinceLookUp = 0;
let sinceCollection = 0;
let budget = smallestBudget;

/** The tensors that no scope will free, in the order in which they were made. */
export function ledger(): Iterable<TensorRecord> {
  return records.values();
}

/** Keep the ledger from now on. `NABLAB_FORGOTTEN=keep` leaves forgotten tensors where they are, so that leaks can be counted. */
export function keepLedger(): void {
  const isFreeing = process.env.NABLAB_FORGOTTEN !== "keep";
  const engine = tf.engine() as unknown as Engine;
  const { trackTensor, disposeTensor, endScope, keep, saveTensorsForBackwardMode } = engine;
  // The namespace looks them up at each use, which would be felt here.
  const { Tensor, Variable } = tf;
  const { bytesPerElement } = tf.util;
  const forgotten = new FinalizationRegistry<Remains>((remains) => engine.disposeTensor(remains));

  const watch = (tensor: tf.Tensor) => {
    const entry = records.get(tensor.id);
    if (!entry || entry.isWatched) return;
    entry.isWatched = true;
    forgotten.register(tensor, entry, tensor);
  };
  const waiting: tf.Tensor[] = [];
  let isTurnAwaited = false;
  const watchWaiting = () => {
    for (const tensor of waiting) watch(tensor);
    waiting.length = 0;
  };
  const watchSoon = (tensor: tf.Tensor) => {
    if (waiting.push(tensor) === mostWaiting) watchWaiting();
    if (isTurnAwaited) return;
    isTurnAwaited = true;
    setImmediate(() => {
      isTurnAwaited = false;
      watchWaiting();
    });
  };

  let isSaving = false;
  const enter = (tensor: tf.Tensor) => {
    if (records.has(tensor.id) || tensor.isDisposed) return;
    const { id, dataId, shape, dtype, size } = tensor;
    const bytes = dtype === "string" ? 0 : size * bytesPerElement(dtype);
    const lookUp = !isSaving && (bytes >= largeBytes || ++sinceLookUp % smallPerLookUp === 1);
    const line = lookUp ? userLine() : undefined;
    records.set(id, { id, dataId, shape, dtype, size, bytes, line, isWatched: false });
    if (!isFreeing) return;
    if (bytes >= largeBytes) watch(tensor);
    else watchSoon(tensor);
    sinceCollection += bytes;
    if (sinceCollection > budget) collect();
  };

  engine.trackTensor = function (tensor, backend) {
    trackTensor.call(this, tensor, backend);
    if (!this.state.activeScope || tensor instanceof Variable) enter(tensor);
  };
  engine.endScope = function (result) {
    endScope.call(this, result);
    if (this.state.activeScope || result === undefined) return;
    if (result instanceof Tensor) enter(result);
    else for (const tensor of tf.tensor_util.getTensorsInContainer(result)) enter(tensor);
  };
  engine.keep = function (tensor) {
    const kept = keep.call(this, tensor) as typeof tensor;
    enter(kept);
    return kept;
  };
  // What an operation keeps for its gradient is gone when that is taken, before anybody can ask for its line.
  engine.saveTensorsForBackwardMode = function (tensors) {
    isSaving = true;
    try {
      return saveTensorsForBackwardMode.call(this, tensors);
    } finally {
      isSaving = false;
    }
  };
  engine.disposeTensor = function (tensor) {
    const entry = records.get(tensor.id);
    if (entry) {
      records.delete(tensor.id);
      if (entry.isWatched) forgotten.unregister(tensor);
    }
    disposeTensor.call(this, tensor);
  };
}

let garbageCollector: (() => void) | undefined;

/** What is found is freed in the next turn of the event loop, in which the budget for the next time is known. */
function collect(): void {
  sinceCollection = 0;
  budget = Number.POSITIVE_INFINITY;
  setFlagsFromString("--expose-gc");
  garbageCollector ??= runInNewContext("gc") as () => void;
  garbageCollector();
  setImmediate(() => {
    // `tf.memory()` asks the backend too, which may be in the midst of being changed.
    budget = Math.max(smallestBudget, tf.engine().state.numBytes);
  }).unref();
}
