// complete, inspect and is_complete: questions about code that is being typed. TypeScript answers from types, the running
// session from values.

import type { Inspection, Language } from "../language/types.ts";
import type { Sight } from "../runner/messages.ts";
import { toCodePoints, toCodeUnits } from "./code-points.ts";
import { readNumber, readString } from "./content.ts";
import type { Engines } from "./engines.ts";
import { livePath, liveQuestion, withLiveValues } from "./live-values.ts";
import type { Content } from "./transport.ts";

function codeAndCursor(content: Content): { code: string; cursor: number } {
  const code = readString(content, "code");
  return { code, cursor: toCodeUnits(code, readNumber(content, "cursor_pos", Number.POSITIVE_INFINITY)) };
}

export async function complete(content: Content, { language, runner, folder }: Engines): Promise<Content> {
  const { code, cursor } = codeAndCursor(content);
  const { completeMagic } = await import("../magics/index.ts");
  const ofMagic = completeMagic(code, cursor, folder);
  const question = ofMagic ? undefined : liveQuestion(code, cursor);
  const seen = question && runner.see(question.path);
  let completions = ofMagic ?? (await language.complete(await viewOf(code, language), cursor));
  // Where TypeScript knows the members, a busy runner is not waited for.
  if (question && (question.quote !== undefined || completions.matches.length === 0)) {
    const sight = await seen;
    const typed = code.slice(question.start, cursor);
    if (sight) completions = withLiveValues(completions, question, sight, typed);
  }
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

export async function inspect(content: Content, engines: Engines): Promise<Content> {
  const { code, cursor } = codeAndCursor(content);
  const withSource = readNumber(content, "detail_level", 0) > 0;
  const found = await about(await viewOf(code, engines.language), cursor, { withSource, engines });
  const data = found ? { "text/plain": found.text, "text/markdown": found.markdown } : {};
  return { found: found !== undefined, data, metadata: {} };
}

/** All that is known of the name at `cursor`: from its type, its documentation, its value, and its source where asked for. */
export async function about(
  code: string,
  cursor: number,
  { withSource, engines: { language, runner } }: { withSource: boolean; engines: Engines },
): Promise<Inspection | undefined> {
  const path = livePath(code, cursor);
  const [found, sight] = await Promise.all([
    language.inspect(code, cursor, { withSource }),
    path && runner.see(path),
  ]);
  if (!found && !sight) return undefined;
  const parts = [
    found,
    sight && valuePart(sight),
    // What the runner has is JavaScript, so TypeScript's source goes first.
    withSource && !found?.source && sight?.source ? fenced("javascript", sight.source) : undefined,
    withSource && found?.source ? fenced("typescript", found.source) : undefined,
  ].filter((part) => part !== undefined);
  return {
    markdown: parts.map(({ markdown }) => markdown).join("\n\n"),
    text: parts.map(({ text }) => text).join("\n\n"),
  };
}

/** A function's value says nothing that its signature does not. */
function valuePart({ type, text, source }: Sight): Inspection | undefined {
  if (source !== undefined) return undefined;
  return {
    markdown: `Value (${type}):\n\n${fenced("typescript", text).markdown}`,
    text: `Value (${type}): ${text}`,
  };
}

function fenced(language: string, text: string): Inspection {
  // Longer than any fence in it.
  const fence = "`".repeat(Math.max(3, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length + 1)));
  return { markdown: `${fence}${language}\n${text}\n${fence}`, text };
}

export async function isComplete(content: Content, language: Language): Promise<Content> {
  return { ...language.isComplete(await viewOf(readString(content, "code"), language)) };
}

/** A cell without its magics, the code at the same offsets. */
async function viewOf(code: string, language: Language): Promise<string> {
  const { translate } = await import("../magics/index.ts");
  return translate(code, (name) => language.knows(name)).view;
}
