// TypeScript to JavaScript, without types being checked: a fraction of a millisecond by oxc. What oxc can't lower yet
// (standard decorators and `accessor` fields, https://github.com/tc39/proposal-decorators) is left to TypeScript's
// own compiler, which costs a process of about 0.1 s, for the sources alone that contain them.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type OxcError, transformSync } from "oxc-transform";
import { dialectOf, parse } from "./declarations.ts";
import type { Diagnostic, StrippedCell } from "./types.ts";

// What Node 20 runs as it is. `using` is newer: oxc turns it into `babelHelpers.usingCtx()`, which the runner defines.
const TARGET = "es2022";

/** Where JSX elements come from, unless `@jsxImportSource` says otherwise. */
export const JSX_SOURCE = "nablab";

/** A source that can't be parsed; the diagnostics say where and why, the first one first. */
export class CellSyntaxError extends SyntaxError {
  readonly diagnostics: Diagnostic[];

  constructor(diagnostics: Diagnostic[]) {
    super(diagnostics[0]?.message ?? "This is not TypeScript.");
    this.name = "SyntaxError";
    this.diagnostics = diagnostics;
  }
}

/**
 * JavaScript (an ECMAScript module) of a TypeScript source. Imports of values are kept although the source itself may
 * not use them: later cells do.
 *
 * @throws CellSyntaxError where the source can't be parsed.
 */
export function stripTypes(source: string, fileName: string): StrippedCell {
  const dialect = dialectOf(source);
  const { code, map, errors } = transformSync(dialect, source, {
    lang: dialect === "cell.tsx" ? "tsx" : "ts",
    jsx: { runtime: "automatic", importSource: JSX_SOURCE },
    sourceType: "module",
    sourcemap: true,
    target: TARGET,
    helpers: { mode: "External" as never },
    typescript: { onlyRemoveTypeImports: true },
  });
  if (errors.length > 0) {
    throw new CellSyntaxError(errors.map((error) => toDiagnostic(source, error)));
  }
  if (hasDecorators(source)) return compile(source, fileName, dialect);
  return { code, map: JSON.stringify({ ...map, sources: [fileName], sourcesContent: undefined }) };
}

function toDiagnostic(source: string, { message, labels, helpMessage }: OxcError): Diagnostic {
  // Where something is declared twice, the last label is the second declaration.
  const { start, end } = labels.at(-1) ?? { start: 0, end: 0 };
  // oxc's transformer counts bytes of UTF-8.
  const bytes = Buffer.from(source);
  const before = bytes.toString("utf8", 0, start).split(/\r\n|\n|\r/);
  const marked = bytes.toString("utf8", start, end).split(/\r\n|\n|\r/)[0] ?? "";
  return {
    line: before.length,
    column: (before.at(-1)?.length ?? 0) + 1,
    length: Math.max(1, marked.length),
    code: 0,
    message: helpMessage ? `${message}\n${helpMessage}` : message,
  };
}

function hasDecorators(source: string): boolean {
  if (!/@\s*[\p{ID_Start}$_(]|\baccessor\b/u.test(source)) return false;
  let found = false;
  JSON.stringify(parse(source).program, (key, value) => {
    found ||= (key === "decorators" && value?.length > 0) || value === "AccessorProperty";
    return value;
  });
  return found;
}

function compile(source: string, fileName: string, dialect: string): StrippedCell {
  const folder = mkdtempSync(join(tmpdir(), "nablab-strip-"));
  try {
    writeFileSync(join(folder, dialect), source);
    const compiler = join(
      dirname(createRequire(import.meta.url).resolve("typescript/package.json")),
      "bin",
      "tsc",
    );
    const flags = `--ignoreConfig --noCheck --noResolve --verbatimModuleSyntax --sourceMap --target ${TARGET} --module esnext --types * --jsx react-jsx --jsxImportSource ${JSX_SOURCE}`;
    const { status, stdout } = spawnSync(process.execPath, [compiler, ...flags.split(" "), dialect], {
      cwd: folder,
      encoding: "utf8",
    });
    if (status === null)
      throw new Error(`TypeScript's compiler, which decorators need, was ended: ${stdout}`);
    const code = readFileSync(join(folder, "cell.js"), "utf8").replace(
      /\n\/\/# sourceMappingURL=.*\s*$/,
      "\n",
    );
    const map = JSON.parse(readFileSync(join(folder, "cell.js.map"), "utf8"));
    return { code, map: JSON.stringify({ ...map, sourceRoot: "", sources: [fileName] }) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
