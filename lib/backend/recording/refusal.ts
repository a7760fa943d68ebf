// Why a step can't be recorded, as one plain sentence that names the line of the user's code.
import { userLine } from "../user-line.ts";

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
  const line = userLine();
  return line ? ` at ${line}` : "";
}
