// `name?` shows in the front end's pager what is known about a name, `name??` also its source, as in IPython.
// Neither is TypeScript. See `payload` in Jupyter's messaging specification.

import type { Language } from "../language/types.ts";
import type { MimeBundle } from "../runner/messages.ts";
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

/** An expression whose value shows the source of a function or class, as the runner has it: without types. */
export function sourceOf(expression: string): string {
  const text = `typeof ${expression} === "function" ? String(${expression}) : ""`;
  return `({ [Symbol.for("Jupyter.display")]: () => ({ "text/plain": ${text} }) })`;
}

/** The payload that opens the pager, or undefined where nothing is known; `value` is the reply to `sourceOf`. */
export async function page(
  { expression }: Question,
  language: Language,
  value: unknown,
): Promise<Content | undefined> {
  if (expression.startsWith("%")) {
    const { magicHelp } = await import("../magics/index.ts");
    const text = magicHelp(expression);
    return text === undefined ? undefined : { source: "page", data: { "text/plain": text }, start: 0 };
  }
  const found = await language.inspect(expression, expression.length);
  if (!found) return undefined;
  const source = (value as { data?: MimeBundle } | undefined)?.data?.["text/plain"];
  const data = {
    "text/plain": source ? `${found.text}\n\n${source}` : found.text,
    "text/markdown": source ? `${found.markdown}\n\n\`\`\`javascript\n${source}\n\`\`\`` : found.markdown,
  };
  return { source: "page", data, start: 0 };
}
