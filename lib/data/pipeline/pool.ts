// Worker threads for pipelines. A pool is lent for a pass over the data and kept for a while after, since the next epoch
// or training usually follows and starting costs a tenth of a second; idle workers keep no process alive.

import { Worker } from "node:worker_threads";
import type { Sample } from "../sample.ts";
import type { OperationSpec, Work } from "./operations.ts";
import { buffersOf, type Parcel, pack, unpack } from "./parcel.ts";

/** Work for a worker. */
export interface Task {
  id: number;
  key: number;
  /** Sent with the first task of its key. */
  operations?: OperationSpec[];
  work: Omit<Work, "inputs"> & { inputs: Parcel };
  epoch: number;
}

/** What comes back: the new samples, or what went wrong. */
export interface Answer {
  id: number;
  samples?: Parcel;
  error?: { message: string; stack: string | undefined };
}

interface Waiting {
  resolve(samples: Sample[]): void;
  reject(error: Error): void;
}

/** How long an idle pool waits for the next pass, in ms. */
const patience = 30_000;

const idle = new Set<Pool>();

/** A pool of `count` workers; give it back with `release`. */
export function borrow(count: number): Pool {
  for (const pool of idle) {
    if (pool.count !== count || pool.broken) continue;
    idle.delete(pool);
    pool.wake();
    return pool;
  }
  return new Pool(count);
}

/** Some worker threads that run steps on samples. */
export class Pool {
  readonly count: number;
  readonly #members: Member[];
  #timer: NodeJS.Timeout | undefined;
  #turn = 0;

  constructor(count: number) {
    this.count = count;
    this.#members = Array.from({ length: count }, () => new Member());
  }

  /** Whether a worker has died. */
  get broken(): boolean {
    return this.#members.some((member) => member.dead);
  }

  /** Run steps on samples, shared among the workers; results are in order. `key` stands for the operations. */
  async run(
    key: number,
    operations: OperationSpec[],
    { indices, inputs, partners }: Work,
    epoch: number,
  ): Promise<Sample[]> {
    const share = Math.ceil(indices.length / this.count);
    const parts: Promise<Sample[]>[] = [];
    for (let start = 0; start < indices.length; start += share) {
      const member = this.#members[this.#turn++ % this.count] as Member;
      const part = {
        indices: indices.slice(start, start + share),
        inputs: pack(inputs.slice(start * (1 + partners), (start + share) * (1 + partners))),
        partners,
      };
      parts.push(member.run(key, operations, part, epoch));
    }
    return (await Promise.all(parts)).flat();
  }

  wake(): void {
    clearTimeout(this.#timer);
  }

  /** Give the pool back: it ends by itself unless it is borrowed again; at once with work that nobody waits for. */
  release(): void {
    if (this.broken || this.#members.some((member) => member.busy)) {
      this.#end();
      return;
    }
    idle.add(this);
    this.#timer = setTimeout(() => this.#end(), patience).unref();
  }

  #end(): void {
    idle.delete(this);
    for (const member of this.#members) member.end();
  }
}

class Member {
  // Without this process's own flags and loaders: a worker of a notebook needs none of the kernel's.
  readonly #worker = new Worker(new URL("./worker.js", import.meta.url), { execArgv: [] });
  readonly #waiting = new Map<number, Waiting>();
  readonly #sent = new Set<number>();
  #next = 0;
  dead = false;

  constructor() {
    this.#worker.unref();
    this.#worker.on("message", ({ id, samples, error }: Answer) => {
      const waiting = this.#waiting.get(id);
      this.#forget(id);
      if (samples) waiting?.resolve(unpack(samples));
      else waiting?.reject(Object.assign(new Error(error?.message), error?.stack && { stack: error.stack }));
    });
    this.#worker.on("error", (error) => this.#die(error as Error));
    this.#worker.on("exit", (code) =>
      this.#die(new Error(`A worker of the pipeline ended with code ${code}.`)),
    );
  }

  get busy(): boolean {
    return this.#waiting.size > 0;
  }

  run(key: number, operations: OperationSpec[], work: Task["work"], epoch: number): Promise<Sample[]> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      if (this.dead) throw new Error("A worker of the pipeline has ended.");
      const task: Task = { id, key, work, epoch };
      if (!this.#sent.has(key)) task.operations = operations;
      // Stacked inputs were made for this; others may be the user's or a cache's and are copied.
      this.#worker.postMessage(task, "samples" in work.inputs ? [] : buffersOf(work.inputs));
      this.#sent.add(key);
      this.#waiting.set(id, { resolve, reject });
      this.#worker.ref();
    });
  }

  end(): void {
    this.#worker.terminate();
  }

  #forget(id: number): void {
    this.#waiting.delete(id);
    if (!this.busy) this.#worker.unref();
  }

  #die(error: Error): void {
    this.dead = true;
    for (const [id, { reject }] of this.#waiting) {
      reject(error);
      this.#forget(id);
    }
  }
}
