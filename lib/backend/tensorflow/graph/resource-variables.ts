// TensorFlow's own variables in a graph under construction: operations there find them by name, read them, and change
// them in place. Reading takes no copy; a change makes one if somebody still holds what was read.
import { type Attribute, attributeType } from "../attributes.ts";
import type { TensorMetadata } from "../binding.ts";
import type { GraphOutput } from "../c-api.ts";
import type { Graph } from "./graph.ts";
import type { Operation } from "./recording.ts";
import { Calculator, updateRules } from "./updates.ts";

interface ResourceVariable extends TensorMetadata {
  handle: GraphOutput;
  value: GraphOutput | undefined;
}

export class ResourceVariables {
  readonly #graph: Graph;
  readonly #variables = new Map<number, ResourceVariable>();

  constructor(graph: Graph) {
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

  /** Add updates, which are done after all reading and after `before`. */
  update(updates: Operation[], find: (id: number) => GraphOutput, before: GraphOutput[]): GraphOutput[] {
    const calculator = new Calculator(this.#graph);
    const given = updates.map(({ name, inputs }) =>
      inputs.map((id, index) =>
        index < updateRules[name].variables ? (this.#variables.get(id) as ResourceVariable).handle : find(id),
      ),
    );
    return updates.map(({ name, inputs }, index) => {
      const reads = inputs.flatMap((id) => this.#variables.get(id)?.value ?? []);
      return updateRules[name].inPlace(calculator, given[index], [...reads, ...before]);
    });
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
