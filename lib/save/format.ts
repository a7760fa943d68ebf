// Which format a path means.

import { basename, dirname, extname } from "node:path";

export interface Format {
  name: "layers" | "safetensors" | "keras" | "keras weights" | "hdf5";
  /** The file, or the folder of a format that is one. */
  path: string;
}

/** @throws RangeError if no format has the path's ending. */
export function formatOf(path: string): Format {
  const ending = extname(path).toLowerCase();
  if (path.endsWith("/") || ending === "") return { name: "layers", path };
  if (basename(path) === "model.json") return { name: "layers", path: dirname(path) };
  if (ending === ".safetensors") return { name: "safetensors", path };
  if (ending === ".keras") return { name: "keras", path };
  if (ending === ".h5" || ending === ".hdf5") {
    return { name: /\.weights\.(h5|hdf5)$/i.test(path) ? "keras weights" : "hdf5", path };
  }
  throw new RangeError(
    `"${path}": models are saved in folders (no ending, or a "/" behind it) and in files that end in .keras, .h5, ` +
      `.weights.h5 or .safetensors; "${ending}" is none of these.`,
  );
}
