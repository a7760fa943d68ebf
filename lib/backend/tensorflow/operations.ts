// Running one TensorFlow operation eagerly.

import { type Attribute, setAttribute } from "./attributes.ts";
import type { Pointer } from "./c-api.ts";
import { type Context, TensorFlowError } from "./context.ts";
import { dataTypeName } from "./data-types.ts";
import { returnFreedMemory } from "./resident-memory.ts";

let outputs = new BigUint64Array(64);
let outputBytes = new Uint8Array(outputs.buffer);
const outputCount = new Int32Array(1);

/**
 * Run the operation `name` and return the handles of its outputs, which the caller owns.
 * @throws TensorFlowError by `failure`, with TensorFlow's message and the inputs; nothing is left behind.
 */
export function execute(
  context: Context,
  name: string,
  attributes: Attribute[],
  inputs: readonly Pointer[],
  expectedOutputs: number,
  failure = operationFailure,
): Pointer[] {
  const { api, status } = context;
  returnFreedMemory();
  const operation = api.TFE_NewOp(context.pointer, name, status);
  if (!operation) throw failure(context, name, inputs);
  try {
    // No check after each input: an operation with too few or too many of them fails when it is run.
    for (const input of inputs) api.TFE_OpAddInput(operation, input, status);
    for (const attribute of attributes) setAttribute(context.eagerSetters, operation, attribute);
    if (expectedOutputs > outputs.length) {
      outputs = new BigUint64Array(expectedOutputs);
      outputBytes = new Uint8Array(outputs.buffer);
    }
    outputCount[0] = expectedOutputs;
    api.TFE_Execute(operation, outputBytes, outputCount, status);
    if (context.failed()) throw failure(context, name, inputs);
    const handles: Pointer[] = new Array(outputCount[0]);
    for (let index = 0; index < handles.length; index++) handles[index] = outputs[index];
    return handles;
  } finally {
    api.TFE_DeleteOp(operation);
  }
}

/** The shape of the tensor behind a handle. */
export function shapeOf(context: Context, handle: Pointer): number[] {
  const { api, status } = context;
  const shape: number[] = new Array(api.TFE_TensorHandleNumDims(handle, status));
  for (let index = 0; index < shape.length; index++) {
    shape[index] = Number(api.TFE_TensorHandleDim(handle, index, status));
  }
  return shape;
}

/** Reads the status first: describing the inputs makes further calls, which overwrite it. */
function operationFailure(context: Context, name: string, inputs: readonly Pointer[]): TensorFlowError {
  const message = context.message();
  const described = inputs.map(
    (input) => `${dataTypeName(context.api.TFE_TensorHandleDataType(input))}[${shapeOf(context, input)}]`,
  );
  const given = described.length > 0 ? ` Its inputs: ${described.join(", ")}.` : "";
  return new TensorFlowError(`TensorFlow's ${name} failed: ${message.replace(/\.?$/, ".")}${given}`);
}
