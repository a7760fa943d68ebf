// The source of a declaration, from the place of its name: in a cell, a local file or a package's declarations.

import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "./declarations.ts";

export interface ServerLocation {
  uri: string;
  range: { start: { line: number; character: number } };
}

/** Overloads are as many declarations. */
const MAXIMUM_DECLARATIONS = 8;
const MAXIMUM_LENGTH = 20_000;

const DECLARATION =
  /^(VariableDeclaration|TSDeclareFunction|FunctionDeclaration|Class\w*Declaration|TS\w+Declaration|(TSAbstract)?(Method|Property)Definition|Property|TS(Property|Method)Signature)$/;

/** The declarations at `locations`; `textOf` gives the text of what is open in the server and not on disk. */
export async function sourceAt(
  locations: ServerLocation[],
  textOf: (uri: string) => string | undefined,
): Promise<string | undefined> {
  const found = new Set<string>();
  const inOrder = locations.toSorted((a, b) => a.range.start.line - b.range.start.line);
  for (const { uri, range } of inOrder.slice(0, MAXIMUM_DECLARATIONS)) {
    const text = textOf(uri) ?? (await readFile(fileURLToPath(uri), "utf8").catch(() => undefined));
    const declaration = text && declarationAt(text, basename(uri), range.start);
    if (declaration) found.add(declaration);
  }
  return found.size === 0 ? undefined : [...found].join("\n").slice(0, MAXIMUM_LENGTH);
}

interface Node {
  type: string;
  start: number;
  end: number;
}

/** The smallest declaration around a place. */
function declarationAt(
  text: string,
  fileName: string,
  { line, character }: { line: number; character: number },
): string | undefined {
  const lines = text.split("\n", line);
  const offset = lines.reduce((sum, each) => sum + each.length + 1, 0) + character;
  let found: Node | undefined;
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const node = value as Node;
    if (typeof node.type === "string" && typeof node.start === "number") {
      if (offset < node.start || offset >= node.end) return;
      if (DECLARATION.test(node.type)) found = node;
    }
    for (const child of Object.values(value)) visit(child);
  };
  visit(parse(text, fileName).program.body);
  if (!found) return undefined;
  const indent =
    /^[ \t]*$/m.exec(text.slice(text.lastIndexOf("\n", found.start - 1) + 1, found.start))?.[0] ?? "";
  return text.slice(found.start, found.end).replaceAll(`\n${indent}`, "\n");
}
