// A widget's state as its messages carry it: JSON, with binary values taken out and sent beside it, and other widgets
// named by their ids (https://github.com/jupyter-widgets/ipywidgets/blob/main/packages/schema/messages.md, 2.1.0).

type Path = (string | number)[];

export interface Packed {
  state: Record<string, unknown>;
  buffer_paths: Path[];
}

/** A state without its binary values, which are in `buffers`, each with the path to its place. */
export function pack(state: Record<string, unknown>): { packed: Packed; buffers: Uint8Array[] } {
  const paths: Path[] = [];
  const buffers: Uint8Array[] = [];
  const visit = (value: unknown, path: Path): unknown => {
    const binary = asBytes(value);
    if (binary) {
      paths.push(path);
      buffers.push(binary);
      return undefined;
    }
    if (Array.isArray(value)) return value.map((each, index) => visit(each, [...path, index]) ?? null);
    if (typeof value !== "object" || value === null || !isPlain(value)) return value;
    const entries = Object.entries(value).map(([key, each]) => [key, visit(each, [...path, key])]);
    return Object.fromEntries(entries.filter(([, each]) => each !== undefined));
  };
  return { packed: { state: visit(state, []) as Record<string, unknown>, buffer_paths: paths }, buffers };
}

/** The state with its binary values in their places. */
export function unpack(
  { state, buffer_paths }: Packed,
  buffers: readonly Uint8Array[],
): Record<string, unknown> {
  const whole = structuredClone(state);
  for (const [index, path] of buffer_paths.entries()) {
    let place: Record<string | number, unknown> = whole;
    for (const step of path.slice(0, -1)) place = place[step] as Record<string | number, unknown>;
    place[path.at(-1) as string | number] = buffers[index];
  }
  return whole;
}

function asBytes(value: unknown): Uint8Array | undefined {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (!ArrayBuffer.isView(value)) return undefined;
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
