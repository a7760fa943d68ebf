// Which inputs of an operation are lists. Run eagerly an operation takes all its inputs in a row; in a graph a
// list is added as one. Read from TensorFlow's own definition (OpDef in tensorflow/core/framework/op_def.proto).
import koffi from "koffi";
import type { Context } from "../context.ts";

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
    // TF_Buffer: { const void *data; size_t length; … }
    const [data, length] = new BigUint64Array(koffi.view(buffer, 16).slice(0));
    const definition = new Uint8Array(koffi.view(data, Number(length)).slice(0));
    const lists = fields(definition)
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

/** The fields of a protocol buffer message; `bytes` is empty for numbers, which are of no use here. */
function fields(message: Uint8Array): { number: number; bytes: Uint8Array }[] {
  const result: { number: number; bytes: Uint8Array }[] = [];
  let position = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[position++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (position < message.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    let length = 0;
    if (tag % 8 === 0) varint();
    else if (tag % 8 === 1) position += 8;
    else if (tag % 8 === 5) position += 4;
    else length = varint();
    result.push({ number, bytes: message.subarray(position, position + length) });
    position += length;
  }
  return result;
}
