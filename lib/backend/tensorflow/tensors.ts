// Tensors between JavaScript's memory and TensorFlow's: numbers are copied as bytes, strings one by one.
import type { CApi, Pointer } from "./c-api.ts";
import type { Context } from "./context.ts";
import {
  bytesPerElement,
  dataType,
  dataTypeName,
  fromBytes,
  type HostValues,
  toBytes,
} from "./data-types.ts";
import { readBytes, writeBytes } from "./foreign-memory.ts";

/** The values of a tensor; the strings of a string tensor come encoded, one Uint8Array each. */
export type TensorValues = ReturnType<typeof fromBytes> | Uint8Array[];

/**
 * Make a tensor handle with these values.
 * @throws Error if the shape, the data type and the number of values don't fit together.
 */
export function createHandle(context: Context, shape: number[], code: number, values: HostValues): Pointer {
  let count = 1;
  for (const dimension of shape) {
    if (!Number.isInteger(dimension) || dimension < 0) {
      throw new Error(`[${shape}] is not a shape: every dimension must be a whole number, 0 or more.`);
    }
    count *= dimension;
  }
  if (code === dataType.string) return createStrings(context, shape, count, values);
  const bytes = toBytes(code, count, values);
  const { api, status } = context;
  const tensor = allocate(api, shape, code, count);
  try {
    if (bytes.length > 0) writeBytes(api.TF_TensorData(tensor), bytes);
    const handle = api.TFE_NewTensorHandle(tensor, status);
    context.check("making a tensor");
    return handle;
  } finally {
    api.TF_DeleteTensor(tensor);
  }
}

/** Copy the values of a tensor out of TensorFlow, waiting until they are computed. */
export function readHandle(context: Context, handle: Pointer): TensorValues {
  const { api, status } = context;
  const tensor = api.TFE_TensorHandleResolve(handle, status);
  context.check("reading a tensor");
  try {
    const code = api.TF_TensorType(tensor);
    const size = api.TF_TensorByteSize(tensor);
    if (code === dataType.string) return readStrings(api, tensor, size);
    return fromBytes(code, readBytes(api.TF_TensorData(tensor), size).buffer);
  } finally {
    api.TF_DeleteTensor(tensor);
  }
}

/** What messages call what was recorded. */
export const stepName = "a recorded step";

/**
 * Go on when a tensor of a recorded step is computed.
 * @throws TensorFlowError if it can't be.
 */
export function waitFor(context: Context, handle: Pointer): void {
  const { api, status } = context;
  const tensor = api.TFE_TensorHandleResolve(handle, status);
  context.check(stepName);
  api.TF_DeleteTensor(tensor);
}

/** Room for a shape, which TensorFlow copies. */
let dimensions = new BigInt64Array(8);

function allocate(api: CApi, shape: number[], code: number, count: number): Pointer {
  const bytes = count * bytesPerElement[code];
  if (shape.length > dimensions.length) dimensions = new BigInt64Array(shape.length);
  for (let axis = 0; axis < shape.length; axis++) dimensions[axis] = BigInt(shape[axis]);
  const tensor = api.TF_AllocateTensor(code, dimensions, shape.length, bytes);
  if (tensor === null || (bytes > 0 && !api.TF_TensorData(tensor))) {
    throw new Error(`No memory for a ${dataTypeName(code)} tensor of shape [${shape}] (${bytes} bytes).`);
  }
  return tensor;
}

const stringSize = BigInt(bytesPerElement[dataType.string]);

/**
 * A buffer from TF_AllocateTensor never frees the strings put into it. So TensorFlow makes a copy that
 * does, by appending "" to each, and ours are freed here.
 */
function createStrings(context: Context, shape: number[], count: number, values: HostValues): Pointer {
  const strings = values as ArrayLike<Uint8Array | string>;
  if (strings.length !== count) {
    throw new Error(
      `A string tensor of shape [${shape}] was given ${strings.length} string(s) instead of ${count}.`,
    );
  }
  const { api, status } = context;
  const fill = (dimensions: number[], texts: (Uint8Array | string)[], use: (handle: Pointer) => Pointer) => {
    const tensor = allocate(api, dimensions, dataType.string, texts.length);
    const data = texts.length > 0 ? api.TF_TensorData(tensor) : 0n;
    const elements = texts.map((_, index) => data + BigInt(index) * stringSize);
    texts.forEach((text, index) => {
      const bytes = typeof text === "string" ? Buffer.from(text) : text;
      api.TF_StringInit(elements[index]);
      api.TF_StringCopy(elements[index], bytes, bytes.length);
    });
    try {
      const handle = api.TFE_NewTensorHandle(tensor, status);
      context.check("making a string tensor");
      try {
        return use(handle);
      } finally {
        api.TFE_DeleteTensorHandle(handle);
      }
    } finally {
      for (const element of elements) api.TF_StringDealloc(element);
      api.TF_DeleteTensor(tensor);
    }
  };
  return fill(shape, Array.from(strings), (ours) => fill([], [""], (empty) => append(context, ours, empty)));
}

function append(context: Context, left: Pointer, right: Pointer): Pointer {
  const { api, status } = context;
  const operation = api.TFE_NewOp(context.pointer, "Add", status);
  try {
    for (const input of [left, right]) api.TFE_OpAddInput(operation, input, status);
    const output = new BigUint64Array(1);
    api.TFE_Execute(operation, new Uint8Array(output.buffer), Int32Array.of(1), status);
    context.check("copying a string tensor");
    return output[0];
  } finally {
    api.TFE_DeleteOp(operation);
  }
}

function readStrings(api: CApi, tensor: Pointer, size: number): Uint8Array[] {
  const data = size > 0 ? api.TF_TensorData(tensor) : 0n;
  return Array.from({ length: size / Number(stringSize) }, (_, index) => {
    const element = data + BigInt(index) * stringSize;
    return readBytes(api.TF_StringGetDataPointer(element), api.TF_StringGetSize(element));
  });
}
