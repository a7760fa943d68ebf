// HDF5 files as trees of groups, read and written whole by the HDF5 library itself, compiled to WebAssembly.

import { DamagedFileError } from "./file.ts";
import type { Values } from "./weights.ts";

export interface Group {
  attributes: Map<string, string | string[]>;
  groups: Map<string, Group>;
  datasets: Map<string, Values>;
}

export function emptyGroup(): Group {
  return { attributes: new Map(), groups: new Map(), datasets: new Map() };
}

/** The group at `path` below another; undefined if there is none. */
export function groupAt(root: Group, path: string): Group | undefined {
  return path.split("/").reduce<Group | undefined>((group, name) => group?.groups.get(name), root);
}

/** The group at `path`, made where it is missing. */
export function makeGroup(root: Group, path: string): Group {
  return path.split("/").reduce((group, name) => {
    const found = group.groups.get(name) ?? emptyGroup();
    group.groups.set(name, found);
    return found;
  }, root);
}

type Library = typeof import("h5wasm");

/** Loaded when it is needed: four megabytes of WebAssembly. */
async function library() {
  const hdf5 = await import("h5wasm");
  const { FS, activate_throwing_error_handler } = await hdf5.ready;
  // Otherwise it writes pages to stderr and goes on.
  activate_throwing_error_handler();
  return { hdf5, FS };
}

const place = "file.h5";

/** @throws DamagedFileError if it is no HDF5 file or ends too early. */
export async function readHdf5(bytes: Uint8Array, path: string): Promise<Group> {
  requireComplete(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), path);
  const { hdf5, FS } = await library();
  FS.writeFile(place, bytes);
  try {
    const file = new hdf5.File(place, "r");
    try {
      return readGroup(hdf5, file);
    } finally {
      file.close();
    }
  } catch (error) {
    if (error instanceof RangeError) throw error;
    throw new DamagedFileError(path, `${(error as Error).message.split("\n")[0]}.`);
  } finally {
    FS.unlink(place);
  }
}

export async function writeHdf5(root: Group): Promise<Uint8Array> {
  const { hdf5, FS } = await library();
  try {
    const file = new hdf5.File(place, "w");
    try {
      writeGroup(file, root);
    } finally {
      file.close();
    }
    return Uint8Array.from(FS.readFile(place));
  } finally {
    FS.unlink(place);
  }
}

/** The superblock (HDF5 file format specification, II.A) tells where the file has to end. */
function requireComplete(file: Buffer, path: string): void {
  if (file.length < 48 || file.toString("latin1", 0, 8) !== "\x89HDF\r\n\x1a\n") {
    throw new DamagedFileError(path, "it does not begin as an HDF5 file does.");
  }
  const endAt = { 0: 40, 1: 44, 2: 28, 3: 28 }[file[8] as number] ?? 28;
  const end = Number(file.readBigUInt64LE(endAt));
  if (end > file.length) throw new DamagedFileError(path, `it ends at byte ${file.length} of ${end}.`);
}

function readGroup(hdf5: Library, group: InstanceType<Library["Group"]>): Group {
  const result = emptyGroup();
  for (const [name, { value }] of Object.entries(group.attrs)) {
    if (typeof value === "string") result.attributes.set(name, value);
    // A list of no names is written as one of no numbers.
    else if (Array.isArray(value) || ArrayBuffer.isView(value)) {
      result.attributes.set(name, Array.from(value as string[], String));
    }
  }
  for (const name of group.keys()) {
    const entry = group.get(name);
    if (entry instanceof hdf5.Group) result.groups.set(name, readGroup(hdf5, entry));
    else if (entry instanceof hdf5.Dataset) result.datasets.set(name, readDataset(entry));
  }
  return result;
}

function readDataset(dataset: InstanceType<Library["Dataset"]>): Values {
  const { value, path } = dataset;
  const shape = dataset.shape ?? [];
  const numbers = ArrayBuffer.isView(value)
    ? Array.from(value as never as number[], Number)
    : [Number(value)];
  if (value instanceof Float32Array) return { shape, dtype: "float32", data: value };
  if (value instanceof Float64Array) return { shape, dtype: "float32", data: Float32Array.from(value) };
  const whole = numbers.every((each) => each === (each | 0));
  if (typeof dataset.dtype === "string" && /[ilqbhILQBH]$/.test(dataset.dtype) && whole) {
    return { shape, dtype: "int32", data: Int32Array.from(numbers) };
  }
  if (numbers.some(Number.isNaN)) throw new RangeError(`${path} holds ${dataset.dtype}, not numbers.`);
  return { shape, dtype: "float32", data: Float32Array.from(numbers) };
}

/** What an attribute with a list may hold; Keras spreads longer lists over several. */
const largestAttribute = 60_000;

function writeGroup(target: InstanceType<Library["Group"]>, group: Group): void {
  for (const [name, value] of group.attributes) {
    if (typeof value === "string") target.create_attribute(name, value, null, "S");
    else if (value.length === 0) target.create_attribute(name, [], [0], "<d");
    else {
      const parts = inParts(value);
      parts.forEach((part, index) => {
        target.create_attribute(parts.length === 1 ? name : `${name}${index}`, part);
      });
    }
  }
  for (const [name, { shape, dtype, data }] of group.datasets) {
    target.create_dataset({
      name,
      data,
      shape,
      dtype: dtype === "float32" ? "<f" : dtype === "int32" ? "<i" : "<B",
    });
  }
  for (const [name, child] of group.groups) writeGroup(target.create_group(name), child);
}

function inParts(names: string[]): string[][] {
  const longest = Math.max(...names.map((name) => Buffer.byteLength(name)));
  const count = Math.max(1, Math.floor(largestAttribute / (longest + 16)));
  return Array.from({ length: Math.ceil(names.length / count) }, (_, part) =>
    names.slice(part * count, (part + 1) * count),
  );
}

/** A list of names that may be spread over several attributes. */
export function listAttribute({ attributes }: Group, name: string): string[] | undefined {
  const whole = attributes.get(name);
  if (whole !== undefined) return [whole].flat();
  const parts: string[] = [];
  for (let part = 0; attributes.has(`${name}${part}`); part++) {
    parts.push(...[attributes.get(`${name}${part}`) as string | string[]].flat());
  }
  return parts.length > 0 ? parts : undefined;
}
