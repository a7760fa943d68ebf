// The functions of TensorFlow's C API that we call, typed (tensorflow/c/c_api.h, tf_tensor.h,
// tf_tstring.h and eager/c_api.h). Pointers are BigInt, as koffi 3 has them.
import koffi, { type KoffiFunc, type LibraryHandle } from "koffi";

export type Pointer = bigint;

/** One output of an operation in a graph: TF_Output. */
export interface GraphOutput {
  operation: Pointer;
  index: number;
}

// The parameters below name it, by value and, as bytes, in lists.
koffi.struct("TF_Output", { operation: "void *", index: "int" });
type Bytes = Uint8Array | BigInt64Array | BigUint64Array | Int32Array | Float32Array;

try {
  // On other threads, too, the stack on which the main one has TensorFlow compile; koffi gives them a 16th of it.
  koffi.config({ async_stack_size: koffi.config().sync_stack_size });
} catch {
  // Too late: the notebook has loaded a library of its own. All steps that were tried compile on the small one, too.
}

export interface CApi {
  TF_Version(): string;

  TF_NewStatus(): Pointer;
  TF_DeleteStatus(status: Pointer): void;
  TF_GetCode(status: Pointer): number;
  TF_Message(status: Pointer): string;

  TF_AllocateTensor(type: number, dimensions: BigInt64Array, rank: number, bytes: number): Pointer;
  TF_DeleteTensor(tensor: Pointer): void;
  TF_TensorData(tensor: Pointer): Pointer;
  TF_TensorByteSize(tensor: Pointer): number;
  TF_TensorType(tensor: Pointer): number;

  TF_StringInit(string: Pointer): void;
  TF_StringCopy(string: Pointer, bytes: Uint8Array, size: number): void;
  TF_StringGetDataPointer(string: Pointer): Pointer;
  TF_StringGetSize(string: Pointer): number;
  TF_StringDealloc(string: Pointer): void;

  TFE_NewContextOptions(): Pointer;
  TFE_ContextOptionsSetConfig(options: Pointer, proto: Uint8Array, size: number, status: Pointer): void;
  TFE_DeleteContextOptions(options: Pointer): void;
  TFE_NewContext(options: Pointer, status: Pointer): Pointer;
  TFE_ContextListDevices(context: Pointer, status: Pointer): Pointer;
  TF_DeviceListCount(devices: Pointer): number;
  TF_DeviceListName(devices: Pointer, index: number, status: Pointer): string;
  TF_DeviceListType(devices: Pointer, index: number, status: Pointer): string;
  TF_DeviceListMemoryBytes(devices: Pointer, index: number, status: Pointer): number;
  TF_DeleteDeviceList(devices: Pointer): void;

  TFE_NewTensorHandle(tensor: Pointer, status: Pointer): Pointer;
  TFE_DeleteTensorHandle(handle: Pointer): void;
  TFE_TensorHandleDataType(handle: Pointer): number;
  TFE_TensorHandleNumDims(handle: Pointer, status: Pointer): number;
  TFE_TensorHandleDim(handle: Pointer, index: number, status: Pointer): number;
  TFE_TensorHandleResolve(handle: Pointer, status: Pointer): Pointer;
  TFE_TensorHandleCopySharingTensor(handle: Pointer, status: Pointer): Pointer;

