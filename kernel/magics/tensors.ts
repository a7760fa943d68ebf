// `%tensors`: how many tensors live, how much memory they take, and which of them the session's names lead to.

import { loadedTensorFlow } from "../runner/preload.ts";
import { session } from "../runner/variables.ts";

type Tensor = import("@tensorflow/tfjs").Tensor;

const SHOWN = 10;
/** How deep in arrays, objects and models tensors are looked for. */
const DEPTH = 4;

/** The text of `%tensors`. */
export function tensorTable(): string {
  const tf = loadedTensorFlow();
  if (!tf) return "No tensors: TensorFlow.js is loaded when a cell first needs it.\n";
  const { numTensors, numBytes } = tf.memory();
  const total = `${numTensors} ${numTensors === 1 ? "tensor" : "tensors"}, ${formatBytes(numBytes)}\n`;
  const { names, values } = session();
  const named = new Map<Tensor, string>();
  const seen = new Set<object>();
  const visit = (value: unknown, name: string, depth: number): void => {
    if (typeof value !== "object" || value === null || seen.has(value) || ArrayBuffer.isView(value)) return;
    seen.add(value);
    if (value instanceof tf.Tensor) {
      if (!value.isDisposed) named.set(value, name);
    } else if (value instanceof tf.LayersModel) {
      for (const weight of value.weights) visit(weight.read(), `${name}: ${weight.name}`, depth);
    } else if (depth < DEPTH) {
      for (const [key, part] of ownValues(value)) {
        visit(part, /^\d+$/.test(key) ? `${name}[${key}]` : `${name}.${key}`, depth + 1);
      }
    }
  };
  for (const [index, name] of names.entries()) visit(values[index], name, 0);
  const biggest = [...named].sort(([a], [b]) => bytesOf(b) - bytesOf(a));
  const rows = biggest
    .slice(0, SHOWN)
    .map(([tensor, name]) => [name, `[${tensor.shape}]`, tensor.dtype, formatBytes(bytesOf(tensor))]);
  const more = biggest.length > SHOWN ? `… and ${biggest.length - SHOWN} smaller ones with names\n` : "";
  const unnamed = numTensors - named.size;
  const rest =
    unnamed > 0
      ? `${unnamed} without a name of the session's (inside functions, optimizers, libraries)\n`
      : "";
  return (
    total + (rows.length > 0 ? formatTable([["name", "shape", "type", "memory"], ...rows]) : "") + more + rest
  );
}

/** Parts of a value, without calling any getter. */
function ownValues(value: object): [string, unknown][] {
  if (value instanceof Map) return [...value].map(([key, part]) => [String(key), part]);
  if (Array.isArray(value) && value.length > 1000) return [];
  return Object.entries(Object.getOwnPropertyDescriptors(value))
    .filter(([, descriptor]) => "value" in descriptor)
    .map(([key, descriptor]) => [key, descriptor.value]);
}

function bytesOf({ size, dtype }: Tensor): number {
  return size * (dtype === "bool" ? 1 : dtype === "complex64" ? 8 : 4);
}

function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kB", "MB", "GB", "TB"];
  const order = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  return `${Number((bytes / 1000 ** order).toPrecision(3))} ${units[order - 1]}`;
}

/** Rows in columns; the first row is the head. */
export function formatTable(rows: string[][]): string {
  const [head = []] = rows;
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  return `${[line(head), rule, ...rows.slice(1).map(line)].join("\n")}\n`;
}
