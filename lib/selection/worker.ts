// The worker process of a search: imports the module that builds models, then scores candidate after candidate.

import { pathToFileURL } from "node:url";
import * as tf from "@tensorflow/tfjs";
import { ready } from "../backend/index.ts";
import type { Parameters } from "./candidates.ts";
import { type FoldResult, foldsOf } from "./cross-validate.ts";
import type { LearnOptions, Trainable } from "./learn.ts";
import type { SentColumn, WorkerAnswer, WorkerStart, WorkerTask } from "./workers.ts";

type Score = (task: WorkerTask) => Promise<FoldResult[]>;

async function prepare({ module, data, options }: WorkerStart): Promise<Score> {
  const address = /^[a-z]{2,}:/.test(module) ? module : pathToFileURL(module).href;
  const { make, metrics } = (await import(address)) as {
    make?: (parameters: Parameters) => Trainable | Promise<Trainable>;
    metrics?: NonNullable<LearnOptions["metrics"]>;
  };
  if (typeof make !== "function") throw new TypeError(`${module} exports no function make(parameters).`);
  await ready();
  const columns = { x: fromSent(data.x), y: fromSent(data.y) };
  const learning = { ...options, ...(metrics ? { metrics } : {}) };
  return async ({ parameters, splits }) => {
    const folds: FoldResult[] = [];
    for await (const fold of foldsOf(() => make(parameters), columns, splits, learning)) folds.push(fold);
    return folds;
  };
}

function fromSent(sent: SentColumn) {
  return "column" in sent ? sent.column : tf.tensor(sent.values, sent.shape, sent.dtype);
}

process.once("message", (start) => {
  const score = prepare(start as WorkerStart);
  // Its failure is told as every candidate's.
  score.catch(() => {});
  process.on("message", async (task) => {
    const answer: WorkerAnswer = await score
      .then((run) => run(task as WorkerTask))
      .then(
        (folds) => ({ folds }),
        (error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }),
      );
    process.send?.(answer);
  });
});
process.once("disconnect", () => process.exit());
