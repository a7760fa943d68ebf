// A worker thread of a pipeline: gets samples and steps, gives new samples. It never touches tensors.

import { parentPort } from "node:worker_threads";
import { create } from "../augment/index.ts";
import { type Operation, type OperationSpec, runJobs } from "./operations.ts";
import { buffersOf, pack, unpack } from "./parcel.ts";
import type { Answer, Task } from "./pool.ts";

// Tasks name their steps by a key, so that these are sent and compiled once.
const known = new Map<number, Operation[]>();

parentPort?.on("message", ({ id, key, operations, work, epoch }: Task) => {
  let answer: Answer;
  try {
    if (operations) known.set(key, operations.map(compile));
    const steps = known.get(key) as Operation[];
    answer = { id, samples: pack(runJobs(steps, { ...work, inputs: unpack(work.inputs) }, epoch)) };
  } catch (error) {
    const { message, stack } = error as Error;
    answer = { id, error: { message, stack } };
  }
  parentPort?.postMessage(answer, answer.samples ? buffersOf(answer.samples) : []);
});

function compile({ transform, source, seed, given }: OperationSpec): Operation {
  return { run: transform ? create(transform) : new Function(`return (${source})`)(), seed, given };
}
