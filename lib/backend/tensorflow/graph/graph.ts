// A TensorFlow graph under construction, and the function made of it.
import {
  type Attribute,
  type AttributeSetters,
  attributeType,
  graphSetters,
  setAttribute,
} from "../attributes.ts";
import type { GraphOutput, Pointer } from "../c-api.ts";
import { type Context, TensorFlowError } from "../context.ts";
import { dataType, type HostValues } from "../data-types.ts";
import { prefixOf } from "../layer-names.ts";
import { outputBytes } from "../outputs.ts";
import { createHandle } from "../tensors.ts";
import { listInputs } from "./operation-definition.ts";

export interface FunctionOptions {
  /** Compile with XLA instead of running the operations one by one. */
  xla: boolean;
  /** What the function does besides giving its outputs: none of it is left out. */
  effects?: readonly GraphOutput[];
}

/** AttrValue { b: true } (tensorflow/core/framework/attr_value.proto). */
const attributeTrue = Uint8Array.of(0x28, 1);

export class Graph {
  readonly #context: Context;
  readonly #pointer: Pointer;
  readonly #setters: AttributeSetters;
  #count = 0;
  #prefix = "";

  constructor(context: Context) {
    this.#context = context;
    this.#pointer = context.api.TF_NewGraph();
    this.#setters = graphSetters(context.api);
  }

  dispose(): void {
    this.#context.api.TF_DeleteGraph(this.#pointer);
  }

  /** Name the operations that `body` adds after a layer, which is then told where one fails. */
  within<Result>(layer: string | undefined, body: () => Result): Result {
    this.#prefix = layer === undefined ? "" : prefixOf(layer);
    try {
      return body();
    } finally {
      this.#prefix = "";
    }
  }

