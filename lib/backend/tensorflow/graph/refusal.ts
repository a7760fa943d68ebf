// Why a step can't be recorded, as one plain sentence that names the line of the user's code.
import { dirname } from "node:path";

const library = dirname(dirname(dirname(import.meta.dirname)));

/** A step that can't be recorded, or not yet. */
export class Refusal extends Error {
  override name = "Refusal";
  /** Whether it may be recorded another time. */
  readonly passing: boolean;

  /** @param reason Goes on from "The step was not recorded because …". */
  constructor(reason: string, { passing = false } = {}) {
    super(reason);
    this.passing = passing;
  }
}

/** ` at FILE:LINE` of the innermost caller outside of this library and its dependencies, or nothing. */
export function atUserLine(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 100;
  const lines = (new Error().stack ?? "").split("\n").slice(1);
  Error.stackTraceLimit = limit;
  for (const line of lines) {
    if (/node_modules|\(node:|at node:|\(<anonymous>\)|at async|at new Promise/.test(line)) continue;
    const [, path, number] = /(?:\(|at )([^()]+):(\d+):\d+\)?$/.exec(line) ?? [];
    if (path && !path.replace("file://", "").startsWith(library)) return ` at ${path}:${number}`;
  }
  return "";
}
