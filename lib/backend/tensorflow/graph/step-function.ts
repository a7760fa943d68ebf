// A recorded step as a function of TensorFlow: what it takes from the program's tensors and variables, and what of its
// outputs goes back to them.
import * as tf from "@tensorflow/tfjs";
import { dataIdOf, type Source } from "../../recording/plan.ts";
import type { TensorMetadata } from "../binding.ts";
import type { Pointer } from "../c-api.ts";
import type { Context } from "../context.ts";
import { createHandle } from "../tensors.ts";
import type { RecordedFunction, Recording } from "./recording.ts";
import type { Rehearsal } from "./rehearsal.ts";
import { exchange, idOf, isAlone, nodeBackend, setVariable } from "./tensors.ts";
import { changedInPlace, type StoredVariable, storedVariable } from "./variable-store.ts";

/** Numbers that are held for variables that a step changes and might not, at most. */
const mostKept = 2 ** 24;

export interface RecordedStepParts {
  recording: Recording<Source>;
  /** The numbers of the results. */
  outputs: number[];
  assigned: [variable: tf.Variable, output: number][];
}

export class StepFunction {
  readonly xla: boolean;
  readonly #context: Context;
  readonly #recording: Recording<Source>;
  readonly #function: RecordedFunction<Source>;
  readonly #outputs: number[];
  readonly #assigned: [variable: tf.Variable, output: number][];
  readonly #inPlace: [StoredVariable, tf.Variable][];
  readonly #mayRunAhead: boolean;

  /** @throws Refusal if a shape depends on a constant that varies. */
  constructor(
    context: Context,
    { recording, outputs, assigned }: RecordedStepParts,
    { xla }: { xla: boolean },
  ) {
    // XLA works on values. On a GPU this is not tried yet.
    const asValues = xla || context.usesGpu;
    const changed = asValues ? new Map<number, tf.Variable>() : changedInPlace(recording, assigned, outputs);
    const variables = new Set(changed.values());
    this.xla = xla;
    this.#context = context;
    this.#recording = recording;
    this.#outputs = outputs;
    this.#assigned = assigned.filter(([variable]) => !variables.has(variable));
    this.#inPlace = [...variables].map((variable) => [storedVariable(context, variable), variable]);
    const sizes = this.#assigned.map(([, id]) => tf.util.sizeFromShape(recording.metadata(id).shape));
    // A GPU computes while JavaScript goes on as it is.
    this.#mayRunAhead =
      !context.usesGpu && outputs.length > 0 && sizes.reduce((sum, size) => sum + size, 0) <= mostKept;
    this.#function = recording.build([...outputs, ...this.#assigned.map(([, output]) => output)], {
      xla,
      resources: new Map([...changed].map(([id, variable]) => [id, storedVariable(context, variable).name])),
    });
  }

  /** @returns The results; the variables are changed. */
  run(tensors: readonly tf.Tensor[]): TensorMetadata[] {
    this.#context.ahead.wait();
    const { results, values } = this.#adopt(this.#call(tensors, (inputs) => this.#function.run(inputs)));
    for (const [variable, value] of values) setVariable(nodeBackend(), variable, value);
    return results;
  }

  /** Whether it can be started. */
  get canRunAhead(): boolean {
    return this.#mayRunAhead && this.#assigned.every(([variable]) => isAlone(nodeBackend(), variable));
  }

  /** The same as `run`, computed while JavaScript goes on. If that fails, the variables get back what they had. */
  start(tensors: readonly tf.Tensor[]): { results: TensorMetadata[]; settle: () => void } {
    const { ahead } = this.#context;
    const handles = this.#call(tensors, (inputs) => ahead.during(() => this.#function.run(inputs)));
    const { results, values } = this.#adopt(handles);
    const exchanges = values.map(([variable, value]) => exchange(nodeBackend(), variable, value));
    const started = ahead.add(handles[0], exchanges);
    return { results, settle: () => ahead.settle(started) };
  }

  #call(tensors: readonly tf.Tensor[], run: (inputs: Pointer[]) => Pointer[]): Pointer[] {
    for (const [store, variable] of this.#inPlace) store.moveIn(variable);
    return this.#withInputs(tensors, run);
  }

  /** The results, and the values that variables are to get. */
  #adopt(handles: Pointer[]): { results: TensorMetadata[]; values: [tf.Variable, TensorMetadata][] } {
    const adopt = (id: number, index: number): TensorMetadata => {
      const { shape, dtype } = this.#recording.metadata(id);
      return { id: nodeBackend().binding.keep(handles[index]), shape, dtype };
    };
    const results = this.#outputs.map(adopt);
    const values = this.#assigned.map(([variable, id], index): [tf.Variable, TensorMetadata] => [
      variable,
      adopt(id, results.length + index),
    ]);
    return { results, values };
  }

  /** Go on when the results are computed. */
  wait([result]: readonly TensorMetadata[]): void {
    if (result) this.#function.wait([nodeBackend().binding.handle(result.id)]);
  }

  /** Run it to the end, change nothing, and forget what it gives. For XLA's, which works on values. */
  trial(tensors: readonly tf.Tensor[]): void {
    this.#context.ahead.wait();
    this.#withInputs(tensors, (inputs) => this.#function.trial(inputs));
  }

  /** Have XLA compile it, if it is to, while JavaScript goes on. */
  rehearse(tensors: readonly tf.Tensor[]): Rehearsal {
    return this.#withInputs(tensors, (inputs) => this.#function.rehearse(inputs));
  }

  dispose(): void {
    this.#function.dispose();
  }

  #withInputs<Result>(tensors: readonly tf.Tensor[], use: (inputs: Pointer[]) => Result): Result {
    const backend = nodeBackend();
    const inputs = this.#function.inputs.map(({ source }) =>
      backend.binding.handle(idOf(backend, dataIdOf(source, tensors))),
    );
    const temporary: Pointer[] = [];
    try {
      for (const { shape, dtype, values } of this.#function.varying) {
        temporary.push(createHandle(this.#context, shape, dtype, values));
      }
      return use([...inputs, ...temporary]);
    } finally {
      for (const handle of temporary) this.#context.api.TFE_DeleteTensorHandle(handle);
    }
  }
}
