// Which inputs of an operation are lists. Run eagerly an operation takes all its inputs in a row; in a graph a
// list is added as one. Read from TensorFlow's own definition (OpDef in tensorflow/core/framework/op_def.proto).
import type { Context } from "../context.ts";
import { bufferBytes, fields } from "../protobuf.ts";

// Fields of the two messages, by number.
const inputArgument = 2;
const numberAttribute = 5;
const typeListAttribute = 6;

const known = new Map<string, boolean[]>();

/**
 * For each input in the definition of `name`, whether it is a list.
 * @throws TensorFlowError if there is no such operation.
 */
export function listInputs(context: Context, graph: bigint, name: string): boolean[] {
  const found = known.get(name);
  if (found) return found;
  const { api, status } = context;
  const buffer = api.TF_NewBuffer();
  try {
    api.TF_GraphGetOpDef(graph, name, buffer, status);
    context.check(`looking up ${name}`);
    const lists = fields(bufferBytes(buffer))
      .filter(({ number }) => number === inputArgument)
      .map(({ bytes }) =>
        fields(bytes).some(({ number }) => number === numberAttribute || number === typeListAttribute),
      );
    known.set(name, lists);
    return lists;
  } finally {
    api.TF_DeleteBuffer(buffer);
  }
}
