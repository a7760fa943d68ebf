// The user's own files that cells import, directly or through one another. The language server does not watch files here
// (it would poll), so before a check this tells which of them appeared, changed or went away.

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { parse } from "./declarations.ts";

interface FileChange {
  path: string;
  type: "created" | "changed" | "deleted";
}

interface Known {
  /** Time of the last change in ms, or undefined where there is no such file. */
  modified: number | undefined;
  size: number;
  imports: string[];
}

export class LocalFiles {
  readonly #cwd: string;
  readonly #files = new Map<string, Known>();

  constructor(cwd: string) {
    this.#cwd = cwd;
  }

  /** What changed since the last call among the files that `source` or an earlier cell imports. */
  changes(source: string): FileChange[] {
    const changes: FileChange[] = [];
    const visit = (path: string, seen: Set<string>): void => {
      if (seen.has(path)) return;
      seen.add(path);
      const stats = statSync(path, { throwIfNoEntry: false });
      const modified = stats?.isFile() ? stats.mtimeMs : undefined;
      const size = stats?.size ?? 0;
      let known = this.#files.get(path);
      if (!known || known.modified !== modified || known.size !== size) {
        if (known)
          changes.push({
            path,
            type: modified === undefined ? "deleted" : known.modified === undefined ? "created" : "changed",
          });
        const imports = modified === undefined ? [] : importsOf(path, readFileSync(path, "utf8"));
        known = { modified, size, imports };
        this.#files.set(path, known);
      }
      for (const next of known.imports) visit(next, seen);
    };
    const seen = new Set<string>();
    for (const path of [...this.#files.keys(), ...importsOf(join(this.#cwd, "cell.ts"), source)])
      visit(path, seen);
    return changes;
  }
}

/** The files of a package that say what its types are, as changed ones. */
export function declarationFiles(folder: string): FileChange[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.d\.[cm]?ts$|(^|\/)package\.json$/.test(name))
    .map((name) => ({ path: join(folder, name), type: "changed" }));
}

/** The files that the relative imports of `file` may mean; all candidates, since a missing one can appear later. */
function importsOf(file: string, source: string): string[] {
  if (!/\.[cm]?[jt]sx?$/.test(file) || !/(['"])\.{1,2}\//.test(source)) return [];
  const { module } = parse(source, file);
  const specifiers = [
    ...module.staticImports.map((entry) => entry.moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.map((entry) => entry.moduleRequest?.value ?? ""),
    ),
    ...module.dynamicImports.map(({ moduleRequest: { start, end } }) => source.slice(start + 1, end - 1)),
  ];
  return specifiers
    .filter((specifier) => /^\.{1,2}\//.test(specifier))
    .flatMap((specifier) => candidates(resolve(dirname(file), specifier)));
}

function candidates(path: string): string[] {
  const extension = extname(path);
  if (/^\.[cm]?js$/.test(extension)) return [path.replace(/js$/, "ts"), path];
  if (/^\.([cm]?ts|tsx|jsx|json)$/.test(extension)) return [path];
  return [`${path}.ts`, `${path}.tsx`, `${path}.d.ts`, `${path}.js`, join(path, "index.ts")];
}
