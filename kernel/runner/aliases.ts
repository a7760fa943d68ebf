// Which imports mean nablab's own packages, whoever imports them: TensorFlow.js must exist once in a process,
// since a tensor of one copy is unknown to the other.

import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);

const LIBRARY = fileURLToPath(new URL("../../lib/index.js", import.meta.url));

/** The file for TensorFlow.js in all its guises and for nablab's library; undefined for everything else. */
export function ownFile(specifier: string): string | undefined {
  if (specifier === "nablab") return LIBRARY;
  // Node's native binding is ours: what remains of these packages is the public face.
  const name = specifier.replace(/^@tensorflow\/tfjs-node(-gpu)?$/, "@tensorflow/tfjs");
  if (!/^@tensorflow\/tfjs(-core|-layers|-data|-converter|-backend-cpu|-backend-wasm)?(\/|$)/.test(name)) return undefined;
  try {
    return require.resolve(name);
  } catch {
    return undefined; // a file that our version lacks
  }
}