  /** A value that is given at each run. */
  placeholder(shape: number[], dtype: number): GraphOutput {
    return this.#add("Placeholder", (description) => {
      const { api } = this.#context;
      api.TF_SetAttrType(description, "dtype", dtype);
      api.TF_SetAttrShape(description, "shape", BigInt64Array.from(shape, BigInt), shape.length);
    });
  }

  constant(shape: number[], dtype: number, values: HostValues): GraphOutput {
    const { api, status } = this.#context;
    const handle = createHandle(this.#context, shape, dtype, values);
    try {
      const tensor = api.TFE_TensorHandleResolve(handle, status);
      this.#context.check("making a constant");
      try {
        return this.#add("Const", (description) => {
          api.TF_SetAttrTensor(description, "value", tensor, status);
          api.TF_SetAttrType(description, "dtype", dtype);
        });
      } finally {
        api.TF_DeleteTensor(tensor);
      }
    } finally {
      api.TFE_DeleteTensorHandle(handle);
    }
  }

  /**
   * Add an operation; its outputs are this one with the indices 0, 1, …
   * @param after Whose operations are to be over when this one is run.
   * @throws TensorFlowError if the operation doesn't exist or doesn't fit its inputs.
   */
  operation(
    name: string,
    attributes: Attribute[],
    inputs: GraphOutput[],
    after: GraphOutput[] = [],
  ): GraphOutput {
    const lists = listInputs(this.#context, this.#pointer, name);
    return this.#add(name, (description) => {
      const { api } = this.#context;
      const listLength = inputs.length - lists.filter((isList) => !isList).length;
      let next = 0;
      for (const isList of lists) {
        if (isList) {
          api.TF_AddInputList(description, outputBytes(inputs.slice(next, next + listLength)), listLength);
          next += listLength;
        } else if (next < inputs.length) api.TF_AddInput(description, inputs[next++]);
      }
      for (const { operation } of after) api.TF_AddControlInput(description, operation);
      for (const attribute of attributes) setAttribute(this.#setters, description, attribute);
    });
  }

  /**
   * A function of the context over the numbers in `numbers`, which takes one of them and then `captured`, and gives a number;
   * each of its operations is done by one thread.
   */
  mapDefun(
    functionName: string,
    numbers: GraphOutput,
    captured: GraphOutput[],
    after: GraphOutput[],
  ): GraphOutput {
    const { api, status } = this.#context;
    const types = captured.map((input) => api.TF_OperationOutputType(input));
    const name = Buffer.from(functionName);
    // AttrValue { func: { name } } and { list: { shape: [{}] } } (tensorflow/core/framework/attr_value.proto).
    const body = Buffer.concat([Uint8Array.of(0x52, name.length + 2, 0x0a, name.length), name]);
    const scalars = Uint8Array.of(0x0a, 2, 0x3a, 0);
    const attributes: Attribute[] = [
      { name: "Targuments", type: attributeType.type, value: [dataType.int32] },
      { name: "Tcaptured", type: attributeType.type, value: types },
      { name: "output_types", type: attributeType.type, value: [dataType.int32] },
      { name: "max_intra_op_parallelism", type: attributeType.int, value: 1 },
    ];
    return this.#add("MapDefun", (description) => {
      api.TF_AddInputList(description, outputBytes([numbers]), 1);
      api.TF_AddInputList(description, outputBytes(captured), captured.length);
      for (const { operation } of after) api.TF_AddControlInput(description, operation);
      for (const attribute of attributes) setAttribute(this.#setters, description, attribute);
      api.TF_SetAttrValueProto(description, "f", body, body.length, status);
      api.TF_SetAttrValueProto(description, "output_shapes", scalars, scalars.length, status);
    });
  }

  /** Shape and type of an output as far as they are known without running: unknown dimensions are −1. */
  describe(output: GraphOutput): { shape: number[] | undefined; dtype: number } {
    const { api, status } = this.#context;
    const dtype = api.TF_OperationOutputType(output);
    const rank = api.TF_GraphGetTensorNumDims(this.#pointer, output, status);
    if (rank < 0) return { shape: undefined, dtype };
    const dimensions = new BigInt64Array(Math.max(rank, 1));
    api.TF_GraphGetTensorShape(this.#pointer, output, dimensions, rank, status);
    this.#context.check("reading a shape");
    return { shape: Array.from(dimensions.subarray(0, rank), Number), dtype };
  }

  /** Put the graph into the context as a function, which runs by its name as an operation does. */
  toFunction(
    name: string,
    inputs: GraphOutput[],
    outputs: GraphOutput[],
    { xla, effects = [] }: FunctionOptions,
  ): void {
    const { api, status, pointer } = this.#context;
    const definition = api.TF_GraphToFunctionWithControlOutputs(
      this.#pointer,
      name,
      0,
      -1, // all operations
      null,
      inputs.length,
      outputBytes(inputs),
      outputs.length,
      outputBytes(outputs),
      null,
      effects.length,
      BigUint64Array.from(effects, ({ operation }) => operation),
      null,
      null,
      null,
      status,
    );
    this.#context.check("making a function of a recorded step");
    try {
      if (xla) {
        const size = attributeTrue.length;
        api.TF_FunctionSetAttrValueProto(definition, "_XlaMustCompile", attributeTrue, size, status);
        this.#context.check("asking for XLA");
      }
      api.TFE_ContextAddFunction(pointer, definition, status);
      this.#context.check("adding the function of a recorded step");
    } finally {
      api.TF_DeleteFunction(definition);
    }
  }

  #add(type: string, fill: (description: Pointer) => void): GraphOutput {
    const { api, status } = this.#context;
    const name = `${this.#prefix}${type}_${this.#count++}`;
    const description = api.TF_NewOperation(this.#pointer, type, name);
    let operation: Pointer;
    try {
      fill(description);
    } finally {
      // Frees the description, also after a failure.
      operation = api.TF_FinishOperation(description, status);
    }
    if (this.#context.failed()) {
      throw new TensorFlowError(`TensorFlow's ${type} failed: ${this.#context.message()}`);
    }
    return { operation, index: 0 };
  }
}

/** Outputs of a graph compare by it. */
export function keyOf({ operation, index }: GraphOutput): string {
  return `${operation}:${index}`;
}
