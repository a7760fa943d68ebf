// A recorded step as a function of TensorFlow: what it takes from the program's tensors and variables, and what of its
// outputs goes back to them.
import type * as tf from "@tensorflow/tfjs";
import { dataIdOf, type Source } from "../../recording/plan.ts";
import type { TensorMetadata } from "../binding.ts";
import type { Pointer } from "../c-api.ts";
import type { Context } from "../context.ts";
import { createHandle } from "../tensors.ts";
import type { RecordedFunction, Recording } from "./recording.ts";
import type { Rehearsal } from "./rehearsal.ts";
import { idOf, nodeBackend, setVariable } from "./tensors.ts";
import { changedInPlace, type StoredVariable, storedVariable } from "./variable-store.ts";

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

  /** @throws Refusal if a shape depends on a constant that varies. */
  constructor(
    context: Context,
    { recording, outputs, assigned }: RecordedStepParts,
    { xla }: { xla: boolean },
  ) {
    // XLA works on values. On a GPU this is not tried yet.
    const asValues = xla || context.devices.some(({ type }) => type === "GPU");
    const changed = asValues ? new Map<number, tf.Variable>() : changedInPlace(recording, assigned, outputs);
    const variables = new Set(changed.values());
    this.xla = xla;
    this.#context = context;
    this.#recording = recording;
    this.#outputs = outputs;
    this.#assigned = assigned.filter(([variable]) => !variables.has(variable));
    this.#inPlace = [...variables].map((variable) => [storedVariable(context, variable), variable]);
    this.#function = recording.build([...outputs, ...this.#assigned.map(([, output]) => output)], {
      xla,
      resources: new Map([...changed].map(([id, variable]) => [id, storedVariable(context, variable).name])),
    });
  }

  /** @returns The results; the variables are changed. */
  run(tensors: readonly tf.Tensor[]): TensorMetadata[] {
    const backend = nodeBackend();
    for (const [store, variable] of this.#inPlace) store.moveIn(variable);
    const handles = this.#withInputs(tensors, (inputs) => this.#function.run(inputs));
    const adopt = (id: number, index: number): TensorMetadata => {
      const { shape, dtype } = this.#recording.metadata(id);
      return { id: backend.binding.keep(handles[index]), shape, dtype };
    };
    const results = this.#outputs.map(adopt);
    this.#assigned.forEach(([variable, id], index) => {
      setVariable(backend, variable, adopt(id, results.length + index));
    });
    return results;
  }

  /** Go on when the results are computed. */
  wait([result]: readonly TensorMetadata[]): void {
    if (result) this.#function.wait([nodeBackend().binding.handle(result.id)]);
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
