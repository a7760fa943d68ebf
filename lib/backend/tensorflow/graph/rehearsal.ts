// A run of a function on another thread, which is there for its side effect alone: that XLA compiles the function, in
// seconds, for its later runs. TensorFlow's context may be used by several threads at a time; what this run needs it
// has to itself: the operation, which holds its inputs however long it takes, the status and the place of the outputs.
//
// A process that ends meanwhile waits for it, be it by process.exit: libuv joins its threads.
import type { Pointer } from "../c-api.ts";
import { type Context, TensorFlowError } from "../context.ts";

export class Rehearsal {
  readonly #context: Context;
  readonly #operation: Pointer;
  readonly #status: Pointer;
  readonly #outputs: BigUint64Array;
  readonly #count: Int32Array;
  readonly #listeners: (() => void)[] = [];
  #over = false;
  #failure: TensorFlowError | undefined;

  constructor(context: Context, name: string, inputs: readonly Pointer[], outputCount: number) {
    const { api } = context;
    this.#context = context;
    this.#status = api.TF_NewStatus();
    this.#operation = api.TFE_NewOp(context.pointer, name, this.#status);
    for (const input of inputs) api.TFE_OpAddInput(this.#operation, input, this.#status);
    // Memory that stays where it is: V8 moves the elements of small arrays until they are asked for as a buffer.
    this.#outputs = new BigUint64Array(new ArrayBuffer(8 * Math.max(1, outputCount)));
    this.#count = new Int32Array(new ArrayBuffer(4)).fill(outputCount);
    const outputs = new Uint8Array(this.#outputs.buffer);
    api.TFE_Execute.async(this.#operation, outputs, this.#count, this.#status, () => this.#end());
  }

  /**
   * Whether the function is compiled, or can't be. A success shows in the outputs, even to a loop of steps that never
   * yields to the event loop; a failure shows only to those that do.
   */
  get ended(): boolean {
    return this.#over || Atomics.load(this.#outputs, this.#outputs.length - 1) !== 0n;
  }

  /** Why the function can't be run, once it is over. */
  get failure(): TensorFlowError | undefined {
    return this.#failure;
  }

  /** Call `listener` when TensorFlow no longer works on it. */
  whenOver(listener: () => void): void {
    if (this.#over) listener();
    else this.#listeners.push(listener);
  }

  #end(): void {
    const { api } = this.#context;
    if (api.TF_GetCode(this.#status) !== 0) {
      this.#failure = new TensorFlowError(this.#context.message(this.#status));
    }
    for (const output of this.#outputs) if (output !== 0n) api.TFE_DeleteTensorHandle(output);
    api.TFE_DeleteOp(this.#operation);
    api.TF_DeleteStatus(this.#status);
    this.#over = true;
    for (const listener of this.#listeners) listener();
  }
}
