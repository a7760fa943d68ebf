// A worker thread of a pipeline: gets samples and steps, gives new samples. It never touches tensors.

import { parentPort } from "node:worker_threads";
import { create } from "../augment/index.ts";
import type { Values } from "../sample.ts";
import { type Operation, type OperationSpec, runOperations } from "./operations.ts";
import type { Answer, Task } from "./pool.ts";

// Tasks name their steps by a key, so that these are sent and compiled once.
const known = new Map<number, Operation[]>();

parentPort?.on("message", ({ id, key, operations, jobs, epoch }: Task) => {
  let answer: Answer;
  try {
    if (operations) known.set(key, operations.map(compile));
    const steps = known.get(key) as Operation[];
    answer = { id, samples: jobs.map((job) => runOperations(steps, job, epoch)) };
  } catch (error) {
    const { message, stack } = error as Error;
    answer = { id, error: { message, stack } };
  }
  const buffers = new Set(
    answer.samples?.flatMap(({ x, y, mask }) => [x, y, mask].flatMap((values) => buffer(values))),
  );
  parentPort?.postMessage(answer, [...buffers]);
});

function buffer(values: Values | undefined): ArrayBuffer[] {
  return values?.data.buffer instanceof ArrayBuffer ? [values.data.buffer] : [];
}

function compile({ transform, source, seed, given }: OperationSpec): Operation {
  return { run: transform ? create(transform) : new Function(`return (${source})`)(), seed, given };
}
