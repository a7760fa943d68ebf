// Every metric is one thing: a small state that batches are added to, and a score that is read off it. The plain
// functions run one batch through the same class, so streaming and batch can't drift apart.

import { isDeepStrictEqual } from "node:util";

/** What a metric remembers of the batches it has seen. */
export interface Accumulator<Batch extends unknown[]> {
  /** Number of examples so far. */
  readonly size: number;
  /** Take a batch; where it is faulty, throw before anything has changed. */
  add(...batch: Batch): void;
  /** Take what another accumulator of the same kind has seen. */
  merge(other: this): void;
}

interface Definition<State, Result> {
  options: object;
  state: () => State;
  result: (state: State) => Result;
}

/**
 * A score over examples that arrive batch by batch.
 *
 *     const f1 = new dl.metrics.F1Score({ average: "macro" });
 *     for (const { x, y } of batches) f1.update(y, model.predict(x).argMax(-1));
 *     f1.result();
 */
export abstract class Metric<Batch extends unknown[], State extends Accumulator<Batch>, Result> {
  readonly #definition: Definition<State, Result>;
  #state: State;

  constructor(definition: Definition<State, Result>) {
    this.#definition = definition;
    this.#state = definition.state();
  }

  /** Number of examples (images, texts, …) seen since the start or the last reset. */
  get size(): number {
    return this.#state.size;
  }

  /**
   * Add a batch. Tensors are read and stay the caller's; an empty batch changes nothing.
   *
   * @throws RangeError if the batch is faulty; the metric is then as it was before.
   */
  update(...batch: Batch): this {
    this.#state.add(...batch);
    return this;
  }

  /**
   * The score over all examples so far; it can be read at any time and changes nothing.
   *
   * @throws RangeError if there are no examples yet, or they don't fit the options.
   */
  result(): Result {
    if (this.size === 0) {
      throw new RangeError(`${this.constructor.name} has seen no example; it needs at least 1.`);
    }
    return this.#definition.result(this.#state);
  }

  /** Forget all examples. */
  reset(): this {
    this.#state = this.#definition.state();
    return this;
  }

  /**
   * Add all examples of another metric of the same kind, for instance one that a worker has filled; the other one
   * does not change.
   *
   * @throws RangeError if the two are of different kinds or have different options.
   */
  merge(other: this): this {
    if (other.constructor !== this.constructor) {
      throw new RangeError(
        `${this.constructor.name} can't take the examples of ${other.constructor.name}; both must be of the same kind.`,
      );
    }
    if (!isDeepStrictEqual(other.#definition.options, this.#definition.options)) {
      throw new RangeError(
        `${this.constructor.name} has the options ${JSON.stringify(this.#definition.options)} and the other one ` +
          `${JSON.stringify(other.#definition.options)}; they must be the same.`,
      );
    }
    if (other === this) {
      throw new RangeError(
        `${this.constructor.name} can't be merged into itself; its examples are counted already.`,
      );
    }
    this.#state.merge(other.#state);
    return this;
  }
}
