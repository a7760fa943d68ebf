// `name?` shows in the front end's pager what is known about a name, `name??` also its source, as in IPython.
// Neither is TypeScript. See `payload` in Jupyter's messaging specification.

import { about } from "./assistance.ts";
import type { Engines } from "./engines.ts";
import type { Content } from "./transport.ts";

const NAME = "[\\p{ID_Start}$_][\\p{ID_Continue}$]*";
const QUESTION = new RegExp(`^\\s*(${NAME}(?:\\.${NAME})*)(\\?\\??)\\s*$`, "u");

export interface Question {
  expression: string;
  withSource: boolean;
}

/** What a cell asks about, or undefined where it is an ordinary cell. */
export function questionOf(source: string): Question | undefined {
  const [, expression, marks] = QUESTION.exec(source) ?? [];
  return expression === undefined ? undefined : { expression, withSource: marks === "??" };
}

/** The payload that opens the pager, or undefined where nothing is known. */
export async function page(
  { expression, withSource }: Question,
  engines: Engines,
): Promise<Content | undefined> {
  const found = await about(expression, expression.length, { withSource, engines });
  if (!found) return undefined;
  const data = { "text/plain": found.text, "text/markdown": found.markdown };
  return { source: "page", data, start: 0 };
}
