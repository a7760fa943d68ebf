// TensorFlow.js's random functions, of which those without a seed can be replaced. This comes before anything that imports
// TensorFlow.js as an ES module: Node copies the functions of a CommonJS module when it is first imported so.
import { createRequire } from "node:module";

type TensorFlow = typeof import("@tensorflow/tfjs");

const names = [
  "dropout",
  "multinomial",
  "randomNormal",
  "randomStandardNormal",
  "randomUniform",
  "randomUniformInt",
  "truncatedNormal",
] as const;

export type RandomFunctions = Pick<TensorFlow, (typeof names)[number]>;

const require = createRequire(import.meta.url);
const core = createRequire(require.resolve("@tensorflow/tfjs"))("@tensorflow/tfjs-core") as TensorFlow;

/** TensorFlow.js's own, which draw in JavaScript. */
export const originals: RandomFunctions = Object.fromEntries(
  names.map((name) => [name, core[name]]),
) as unknown as RandomFunctions;

const current = { ...originals };
type AnyFunction = (...given: unknown[]) => unknown;
for (const name of names) {
  const dispatch: AnyFunction = (...given) => (current[name] as AnyFunction)(...given);
  Object.assign(core, { [name]: dispatch });
}

/** Run `body` with TensorFlow.js's own. */
export function withOriginals<Result>(body: () => Result): Result {
  const before = { ...current };
  Object.assign(current, originals);
  try {
    return body();
  } finally {
    Object.assign(current, before);
  }
}

export function replaceRandomFunctions(replacements: RandomFunctions): void {
  Object.assign(current, replacements);
}
