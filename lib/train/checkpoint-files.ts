// A checkpoint on disk: `state.json` with everything but numbers in bulk, and `tensors.bin` with these. A folder is
// written beside its place and then renamed, so that a crash leaves the old checkpoint or the new one.

import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { StoredTensor, TrainingState } from "./training-state.ts";

const format = "nablab checkpoint 1";

type Entry = Omit<StoredTensor, "values"> & { offset: number; bytes: number };

/** Write a run's state into a folder, which is made if need be; a checkpoint there is replaced. */
export async function writeCheckpoint(folder: string, { tensors, ...rest }: TrainingState): Promise<void> {
  let offset = 0;
  const entries = tensors.map(({ values, ...entry }): Entry => {
    const start = offset;
    offset += values.byteLength;
    return { ...entry, offset: start, bytes: values.byteLength };
  });
  const bytes = Buffer.concat(
    tensors.map(({ values }) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength)),
  );
  const [fresh, old] = [`${folder}.new`, `${folder}.old`];
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  await writeFile(join(fresh, "tensors.bin"), bytes);
  const state = { format, ...rest, tensors: entries };
  await writeFile(join(fresh, "state.json"), `${JSON.stringify(state, nonFiniteAsText, 1)}\n`);
  await rm(old, { recursive: true, force: true });
  await rename(folder, old).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  await rename(fresh, folder);
  await rm(old, { recursive: true, force: true });
}

/**
 * Read what `writeCheckpoint` has written.
 *
 * @throws RangeError if there is no checkpoint, or none that can be read.
 */
export async function readCheckpoint(folder: string): Promise<TrainingState> {
  const read = async (place: string) => {
    const [text, bytes] = await Promise.all([
      readFile(join(place, "state.json"), "utf8"),
      readFile(join(place, "tensors.bin")),
    ]);
    return { text, bytes };
  };
  // A crash between the two renamings leaves the old one under its other name.
  const { text, bytes } = await read(folder)
    .catch(() => read(`${folder}.old`))
    .catch((error: Error) => {
      throw new RangeError(
        `There is no checkpoint in "${folder}" (${error.message}). ` +
          "Give the folder that dl.train.callbacks.checkpoint wrote to, or leave resume out to start anew.",
      );
    });
  const { format: found, tensors, ...rest } = JSON.parse(text, textAsNonFinite);
  if (found !== format) {
    throw new RangeError(`The checkpoint in "${folder}" has the format "${found}"; this is "${format}".`);
  }
  const last = (tensors as Entry[]).at(-1);
  if (last && last.offset + last.bytes !== bytes.length) {
    throw new RangeError(
      `The checkpoint in "${folder}" is damaged: tensors.bin has ${bytes.length} bytes instead of ${last.offset + last.bytes}.`,
    );
  }
  return {
    ...rest,
    tensors: (tensors as Entry[]).map(({ offset, bytes: length, ...entry }): StoredTensor => {
      const own = Uint8Array.prototype.slice.call(bytes, offset, offset + length);
      return { ...entry, values: typed(entry.dtype, own) };
    }),
  };
}

function typed(dtype: StoredTensor["dtype"], bytes: Uint8Array): StoredTensor["values"] {
  if (dtype === "float32") return new Float32Array(bytes.buffer);
  return dtype === "int32" ? new Int32Array(bytes.buffer) : bytes;
}

// JSON has no ∞ and NaN, which the best value so far of a callback may be.
function nonFiniteAsText(_: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? `number ${value}` : value;
}

function textAsNonFinite(_: string, value: unknown): unknown {
  return typeof value === "string" && /^number (NaN|-?Infinity)$/.test(value)
    ? Number(value.slice("number ".length))
    : value;
}
