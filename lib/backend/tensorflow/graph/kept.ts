// Recordings of a step that is over, for the next one: a training that goes on need not record what it did before.
// A recording is taken only by a step whose JavaScript does the same, so nothing has to say what it depends on.
import type { Recorded } from "./plan.ts";

/** Full and last batches with and without sample weights; those of ever other shapes would only fill the memory. */
const mostKept = 8;

export class KeptRecordings {
  readonly #recordings = new Map<string, Recorded>();

  add(key: string, recorded: Recorded): void {
    this.#free(key);
    recorded.tuning?.dispose();
    recorded.tuning = undefined;
    // One that was made anew because a number changed is another than a step records at first, and may round in
    // another way.
    if (recorded.recording.constants.some(({ varies, seed }) => varies && !seed)) {
      free(recorded);
      return;
    }
    const [oldest] = this.#recordings.keys();
    if (this.#recordings.size >= mostKept) this.#free(oldest as string);
    this.#recordings.set(key, recorded);
  }

  /** What was kept under `key`, which is the caller's then. */
  take(key: string): Recorded | undefined {
    const recorded = this.#recordings.get(key);
    this.#recordings.delete(key);
    return recorded;
  }

  dispose(): void {
    for (const key of this.#recordings.keys()) this.#free(key);
  }

  #free(key: string): void {
    const recorded = this.take(key);
    if (recorded) free(recorded);
  }
}

export function free({ run, tuning }: Recorded): void {
  run.dispose();
  tuning?.dispose();
}
