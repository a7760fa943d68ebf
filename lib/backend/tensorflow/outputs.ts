// Lists of TF_Output, as TensorFlow takes them: one after the other.
import type { GraphOutput } from "./c-api.ts";

const bytesPerOutput = 16;

export function outputBytes(outputs: GraphOutput[]): Uint8Array {
  // koffi passes an empty array as such; TensorFlow looks at none of it.
  const bytes = new DataView(new ArrayBuffer(Math.max(1, outputs.length) * bytesPerOutput));
  outputs.forEach(({ operation, index }, position) => {
    bytes.setBigUint64(position * bytesPerOutput, operation, true);
    bytes.setInt32(position * bytesPerOutput + 8, index, true);
  });
  return new Uint8Array(bytes.buffer);
}
