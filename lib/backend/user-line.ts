// Where in the user's code the library was called.
import { dirname } from "node:path";

const library = dirname(import.meta.dirname);

/** `FILE:LINE` of the innermost caller outside of this library and its dependencies. */
export function userLine(): string | undefined {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 60;
  const lines = (new Error().stack ?? "").split("\n").slice(1);
  Error.stackTraceLimit = limit;
  for (const line of lines) {
    if (/node_modules|\(node:|at node:|\(<anonymous>\)|at async|at new Promise/.test(line)) continue;
    const [, path, number] = /(?:\(|at )([^()]+):(\d+):\d+\)?$/.exec(line) ?? [];
    if (path && !path.replace("file://", "").startsWith(library)) return `${path}:${number}`;
  }
  return undefined;
}
