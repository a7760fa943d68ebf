// What kinds of imports there are: of files by their path, and of nablab's own packages, which mean the same file whoever
// imports them. TensorFlow.js must exist once in a process,
// since a tensor of one copy is unknown to the other.

import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);

const files = new Map<string, string | undefined>();
/** What cells with JSX import; it needs nothing of the library. */
const JSX_RUNTIME = "nablab/jsx-runtime";
const JSX_FILE = fileURLToPath(new URL("./jsx-runtime.js", import.meta.url));
const LIBRARY = fileURLToPath(new URL("../../lib/index.js", import.meta.url));
const TSLAB = fileURLToPath(new URL("./tslab.js", import.meta.url));

/** Whether a specifier names a file by its path. */
export function isPath(specifier: string): boolean {
  return /^(\.{0,2}\/|\.{1,2}$|file:)/.test(specifier);
}

/** Whether a specifier means TensorFlow.js or nablab's library. */
export function isLibrary(specifier: string): boolean {
  return specifier !== "tslab" && specifier !== JSX_RUNTIME && ownFile(specifier) !== undefined;
}

/** The file for TensorFlow.js in all its guises, nablab's library and tslab's interface; undefined for everything else. */
export function ownFile(specifier: string): string | undefined {
  if (specifier === "tslab") return TSLAB;
  if (specifier === "nablab") return LIBRARY;
  if (specifier === JSX_RUNTIME) return JSX_FILE;
  // Node's native binding is ours: what remains of these packages is the public face.
  const name = specifier.replace(/^@tensorflow\/tfjs-node(-gpu)?$/, "@tensorflow/tfjs");
  if (!/^@tensorflow\/tfjs(-core|-layers|-data|-converter|-backend-cpu|-backend-wasm)?(\/|$)/.test(name))
    return undefined;
  // Remembered before it is known: the resolution may ask here again (see resolveOwnFiles in loader.ts).
  if (!files.has(name)) {
    files.set(name, undefined);
    files.set(name, resolve(name));
  }
  return files.get(name);
}

function resolve(name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    return undefined; // a file that our version lacks
  }
}