  TFE_NewOp(context: Pointer, name: string, status: Pointer): Pointer;
  TFE_DeleteOp(operation: Pointer): void;
  TFE_OpAddInput(operation: Pointer, input: Pointer, status: Pointer): void;
  TFE_OpSetAttrString(operation: Pointer, name: string, value: Uint8Array, length: number): void;
  TFE_OpSetAttrInt(operation: Pointer, name: string, value: number): void;
  TFE_OpSetAttrFloat(operation: Pointer, name: string, value: number): void;
  TFE_OpSetAttrBool(operation: Pointer, name: string, value: number): void;
  TFE_OpSetAttrType(operation: Pointer, name: string, value: number): void;
  TFE_OpSetAttrShape(
    operation: Pointer,
    name: string,
    dimensions: Bytes,
    rank: number,
    status: Pointer,
  ): void;
  TFE_OpSetAttrIntList(operation: Pointer, name: string, values: BigInt64Array, count: number): void;
  TFE_OpSetAttrFloatList(operation: Pointer, name: string, values: Float32Array, count: number): void;
  TFE_OpSetAttrBoolList(operation: Pointer, name: string, values: Uint8Array, count: number): void;
  TFE_OpSetAttrTypeList(operation: Pointer, name: string, values: Int32Array, count: number): void;
  TFE_Execute: KoffiFunc<
    (operation: Pointer, outputs: Uint8Array, count: Int32Array, status: Pointer) => void
  >;
  TFE_NewExecutor(isAsync: boolean, streaming: boolean, mostInFlight: number): Pointer;
  TFE_ContextGetExecutorForThread(context: Pointer): Pointer;
  TFE_ContextSetExecutorForThread(context: Pointer, executor: Pointer): void;
  TFE_ExecutorWaitForAllPendingNodes(executor: Pointer, status: Pointer): void;
  TFE_ExecutorClearError(executor: Pointer): void;

  TF_NewBuffer(): Pointer;
  TF_DeleteBuffer(buffer: Pointer): void;
  TF_NewGraph(): Pointer;
  TF_DeleteGraph(graph: Pointer): void;
  TF_GraphGetOpDef(graph: Pointer, name: string, buffer: Pointer, status: Pointer): void;
  TF_GraphGetTensorNumDims(graph: Pointer, output: GraphOutput, status: Pointer): number;
  TF_GraphGetTensorShape(
    graph: Pointer,
    output: GraphOutput,
    dimensions: BigInt64Array,
    rank: number,
    status: Pointer,
  ): void;
  TF_OperationOutputType(output: GraphOutput): number;
  TF_NewOperation(graph: Pointer, type: string, name: string): Pointer;
  TF_FinishOperation(description: Pointer, status: Pointer): Pointer;
  TF_AddInput(description: Pointer, input: GraphOutput): void;
  TF_AddInputList(description: Pointer, inputs: Bytes, count: number): void;
  TF_AddControlInput(description: Pointer, operation: Pointer): void;
  TF_SetAttrString(description: Pointer, name: string, value: Uint8Array, length: number): void;
  TF_SetAttrInt(description: Pointer, name: string, value: number): void;
  TF_SetAttrFloat(description: Pointer, name: string, value: number): void;
  TF_SetAttrBool(description: Pointer, name: string, value: number): void;
  TF_SetAttrType(description: Pointer, name: string, value: number): void;
  TF_SetAttrShape(description: Pointer, name: string, dimensions: Bytes, rank: number): void;
  TF_SetAttrTensor(description: Pointer, name: string, tensor: Pointer, status: Pointer): void;
  TF_SetAttrIntList(description: Pointer, name: string, values: BigInt64Array, count: number): void;
  TF_SetAttrFloatList(description: Pointer, name: string, values: Float32Array, count: number): void;
  TF_SetAttrBoolList(description: Pointer, name: string, values: Uint8Array, count: number): void;
  TF_SetAttrTypeList(description: Pointer, name: string, values: Int32Array, count: number): void;
  TF_SetAttrValueProto(
    description: Pointer,
    name: string,
    proto: Bytes,
    length: number,
    status: Pointer,
  ): void;
  TF_GraphToFunctionWithControlOutputs(
    graph: Pointer,
    name: string,
    appendHash: number,
    operationCount: number,
    operations: null,
    inputCount: number,
    inputs: Bytes,
    outputCount: number,
    outputs: Bytes,
    outputNames: null,
    controlOutputCount: number,
    controlOutputs: Bytes,
    controlOutputNames: null,
    options: null,
    description: null,
    status: Pointer,
  ): Pointer;
  TF_FunctionSetAttrValueProto(
    definition: Pointer,
    name: string,
    proto: Uint8Array,
    size: number,
    status: Pointer,
  ): void;
  TF_DeleteFunction(definition: Pointer): void;
  TFE_ContextAddFunction(context: Pointer, definition: Pointer, status: Pointer): void;
  TFE_ContextRemoveFunction(context: Pointer, name: string, status: Pointer): void;

