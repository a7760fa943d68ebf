// The kernel's side of looking at values: questions to the runner that are dropped where it is too busy to answer.

import type { FromRunner, Sight, ToRunner } from "./messages.ts";

/** A cell that spins leaves no time for an answer; who types does not wait for it longer. */
const LIMIT_MS = 75;

export class Sights {
  readonly #waiting = new Map<number, (sight: Sight | undefined) => void>();
  #count = 0;

  /** Ask through `send`; undefined where nothing is found, or not in time. */
  ask(path: string[], send: (request: ToRunner) => void): Promise<Sight | undefined> {
    this.#count += 1;
    const id = this.#count;
    send({ type: "see", id, path });
    return new Promise((resolve) => {
      const answer = (sight: Sight | undefined) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve(sight);
      };
      const timer = setTimeout(answer, LIMIT_MS, undefined);
      this.#waiting.set(id, answer);
    });
  }

  receive({ id, sight }: FromRunner & { type: "sight" }): void {
    this.#waiting.get(id)?.(sight ?? undefined);
  }
}
