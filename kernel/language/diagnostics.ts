// From the server's findings in a cell's module to what the user is told about the cell: errors only, in the cell's own
// lines, in words that know of cells and not of our modules.

import { PREFIX_LINES, type Session } from "./session.ts";
import type { Diagnostic, RelatedPlace } from "./types.ts";
import { VIRTUAL } from "./workspace.ts";

interface Position {
  line: number;
  character: number;
}

/** A finding as the Language Server Protocol 3.17 has it. */
export interface ServerDiagnostic {
  range: { start: Position; end: Position };
  severity?: number;
  code?: number | string;
  message: string;
  relatedInformation?: ServerRelated[];
}

interface ServerRelated {
  location: { uri: string; range: { start: Position; end: Position } };
  message: string;
}

/**
 * Findings that a type is `any` because nothing says otherwise. A notebook takes `(x) => x * x`, `let model;` and packages
 * without types as JavaScript does, while `noImplicitAny` stays on: without it `const losses = []` would be a `never[]`.
 * Reading a property that a type does not have (7053) is not among them.
 */
const IMPLICIT_ANY = [
  7005, 7006, 7008, 7010, 7011, 7013, 7014, 7016, 7018, 7019, 7020, 7022, 7023, 7024, 7025, 7031, 7032, 7033,
  7034, 7036, 7051,
];

const IGNORED = new Set([
  ...IMPLICIT_ANY,
  2695, // the left side of a comma is unused: the last expression of a cell may be anything
]);

/** "Cannot assign to 'x' because it is an import", of a name that an earlier cell declares. */
const ASSIGNED_IMPORT = 2632;
const NOT_ASSIGNABLE = {
  constant: { code: 2588, text: "a constant" },
  function: { code: 2630, text: "a function" },
  class: { code: 2629, text: "a class" },
  enum: { code: 2628, text: "an enum" },
  namespace: { code: 2631, text: "a namespace" },
};

export function cellDiagnostics(found: ServerDiagnostic[], source: string, session: Session): Diagnostic[] {
  const lines = source.split(/\r\n|\n|\r/);
  const diagnostics: Diagnostic[] = [];
  for (const { range, severity = 1, code, message, relatedInformation = [] } of found) {
    // What is missing at the end of a cell is missed only after it.
    const isSyntax = Number(code) < 2000;
    const isAfter = range.start.line - PREFIX_LINES >= lines.length;
    const line = isAfter && isSyntax ? lines.length - 1 : range.start.line - PREFIX_LINES;
    const text = lines[line];
    if (severity !== 1 || text === undefined || IGNORED.has(Number(code))) continue;
    const start = isAfter ? text.length : range.start.character;
    const end = range.end.line === range.start.line ? range.end.character : text.length;
    diagnostics.push({
      line: line + 1,
      column: start + 1,
      length: Math.max(1, end - start),
      ...inWordsOfCells(Number(code), message, session),
      ...relatedPlaces(relatedInformation, lines, session),
    });
  }
  return diagnostics.sort((a, b) => a.line - b.line || a.column - b.column);
}

const MODULE = new RegExp(`/(${VIRTUAL}cell-\\d+)\\.ts$`);

/** The places in cells; one in a library's declarations says little to whoever wrote the cell. */
function relatedPlaces(
  found: ServerRelated[],
  lines: string[],
  session: Session,
): { related?: RelatedPlace[] } {
  const related: RelatedPlace[] = [];
  for (const { location, message } of found) {
    const module = MODULE.exec(location.uri)?.[1];
    if (!module) continue;
    const { start, end } = location.range;
    // What is not remembered is the cell that is checked.
    const cell = session.cellOf(module);
    const text = (cell ? cell.source.split(/\r\n|\n|\r/) : lines)[start.line - PREFIX_LINES];
    if (text === undefined) continue;
    const last = end.line === start.line ? end.character : text.length;
    related.push({
      ...(cell && { cell: cell.name }),
      line: start.line - PREFIX_LINES + 1,
      column: start.character + 1,
      length: Math.max(1, last - start.character),
      message: withoutVirtualNames(message),
      text,
    });
  }
  return related.length > 0 ? { related } : {};
}

function inWordsOfCells(code: number, message: string, session: Session): { code: number; message: string } {
  const name = /'(.+?)'/.exec(message)?.[1] ?? "";
  if (code === ASSIGNED_IMPORT) {
    const reason = NOT_ASSIGNABLE[session.kindOf(name) as keyof typeof NOT_ASSIGNABLE];
    if (reason)
      return { code: reason.code, message: `Cannot assign to '${name}' because it is ${reason.text}.` };
  }
  if (code === 2584)
    return { code, message: `Cannot find name '${name}'. Cells run in Node, which has no web page.` };
  const plain = withoutVirtualNames(message);
  const twice = /type '(([\w$]+).*?)'.*type '\1'/i.exec(plain.split("\n", 1)[0] ?? "");
  const confusing = twice && session.kindOf(twice[2] ?? "");
  return {
    code,
    message: confusing
      ? `${plain}\n  The types have one name but come from different cells: run again the cell that makes the value.`
      : plain,
  };
}

const VIRTUAL_IMPORT = new RegExp(`import\\("[^"]*${VIRTUAL}[^"]*"\\)(\\.)?`, "g");
const VIRTUAL_MODULE = new RegExp(`(["'])[^"'\\n]*${VIRTUAL}(cell|draft)[^"'\\n]*\\1`, "g");
const PACKAGE_FILE = /(["'])[^"'\n]*\/node_modules\/(?:@types\/)?((?:@[^/"']+\/)?[^/"'\n]+)[^"'\n]*\1/g;

/** A message or a signature without our modules' names and without the places where packages lie. */
export function withoutVirtualNames(text: string): string {
  return text
    .replace(VIRTUAL_IMPORT, (_match, member) => (member ? "" : 'import("an earlier cell")'))
    .replace(VIRTUAL_MODULE, '"an earlier cell"')
    .replace(PACKAGE_FILE, '"$2"');
}
