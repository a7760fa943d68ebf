// The interface that tfjs-node's kernels call (TFJSBinding in its tfjs_binding.d.ts), which its own
// package fills with a native addon, on TensorFlow's C API. Tensors go by number; the handles stay here.
import type { TFJSBinding } from "@tensorflow/tfjs-node-gpu/dist/tfjs_binding.js";
import { type Attribute, attributeType } from "./attributes.ts";
import type { Pointer } from "./c-api.ts";
import type { Context } from "./context.ts";
import { dataType, type HostValues } from "./data-types.ts";
import { execute, shapeOf } from "./operations.ts";
import { createHandle, readHandle, type TensorValues } from "./tensors.ts";

export interface TensorMetadata {
  id: number;
  shape: number[];
  dtype: number;
}

/** Takes operations in place of TensorFlow while a function is recorded. */
interface OperationListener {
  operation(name: string, attributes: Attribute[], inputs: number[], outputCount: number): TensorMetadata[];
}

/** int64 → int32, the attributes of TensorFlow's Cast. */
const narrowing: Attribute[] = [
  { name: "SrcT", type: attributeType.type, value: dataType.int64 },
  { name: "DstT", type: attributeType.type, value: dataType.int32 },
];

export class TensorFlowBinding {
  readonly TF_FLOAT = dataType.float32;
  readonly TF_INT32 = dataType.int32;
  readonly TF_INT64 = dataType.int64;
  readonly TF_BOOL = dataType.bool;
  readonly TF_COMPLEX64 = dataType.complex64;
  readonly TF_STRING = dataType.string;
  readonly TF_RESOURCE = dataType.resource;
  readonly TF_UINT8 = dataType.uint8;
  readonly TF_ATTR_STRING = attributeType.string;
  readonly TF_ATTR_INT = attributeType.int;
  readonly TF_ATTR_FLOAT = attributeType.float;
  readonly TF_ATTR_BOOL = attributeType.bool;
  readonly TF_ATTR_TYPE = attributeType.type;
  readonly TF_ATTR_SHAPE = attributeType.shape;
  readonly TF_ATTR_RESOURCE = attributeType.resource;
  readonly TF_Version: string;

  listener: OperationListener | undefined;

  readonly #context: Context;
  /** By number; those of variables only while they are read out. */
  readonly #handles = new Map<number, Pointer>();
  readonly #variables = new Map<number, VariableValue>();
  #nextId = 1;

  constructor(context: Context) {
    this.#context = context;
    this.TF_Version = context.api.TF_Version();
  }

  createTensor(shape: number[], code: number, values: HostValues): number {
    return this.keep(createHandle(this.#context, shape, code, values));
  }

  deleteTensor(id: number): void {
    this.release(id);
    const variable = this.#variables.get(id);
    this.#variables.delete(id);
    variable?.free();
  }

  /** Free the handle of a tensor; a variable is read out again when it is asked for. */
  release(id: number): void {
    const handle = this.#handles.get(id);
    if (handle === undefined) return;
    this.#handles.delete(id);
    this.#context.api.TFE_DeleteTensorHandle(handle);
  }

  tensorDataSync(id: number): TensorValues {
    return readHandle(this.#context, this.handle(id));
  }

  executeOp(
    name: string,
    attributes: Attribute[],
    inputIds: number[],
    expectedOutputs: number,
  ): TensorMetadata[] {
    if (this.listener) return this.listener.operation(name, attributes, inputIds, expectedOutputs);
    const inputs = inputIds.map((id) => this.handle(id));
    const outputs = execute(this.#context, name, attributes, inputs, expectedOutputs);
    return outputs.map((output) => this.adopt(output));
  }

  getNumOfTensors(): number {
    let readOut = 0;
    for (const id of this.#variables.keys()) if (this.#handles.has(id)) readOut++;
    return this.#handles.size + this.#variables.size - readOut;
  }

  isUsingGpuDevice(): boolean {
    return this.#context.usesGpu;
  }

  getNumOfSavedModels(): number {
    return 0;
  }

  loadSavedModel(): never {
    throw new Error(savedModelMessage);
  }

  runSavedModel(): never {
    throw new Error(savedModelMessage);
  }

  deleteSavedModel(): never {
    throw new Error(savedModelMessage);
  }

  /** Take over the handle of an operation's output. */
  adopt(output: Pointer): TensorMetadata {
    let handle = output;
    let dtype = this.#context.api.TFE_TensorHandleDataType(handle);
    if (dtype === dataType.int64) {
      // TensorFlow.js has no int64 and takes these tensors for int32, so that is what they become.
      try {
        [handle] = execute(this.#context, "Cast", narrowing, [output], 1);
      } finally {
        this.#context.api.TFE_DeleteTensorHandle(output);
      }
      dtype = dataType.int32;
    }
    return { id: this.keep(handle), shape: shapeOf(this.#context, handle), dtype };
  }

  /** Take a handle over; it goes by the returned number from now on. */
  keep(handle: Pointer): number {
    const id = this.#nextId++;
    this.#handles.set(id, handle);
    return id;
  }

  /** Take over what one of TensorFlow's variables holds. */
  keepVariable(value: VariableValue): number {
    const id = this.#nextId++;
    this.#variables.set(id, value);
    return id;
  }

  /** The handle of a tensor; it stays the binding's. */
  handle(id: number): Pointer {
    const handle = this.#handles.get(id) ?? this.#readOut(id);
    if (handle === undefined) {
      throw new Error(
        `TensorFlow's tensor ${id} does not exist (any more): it was disposed before this use.`,
      );
    }
    return handle;
  }

  #readOut(id: number): Pointer | undefined {
    const handle = this.#variables.get(id)?.read();
    if (handle !== undefined) this.#handles.set(id, handle);
    return handle;
  }
}

/** What a variable of TensorFlow's holds: it has a handle only when it is asked for. */
export interface VariableValue {
  /** A handle of the value as it is now. */
  read(): Pointer;
  free(): void;
}

const savedModelMessage = "SavedModels are loaded by dl.loadSavedModel.";

/** As tfjs-node types it: its two classes exist in the types alone. */
export function asTfjsBinding(binding: TensorFlowBinding): TFJSBinding {
  return binding as unknown as TFJSBinding;
}
