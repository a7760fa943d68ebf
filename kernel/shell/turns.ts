// What must not happen at the same time happens in turn.

export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `task` when all earlier ones have ended. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
