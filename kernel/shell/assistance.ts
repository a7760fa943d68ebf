// complete, inspect and is_complete: questions about code that is being typed.

import type { Language } from "../language/types.ts";
import { toCodePoints, toCodeUnits } from "./code-points.ts";
import { readNumber, readString } from "./content.ts";
import type { Engines } from "./engines.ts";
import type { Content } from "./transport.ts";

function codeAndCursor(content: Content): { code: string; cursor: number } {
  const code = readString(content, "code");
  return { code, cursor: toCodeUnits(code, readNumber(content, "cursor_pos", Number.POSITIVE_INFINITY)) };
}

export async function complete(content: Content, { language, folder }: Engines): Promise<Content> {
  const { code, cursor } = codeAndCursor(content);
  const { completeMagic } = await import("../magics/index.ts");
  const completions =
    completeMagic(code, cursor, folder) ?? (await language.complete(await viewOf(code, language), cursor));
  const start = toCodePoints(code, completions.start);
  const end = toCodePoints(code, completions.end);
  return {
    matches: completions.matches.map(({ text }) => text),
    cursor_start: start,
    cursor_end: end,
    // JupyterLab and VS Code show icons and signatures from this de facto extension of ipykernel's.
    metadata: {
      _jupyter_types_experimental: completions.matches.map(({ text, kind, detail = "" }) => ({
        text,
        type: kind,
        signature: detail,
        start,
        end,
      })),
    },
  };
}

export async function inspect(content: Content, language: Language): Promise<Content> {
  const { code, cursor } = codeAndCursor(content);
  const found = await language.inspect(await viewOf(code, language), cursor);
  const data = found ? { "text/plain": found.text, "text/markdown": found.markdown } : {};
  return { found: found !== undefined, data, metadata: {} };
}

export async function isComplete(content: Content, language: Language): Promise<Content> {
  return { ...language.isComplete(await viewOf(readString(content, "code"), language)) };
}

/** A cell without its magics, the code at the same offsets. */
async function viewOf(code: string, language: Language): Promise<string> {
  const { translate } = await import("../magics/index.ts");
  return translate(code, (name) => language.knows(name)).view;
}
