// TensorFlow's own variables in a graph under construction: operations there find them by name, read them, and change
// them in place. Reading takes no copy; a change makes one if somebody still holds what was read.
import * as tf from "@tensorflow/tfjs";
import { type Attribute, attributeType } from "../attributes.ts";
import type { TensorMetadata } from "../binding.ts";
import type { GraphOutput } from "../c-api.ts";
import type { Context } from "../context.ts";
import { type Graph, keyOf } from "./graph.ts";
import { inOneThread } from "./one-thread.ts";
import type { Operation } from "./recording.ts";
import { Calculator, updateRules } from "./updates.ts";

/** Numbers of all variables together that one thread changes faster than several that have to be woken. */
const mostInOneThread = 2 ** 17;

interface ResourceVariable extends TensorMetadata {
  handle: GraphOutput;
  value: GraphOutput | undefined;
}

export class ResourceVariables {
  readonly #context: Context;
  readonly #graph: Graph;
  readonly #variables = new Map<number, ResourceVariable>();

  constructor(context: Context, graph: Graph) {
    this.#context = context;
    this.#graph = graph;
  }

  add({ id, shape, dtype }: TensorMetadata, name: string): void {
    const handle = this.#graph.operation("VarHandleOp", handleAttributes(name, shape, dtype), []);
    this.#variables.set(id, { id, shape, dtype, handle, value: undefined });
  }

  /** What the variable held before the updates. */
  read(id: number): GraphOutput | undefined {
    const variable = this.#variables.get(id);
    if (variable) {
      variable.value ??= this.#graph.operation(
        "ReadVariableOp",
        [dtypeAttribute(variable.dtype)],
        [variable.handle],
      );
    }
    return variable?.value;
  }

  /**
   * Add updates, which are done after all reading and after `before`.
   * @returns What is there when they are done; and functions in the context that they need.
   */
  update(
    updates: Operation[],
    find: (id: number) => GraphOutput,
    before: GraphOutput[],
  ): { done: GraphOutput[]; functionNames: string[] } {
    const calculator = new Calculator(this.#graph);
    const given = updates.map(({ name, inputs }) =>
      inputs.map((id, index) =>
        index < updateRules[name].variables ? (this.#variables.get(id) as ResourceVariable).handle : find(id),
      ),
    );
    const reads = updates.map(({ inputs }) => inputs.flatMap((id) => this.#variables.get(id)?.value ?? []));
    const planned = updates.map(({ name }, index) => updateRules[name].inPlace(calculator, given[index]));
    if (!this.#areSmall(updates)) {
      const done = planned.map(({ name, attributes, inputs }, index) =>
        this.#graph.operation(name, attributes, inputs, [...reads[index], ...before]),
      );
      return { done, functionNames: [] };
    }
    const after = new Map([...reads.flat(), ...before].map((each) => [keyOf(each), each]));
    const { done, functionName } = inOneThread(this.#context, this.#graph, planned, [...after.values()]);
    return { done: [done], functionNames: [functionName] };
  }

  /** Whether waking threads for all of them takes longer than they do. */
  #areSmall(updates: Operation[]): boolean {
    const sizes = updates.map(({ inputs: [id] }) =>
      tf.util.sizeFromShape((this.#variables.get(id) as ResourceVariable).shape),
    );
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const areShared = updates.every(({ name }) => updateRules[name].isAlwaysShared);
    return updates.length > 0 && areShared && total <= mostInOneThread;
  }
}

/** Of the operation that gives a variable's handle, in a graph and outside. */
export function handleAttributes(name: string, shape: number[], dtype: number): Attribute[] {
  return [
    dtypeAttribute(dtype),
    { name: "shape", type: attributeType.shape, value: shape },
    { name: "shared_name", type: attributeType.string, value: name },
  ];
}

export function dtypeAttribute(dtype: number): Attribute {
  return { name: "dtype", type: attributeType.type, value: dtype };
}
