// Candidates evaluated in processes of their own, so that a search uses several cores. Functions can't be sent to a
// process: the model is built by a module that each of them imports.

import { type ChildProcess, fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs";
import { type Column, isExamples } from "../data/take.ts";
import type { TensorArray } from "../data/typed-array.ts";
import type { Parameters } from "./candidates.ts";
import type { FoldResult } from "./cross-validate.ts";
import type { LabelledData, LearnOptions } from "./learn.ts";
import type { Split } from "./splits.ts";

/** A module that builds models, to be imported by worker processes. */
export interface ModelModule {
  /**
   * Address or path of a JavaScript module. It exports `make(parameters)`, which builds an untrained model, and if
   * wanted `metrics`.
   */
  module: URL | string;
  /** Number of processes. Defaults to the number of cores. */
  workers?: number;
}

/** What a worker is told first. */
export interface WorkerStart {
  module: string;
  data: { x: SentColumn; y: SentColumn };
  options: Pick<LearnOptions, "fit" | "seed">;
}

export interface WorkerTask {
  parameters: Parameters;
  splits: Split[];
}

export type WorkerAnswer = { folds: FoldResult[] } | { error: string };

/** A column as it is sent: a tensor by its values. */
export type SentColumn =
  | { column: Exclude<Column, tf.Tensor> }
  | { values: TensorArray; shape: number[]; dtype: "float32" | "int32" };

const script = fileURLToPath(new URL("./worker.js", import.meta.url));

/** Processes that evaluate candidates, each one at a time. */
export class Workers {
  readonly #start: WorkerStart;
  readonly #free: ChildProcess[] = [];
  readonly #all = new Set<ChildProcess>();
  readonly size: number;

  constructor({ module, workers }: ModelModule, data: LabelledData, options: LearnOptions) {
    if (isExamples(data)) {
      throw new RangeError(
        "Worker processes take the data as columns, { x, y }; a data set can't be sent to them.",
      );
    }
    if (options.metrics) {
      throw new RangeError(
        "Functions can't be sent to worker processes; export metrics from the module instead.",
      );
    }
    this.size = workers ?? availableParallelism();
    this.#start = {
      module: String(module),
      data: { x: toSent(data.x), y: toSent(data.y) },
      options: {
        ...(options.fit ? { fit: options.fit } : {}),
        ...(options.seed === undefined ? {} : { seed: options.seed }),
      },
    };
  }

  /** @throws Error with the message of what failed in the worker, or that it ended. */
  async run(task: WorkerTask): Promise<FoldResult[]> {
    const worker = this.#free.pop() ?? this.#launch();
    const answer = await new Promise<WorkerAnswer>((resolve) => {
      const ended = (code: number | null, signal: string | null) => {
        resolve({ error: `The worker process ended (${signal ?? `exit code ${code}`}).` });
      };
      worker.once("exit", ended);
      worker.once("message", (message) => {
        worker.off("exit", ended);
        this.#free.push(worker);
        resolve(message as WorkerAnswer);
      });
      // A process that has ended meanwhile is told of by "exit".
      worker.send(task, () => {});
    });
    if ("error" in answer) throw new Error(answer.error);
    return answer.folds;
  }

  /** End all processes, also those at work. */
  stop(): void {
    for (const worker of this.#all) worker.kill("SIGKILL");
    this.#all.clear();
  }

  #launch(): ChildProcess {
    // The backend has set this to "3" here, where it shows nothing; inherited, it would mean that the user did, and the
    // worker would show TensorFlow's banners.
    const { TF_CPP_MIN_LOG_LEVEL: level, ...rest } = process.env;
    const env = level === "3" ? rest : process.env;
    const worker = fork(script, { serialization: "advanced", env });
    this.#all.add(worker);
    worker.once("exit", () => {
      this.#all.delete(worker);
      this.#free.splice(0, Infinity, ...this.#free.filter((each) => each !== worker));
    });
    worker.send(this.#start, () => {});
    return worker;
  }
}

function toSent(column: Column): SentColumn {
  if (!(column instanceof tf.Tensor)) return { column };
  if (column.dtype !== "float32" && column.dtype !== "int32") {
    throw new RangeError(
      `A tensor is of type ${column.dtype}; float32 and int32 can be sent to worker processes.`,
    );
  }
  return { values: column.dataSync(), shape: column.shape, dtype: column.dtype };
}
