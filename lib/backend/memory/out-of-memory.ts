// No memory: one error for what each backend says, or does not say, when a tensor is too large.
import * as tf from "@tensorflow/tfjs";
import { formatSize } from "../../plot/table.ts";

/** There is no memory for a tensor. The operation left nothing behind, and the next one works. */
class OutOfMemoryError extends Error {
  override name = "OutOfMemoryError";
}

interface Engine {
  runKernel(name: string, inputs: tf.NamedTensorMap, attributes?: unknown): unknown;
}

/** Have operations tell which of them got no memory, and for what. */
export function explainOutOfMemory(): void {
  const engine = tf.engine() as unknown as Engine;
  const { runKernel } = engine;
  engine.runKernel = function (name, inputs, attributes) {
    try {
      return runKernel.call(this, name, inputs, attributes);
    } catch (error) {
      if (error instanceof OutOfMemoryError || !isOutOfMemory(error)) throw error;
      throw new OutOfMemoryError(describe(name, inputs, error as Error), { cause: error });
    }
  };
}

function isOutOfMemory(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof RangeError)
    return /typed array length|allocation failed|array length/i.test(error.message);
  return /OOM when allocating|No memory for/.test(error.message);
}

function describe(kernel: string, inputs: tf.NamedTensorMap, { message }: Error): string {
  const given = Object.values(inputs)
    .flat()
    .filter((tensor) => tensor?.shape)
    .map(({ dtype, shape }) => `${dtype}[${shape}]`);
  const shape = /shape ?\[([\d,]+)\]/.exec(message)?.[1];
  const wanted = shape
    ? ` of shape [${shape}], ${formatSize(4 * shape.split(",").reduce((a, b) => a * Number(b), 1))}`
    : "";
  const { numTensors, numBytes } = tf.memory();
  return (
    `There is no memory for the result of ${kernel}${wanted} (${message.replace(/\.$/, "")}). ` +
    `It was given ${given.join(", ") || "no tensors"}; ${numTensors} tensors take ${formatSize(numBytes)}: ` +
    "dl.memory() tells which."
  );
}
