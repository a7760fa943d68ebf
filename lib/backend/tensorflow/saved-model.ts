// SavedModels (tensorflow/core/protobuf/saved_model.proto, meta_graph.proto): a graph with its variables, run by a
// session of TensorFlow, and the signatures that name its inputs and outputs.
import { attributeType } from "./attributes.ts";
import type { GraphOutput, Pointer } from "./c-api.ts";
import { type Context, TensorFlowError } from "./context.ts";
import { dataType } from "./data-types.ts";
import { execute } from "./operations.ts";
import { outputBytes } from "./outputs.ts";
import { bufferBytes, fields } from "./protobuf.ts";

/** An input or output by the name of its tensor in the graph. */
export interface TensorInfo {
  tensor: string;
  /** TF_DataType. */
  dtype: number;
  /** Unknown sizes are null; undefined where not even the rank is known. */
  shape: (number | null)[] | undefined;
}

export interface SignatureInfo {
  inputs: Map<string, TensorInfo>;
  outputs: Map<string, TensorInfo>;
}

export class SavedModelSession {
  readonly signatures: ReadonlyMap<string, SignatureInfo>;
  readonly #context: Context;
  readonly #graph: Pointer;
  #session: Pointer | undefined;

  /** @throws TensorFlowError if the folder holds none, is damaged, or has no graph with these tags. */
  constructor(context: Context, folder: string, tags: string[]) {
    const { api, status, config } = context;
    this.#context = context;
    const options = api.TF_NewSessionOptions();
    const metaGraph = api.TF_NewBuffer();
    this.#graph = api.TF_NewGraph();
    try {
      // Leaves the status as it was if it succeeds, as it does.
      api.TF_SetConfig(options, config, config.length, status);
      this.#session = api.TF_LoadSessionFromSavedModel(
        options,
        null,
        folder,
        tags,
        tags.length,
        this.#graph,
        metaGraph,
        status,
      );
      context.check("loading a SavedModel");
      this.signatures = signaturesOf(bufferBytes(metaGraph));
    } catch (error) {
      this.dispose();
      throw error;
    } finally {
      api.TF_DeleteBuffer(metaGraph);
      api.TF_DeleteSessionOptions(options);
    }
  }

  /**
   * The outputs' handles, which the caller owns, of types that TensorFlow.js knows.
   *
   * @param inputs Handles; whole numbers are made those that the graph takes, and so are floating-point numbers.
   * @throws TensorFlowError if an input does not fit.
   */
  run(inputs: [TensorInfo, Pointer][], outputs: TensorInfo[]): Pointer[] {
    const { api, status } = this.#context;
    if (!this.#session) throw new Error("The SavedModel was disposed before this use.");
    const tensors: Pointer[] = [];
    const results = new BigUint64Array(outputs.length);
    try {
      for (const [{ dtype }, handle] of inputs) {
        const cast = this.#cast(handle, dtype);
        tensors.push(api.TFE_TensorHandleResolve(cast, status));
        if (cast !== handle) api.TFE_DeleteTensorHandle(cast);
        this.#context.check("reading an input");
      }
      api.TF_SessionRun(
        this.#session,
        null,
        outputBytes(inputs.map(([info]) => this.#output(info))),
        BigUint64Array.from(tensors),
        tensors.length,
        outputBytes(outputs.map((info) => this.#output(info))),
        results,
        results.length,
        null,
        0,
        null,
        status,
      );
      this.#context.check("running a SavedModel");
      return Array.from(results, (tensor) => this.#handleOf(tensor));
    } finally {
      for (const tensor of [...tensors, ...results]) if (tensor) api.TF_DeleteTensor(tensor);
    }
  }

  dispose(): void {
    const { api, status } = this.#context;
    if (this.#session) {
      api.TF_CloseSession(this.#session, status);
      api.TF_DeleteSession(this.#session, status);
      this.#session = undefined;
    } else if (this.signatures) return;
    api.TF_DeleteGraph(this.#graph);
  }

  #output({ tensor }: TensorInfo): GraphOutput {
    const [name, index] = tensor.split(":") as [string, string | undefined];
    const operation = this.#context.api.TF_GraphOperationByName(this.#graph, name);
    if (!operation) throw new TensorFlowError(`The SavedModel's graph has no operation "${name}".`);
    return { operation, index: Number(index ?? 0) };
  }

  #handleOf(tensor: Pointer): Pointer {
    const { api, status } = this.#context;
    const handle = api.TFE_NewTensorHandle(tensor, status);
    this.#context.check("taking over an output");
    const dtype = api.TFE_TensorHandleDataType(handle);
    const known = [dataType.string, dataType.bool, dataType.complex64] as number[];
    const target = known.includes(dtype) ? dtype : floats.has(dtype) ? dataType.float32 : dataType.int32;
    const cast = this.#cast(handle, target);
    if (cast !== handle) api.TFE_DeleteTensorHandle(handle);
    return cast;
  }

  /** The same handle, or a new one where the type is another of the same kind. */
  #cast(handle: Pointer, to: number): Pointer {
    const from = this.#context.api.TFE_TensorHandleDataType(handle);
    const sameKind = (floats.has(from) && floats.has(to)) || (integers.has(from) && integers.has(to));
    if (from === to || !sameKind) return handle;
    const attributes = [
      { name: "SrcT", type: attributeType.type, value: from },
      { name: "DstT", type: attributeType.type, value: to },
    ];
    return execute(this.#context, "Cast", attributes, [handle], 1)[0] as Pointer;
  }
}

/** float32, float64, bfloat16, float16 (TF_DataType in tensorflow/c/tf_datatype.h). */
const floats = new Set<number>([dataType.float32, dataType.float64, 14, 19]);
/** int32, uint8, int16, int8, int64, uint16, uint32, uint64. */
const integers = new Set<number>([dataType.int32, dataType.uint8, 5, 6, dataType.int64, 17, 22, 23]);

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("utf8");

/** MetaGraphDef.signature_def */
function signaturesOf(metaGraph: Uint8Array): Map<string, SignatureInfo> {
  return mapOf(metaGraph, 5, (signature) => ({
    inputs: mapOf(signature, 1, tensorInfo),
    outputs: mapOf(signature, 2, tensorInfo),
  }));
}

/** A map is a list of messages of key and value. */
function mapOf<Value>(
  message: Uint8Array,
  field: number,
  read: (bytes: Uint8Array) => Value,
): Map<string, Value> {
  const entries = fields(message).filter(({ number }) => number === field);
  return new Map(
    entries.map(({ bytes }) => {
      const parts = fields(bytes);
      const part = (number: number) =>
        parts.find((each) => each.number === number)?.bytes ?? new Uint8Array();
      return [text(part(1)), read(part(2))];
    }),
  );
}

function tensorInfo(message: Uint8Array): TensorInfo {
  const info: TensorInfo = { tensor: "", dtype: 0, shape: [] };
  for (const { number, bytes, value } of fields(message)) {
    if (number === 1) info.tensor = text(bytes);
    if (number === 2) info.dtype = value;
    if (number === 3) info.shape = shapeOf(bytes);
  }
  return info;
}

/** TensorShapeProto; a scalar's is empty. */
function shapeOf(message: Uint8Array): TensorInfo["shape"] {
  const parts = fields(message);
  if (parts.some(({ number, value }) => number === 3 && value === 1)) return undefined;
  const sizes = parts.filter(({ number }) => number === 2);
  return sizes.map(({ bytes }) => {
    const size = fields(bytes).find(({ number }) => number === 1)?.value ?? 0;
    return size < 0 ? null : size;
  });
}
