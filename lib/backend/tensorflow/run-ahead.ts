// Functions that TensorFlow computes on a thread of its own, one after the other, while JavaScript goes on. What they have
// changed is known to be good only when they are over; until then it can be taken back.
import type { Pointer } from "./c-api.ts";
import type { Context } from "./context.ts";
import { waitFor } from "./tensors.ts";

/** What a function has put in the place of something else. */
export interface Exchange {
  keep(): void;
  takeBack(): void;
}

/** A function that may still be computed. */
export interface Started {
  /** A handle of one of its outputs, of our own. */
  output: Pointer;
  exchanges: readonly Exchange[];
  /** What made it fail, once that is known. */
  failure: Error | undefined;
}

export class RunAhead {
  readonly #context: Context;
  #executors: { usual: Pointer; ahead: Pointer } | undefined;
  /** Oldest first. */
  readonly #started: Started[] = [];

  constructor(context: Context) {
    this.#context = context;
  }

  /** Have what `execute` asks for computed while JavaScript goes on. */
  during<Result>(execute: () => Result): Result {
    const { api, pointer } = this.#context;
    this.#executors ??= this.#makeExecutors();
    api.TFE_ContextSetExecutorForThread(pointer, this.#executors.ahead);
    try {
      return execute();
    } catch (error) {
      // When one has failed, TensorFlow refuses the next in its name.
      throw this.#settleAll() ?? error;
    } finally {
      api.TFE_ContextSetExecutorForThread(pointer, this.#executors.usual);
    }
  }

  /** @param output One of the outputs, which stays the caller's. */
  add(output: Pointer, exchanges: readonly Exchange[]): Started {
    const { api, status } = this.#context;
    const started = {
      output: api.TFE_TensorHandleCopySharingTensor(output, status),
      exchanges,
      failure: undefined,
    };
    this.#started.push(started);
    return started;
  }

  /**
   * Go on when it is computed.
   *
   * @throws What made it or one before it fail; what they and all after them have changed is then as it was.
   */
  settle(started: Started): void {
    while (this.#started.includes(started)) this.#settleOldest();
    if (started.failure) throw started.failure;
  }

  /** Go on when all is computed. Who started what has failed hears of it when he settles it. */
  wait(): void {
    if (this.#started.length > 0) this.#settleAll();
  }

  /** @returns The first failure. */
  #settleAll(): Error | undefined {
    const all = [...this.#started];
    while (this.#started.length > 0) this.#settleOldest();
    return all.find(({ failure }) => failure)?.failure;
  }

  #settleOldest(): void {
    const [{ output, exchanges }] = this.#started as [Started];
    try {
      waitFor(this.#context, output);
    } catch (error) {
      this.#takeBack(error as Error);
      return;
    }
    this.#context.api.TFE_DeleteTensorHandle(output);
    this.#started.shift();
    for (const exchange of exchanges) exchange.keep();
  }

  /** Those after a failure fail by it as well. */
  #takeBack(failure: Error): void {
    const { api, status } = this.#context;
    const { ahead } = this.#executors as { ahead: Pointer };
    api.TFE_ExecutorWaitForAllPendingNodes(ahead, status);
    api.TFE_ExecutorClearError(ahead);
    for (const started of this.#started.splice(0).reverse()) {
      api.TFE_DeleteTensorHandle(started.output);
      started.failure = failure;
      for (const exchange of started.exchanges) exchange.takeBack();
    }
  }

  #makeExecutors(): { usual: Pointer; ahead: Pointer } {
    const { api, pointer } = this.#context;
    const ahead = api.TFE_NewExecutor(true, false, 0);
    // TensorFlow would otherwise take itself down with it.
    process.once("exit", () => api.TFE_ExecutorWaitForAllPendingNodes(ahead, this.#context.status));
    return { usual: api.TFE_ContextGetExecutorForThread(pointer), ahead };
  }
}
