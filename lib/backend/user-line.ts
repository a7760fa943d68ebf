// Where in the user's code the library was called.
import { dirname } from "node:path";

const library = dirname(import.meta.dirname);

/** `FILE:LINE` of the innermost caller outside of this library and its dependencies. */
export function userLine(): string | undefined {
  const { stackTraceLimit, prepareStackTrace } = Error;
  Error.stackTraceLimit = 60;
  // Each place costs more to find out, and to tell in words, than to pass by: only those that may be it are asked for.
  Error.prepareStackTrace = (error, callSites) => {
    for (const callSite of callSites) {
      const file = callSite.getFileName();
      if (
        !file ||
        callSite.isAsync() ||
        /node_modules|^node:/.test(file) ||
        file.replace("file://", "").startsWith(library)
      )
        continue;
      const told = prepareStackTrace ? String(prepareStackTrace(error, [callSite])) : `(${callSite})`;
      const [, path, number] = /(?:\(|at )([^()]+):(\d+):\d+\)*$/.exec(told) ?? [];
      if (path) return `${path}:${number}`;
    }
    return undefined;
  };
  try {
    return new Error().stack;
  } finally {
    Object.assign(Error, { stackTraceLimit, prepareStackTrace });
  }
}