  TF_NewSessionOptions(): Pointer;
  TF_SetConfig(options: Pointer, proto: Uint8Array, size: number, status: Pointer): void;
  TF_DeleteSessionOptions(options: Pointer): void;
  TF_LoadSessionFromSavedModel(
    options: Pointer,
    runOptions: null,
    folder: string,
    tags: string[],
    tagCount: number,
    graph: Pointer,
    metaGraph: Pointer,
    status: Pointer,
  ): Pointer;
  TF_GraphOperationByName(graph: Pointer, name: string): Pointer;
  TF_SessionRun(
    session: Pointer,
    runOptions: null,
    inputs: Bytes,
    inputValues: BigUint64Array,
    inputCount: number,
    outputs: Bytes,
    outputValues: BigUint64Array,
    outputCount: number,
    targets: null,
    targetCount: number,
    runMetadata: null,
    status: Pointer,
  ): void;
  TF_CloseSession(session: Pointer, status: Pointer): void;
  TF_DeleteSession(session: Pointer, status: Pointer): void;
}

/** Result type, then the types of the parameters, in C. */
const prototypes: Record<keyof CApi, string> = {
  TF_Version: "const char *()",

  TF_NewStatus: "void *()",
  TF_DeleteStatus: "void (void *)",
  TF_GetCode: "int (void *)",
  TF_Message: "const char *(void *)",

  TF_AllocateTensor: "void *(int, const int64_t *, int, size_t)",
  TF_DeleteTensor: "void (void *)",
  TF_TensorData: "void *(void *)",
  TF_TensorByteSize: "size_t (void *)",
  TF_TensorType: "int (void *)",

  TF_StringInit: "void (void *)",
  TF_StringCopy: "void (void *, const uint8_t *, size_t)",
  TF_StringGetDataPointer: "void *(void *)",
  TF_StringGetSize: "size_t (void *)",
  TF_StringDealloc: "void (void *)",

  TFE_NewContextOptions: "void *()",
  TFE_ContextOptionsSetConfig: "void (void *, const uint8_t *, size_t, void *)",
  TFE_DeleteContextOptions: "void (void *)",
  TFE_NewContext: "void *(void *, void *)",
  TFE_ContextListDevices: "void *(void *, void *)",
  TF_DeviceListCount: "int (void *)",
  TF_DeviceListName: "const char *(void *, int, void *)",
  TF_DeviceListType: "const char *(void *, int, void *)",
  TF_DeviceListMemoryBytes: "int64_t (void *, int, void *)",
  TF_DeleteDeviceList: "void (void *)",

  TFE_NewTensorHandle: "void *(void *, void *)",
  TFE_DeleteTensorHandle: "void (void *)",
  TFE_TensorHandleDataType: "int (void *)",
  TFE_TensorHandleNumDims: "int (void *, void *)",
  TFE_TensorHandleDim: "int64_t (void *, int, void *)",
  TFE_TensorHandleResolve: "void *(void *, void *)",
  TFE_TensorHandleCopySharingTensor: "void *(void *, void *)",

  TFE_NewOp: "void *(void *, const char *, void *)",
  TFE_DeleteOp: "void (void *)",
  TFE_OpAddInput: "void (void *, void *, void *)",
  TFE_OpSetAttrString: "void (void *, const char *, const uint8_t *, size_t)",
  TFE_OpSetAttrInt: "void (void *, const char *, int64_t)",
  TFE_OpSetAttrFloat: "void (void *, const char *, float)",
  TFE_OpSetAttrBool: "void (void *, const char *, uint8_t)",
  TFE_OpSetAttrType: "void (void *, const char *, int)",
  TFE_OpSetAttrShape: "void (void *, const char *, const int64_t *, int, void *)",
  TFE_OpSetAttrIntList: "void (void *, const char *, const int64_t *, int)",
  TFE_OpSetAttrFloatList: "void (void *, const char *, const float *, int)",
  TFE_OpSetAttrBoolList: "void (void *, const char *, const uint8_t *, int)",
  TFE_OpSetAttrTypeList: "void (void *, const char *, const int *, int)",
  TFE_Execute: "void (void *, uint8_t *, int *, void *)",
  TFE_NewExecutor: "void *(bool, bool, int)",
  TFE_ContextGetExecutorForThread: "void *(void *)",
  TFE_ContextSetExecutorForThread: "void (void *, void *)",
  TFE_ExecutorWaitForAllPendingNodes: "void (void *, void *)",
  TFE_ExecutorClearError: "void (void *)",

  TF_NewBuffer: "void *()",
  TF_DeleteBuffer: "void (void *)",
  TF_NewGraph: "void *()",
  TF_DeleteGraph: "void (void *)",
  TF_GraphGetOpDef: "void (void *, const char *, void *, void *)",
  TF_GraphGetTensorNumDims: "int (void *, TF_Output, void *)",
  TF_GraphGetTensorShape: "void (void *, TF_Output, int64_t *, int, void *)",
  TF_OperationOutputType: "int (TF_Output)",
  TF_NewOperation: "void *(void *, const char *, const char *)",
  TF_FinishOperation: "void *(void *, void *)",
  TF_AddInput: "void (void *, TF_Output)",
  TF_AddInputList: "void (void *, const uint8_t *, int)",
  TF_AddControlInput: "void (void *, void *)",
  TF_SetAttrString: "void (void *, const char *, const uint8_t *, size_t)",
  TF_SetAttrInt: "void (void *, const char *, int64_t)",
  TF_SetAttrFloat: "void (void *, const char *, float)",
  TF_SetAttrBool: "void (void *, const char *, uint8_t)",
  TF_SetAttrType: "void (void *, const char *, int)",
  TF_SetAttrShape: "void (void *, const char *, const int64_t *, int)",
  TF_SetAttrTensor: "void (void *, const char *, void *, void *)",
  TF_SetAttrIntList: "void (void *, const char *, const int64_t *, int)",
  TF_SetAttrFloatList: "void (void *, const char *, const float *, int)",
  TF_SetAttrBoolList: "void (void *, const char *, const uint8_t *, int)",
  TF_SetAttrTypeList: "void (void *, const char *, const int *, int)",
  TF_SetAttrValueProto: "void (void *, const char *, const uint8_t *, size_t, void *)",
  TF_GraphToFunctionWithControlOutputs:
    "void *(void *, const char *, uint8_t, int, const void *, int, const uint8_t *, int, const uint8_t *, " +
    "const void *, int, const uint64_t *, const void *, const void *, const char *, void *)",
  TF_FunctionSetAttrValueProto: "void (void *, const char *, const uint8_t *, size_t, void *)",
  TF_DeleteFunction: "void (void *)",
  TFE_ContextAddFunction: "void (void *, void *, void *)",
  TFE_ContextRemoveFunction: "void (void *, const char *, void *)",

  TF_NewSessionOptions: "void *()",
  TF_SetConfig: "void (void *, const uint8_t *, size_t, void *)",
  TF_DeleteSessionOptions: "void (void *)",
  TF_LoadSessionFromSavedModel:
    "void *(void *, const void *, const char *, const char **, int, void *, void *, void *)",
  TF_GraphOperationByName: "void *(void *, const char *)",
  TF_SessionRun:
    "void (void *, const void *, const uint8_t *, const uint64_t *, int, const uint8_t *, uint64_t *, int, " +
    "const void *, int, void *, void *)",
  TF_CloseSession: "void (void *, void *)",
  TF_DeleteSession: "void (void *, void *)",
};

/**
 * Look the functions up in `libraries`, first come first served.
 * @throws Error naming the first function that none of them has.
 */
export function bindCApi(libraries: LibraryHandle[]): CApi {
  const functions: Partial<Record<keyof CApi, unknown>> = {};
  for (const name of Object.keys(prototypes) as (keyof CApi)[]) {
    const [, result, parameters] = /^(.*?)\((.*)\)$/.exec(prototypes[name]) as RegExpExecArray;
    functions[name] = lookUp(libraries, name, `${result.trimEnd()} ${name}(${parameters})`);
  }
  return functions as CApi;
}

function lookUp(libraries: LibraryHandle[], name: string, declaration: string): unknown {
  for (const library of libraries) {
    try {
      return library.func(declaration);
    } catch {
      // Not in this one: the C API is spread over both libraries.
    }
  }
  throw new Error(`libtensorflow has no function ${name}: TensorFlow 2.16 or later is needed.`);
}
