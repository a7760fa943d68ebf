// NumPy arrays in a file of Python's pickle module, as many a data set is published
// (https://docs.python.org/3/library/pickle.html). Nothing in it is run: only arrays and numbers are made.

import { Parser } from "pickleparser";
import { type NumpyArray, readNumpyValues } from "./npy.ts";

/**
 * Read a pickled dictionary: the NumPy arrays that are its values, by name; what else it holds is left out.
 *
 * @param name The file's name, for messages.
 * @throws Error naming the file if it is no pickle, damaged or cut off, or holds no dictionary with arrays.
 */
export function readPickle(bytes: Uint8Array, name: string): Record<string, NumpyArray> {
  let content: unknown;
  try {
    content = new Parser({
      nameResolver: { resolve: (module, object) => resolve(`${module}.${object}`, name) },
    }).parse(bytes);
  } catch (error) {
    if (error instanceof PickledArrayError) throw error;
    throw new Error(`${name} is no pickle file, or damaged or cut off (${(error as Error).message}).`);
  }
  const arrays = Object.entries(content ?? {}).flatMap(([key, value]) =>
    value instanceof PickledArray && value.array ? [[key, value.array] as const] : [],
  );
  if (arrays.length === 0) throw new Error(`${name} holds no dictionary with NumPy arrays.`);
  return Object.fromEntries(arrays);
}

class PickledArrayError extends Error {}

// Called with what numpy.ndarray's own __setstate__ takes.
class PickledArray {
  array: NumpyArray | undefined;
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  __setstate__(
    state: [version: number, shape: number[], type: PickledType, fortran: boolean, data: Uint8Array],
  ): void {
    const [, shape, type, fortranOrder, data] = state;
    if (!(type instanceof PickledType && data instanceof Uint8Array)) {
      throw new PickledArrayError(
        `${this.#name} holds an array of Python objects; arrays of numbers are read.`,
      );
    }
    const dtype = `${type.endian}${type.code}`;
    this.array = readNumpyValues(data, { dtype, shape: [...shape], fortranOrder }, this.#name);
  }
}

class PickledType {
  readonly code: string;
  endian = "|";

  constructor(code: string) {
    this.code = code;
  }

  __setstate__(state: [version: number, endian: string]): void {
    this.endian = state[1];
  }
}

// biome-ignore lint/suspicious/noExplicitAny: the parser's own type of what a name stands for.
function resolve(path: string, name: string): (...args: any[]) => any {
  if (/^numpy\.(_?core)\.multiarray\._reconstruct$/.test(path)) return () => new PickledArray(name);
  if (path === "numpy.dtype") return (code: string) => new PickledType(code);
  // How protocols before 3 keep bytes.
  if (path === "_codecs.encode")
    return (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  // Anything else is kept as an empty object, whatever its state is.
  return () => ({ __setstate__: () => undefined });
}
