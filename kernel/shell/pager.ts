// `name?` shows in the front end's pager what is known about a name, `name??` also its source, as in IPython.
// Neither is TypeScript. See `payload` in Jupyter's messaging specification.

import { about } from "./assistance.ts";
import type { Engines } from "./engines.ts";
import type { Content } from "./transport.ts";

const NAME = "[\\p{ID_Start}$_][\\p{ID_Continue}$]*";
const QUESTION = new RegExp(`^\\s*(%{0,2}${NAME}(?:\\.${NAME})*)(\\?\\??)\\s*$`, "u");

export interface Question {
  expression: string;
  withSource: boolean;
}

/** What a cell asks about, or undefined where it is an ordinary cell. */
export function questionOf(source: string): Question | undefined {
  const [, expression, marks] = QUESTION.exec(source) ?? [];
  const isMagic = expression?.startsWith("%") ?? false;
  return expression === undefined ? undefined : { expression, withSource: marks === "??" && !isMagic };
}

/** The payload that opens the pager, or undefined where nothing is known. */
export async function page(
  { expression, withSource }: Question,
  engines: Engines,
): Promise<Content | undefined> {
  if (expression.startsWith("%")) {
    const { magicHelp } = await import("../magics/index.ts");
    const text = magicHelp(expression);
    return text === undefined ? undefined : { source: "page", data: { "text/plain": text }, start: 0 };
  }
  const found = await about(expression, expression.length, { withSource, engines });
  if (!found) return undefined;
  const data = { "text/plain": found.text, "text/markdown": found.markdown };
  return { source: "page", data, start: 0 };
}
