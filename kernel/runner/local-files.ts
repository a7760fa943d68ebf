// The user's own files: what a relative import means, and which version of a file this is. A version covers everything
// that the file imports of the user's, so that a module is loaded anew exactly when one of these changed.

import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "oxc-parser";
import { isPath } from "./aliases.ts";

const SOURCE = /\.([cm]?[jt]s|[jt]sx)$/;

/** The file that a path means, as TypeScript resolves it: endings may be left out, and `.js` may stand for `.ts`. */
export function resolveFile(specifier: string, folder: string): string | undefined {
  const path = specifier.startsWith("file:")
    ? fileURLToPath(specifier.replace(/[?#].*$/, ""))
    : resolve(folder, specifier);
  const typescript = /\.[cm]?js$/.test(path) ? [path.replace(/js$/, "ts")] : [];
  const endings = [".ts", ".tsx", ".mts", ".js", ".mjs", ".cjs", ".json"].map((ending) => path + ending);
  const indexes = ["index.ts", "index.js"].map((name) => join(path, name));
  return [path, ...typescript, ...endings, ...indexes].find((candidate) =>
    statSync(candidate, { throwIfNoEntry: false })?.isFile(),
  );
}

/** A file with all files of the user's behind it. */
interface Closure {
  version: string;
  /** Specifiers of packages that any of the files imports. */
  packages: Set<string>;
}

const parsed = new Map<string, { text: string; specifiers: string[] }>();

export function closureOf(file: string): Closure {
  const texts = new Map<string, string>();
  const packages = new Set<string>();
  const visit = (path: string): void => {
    if (texts.has(path)) return;
    const text = readFileSync(path, "utf8");
    texts.set(path, text);
    for (const specifier of specifiersOf(path, text)) {
      if (!isPath(specifier)) packages.add(specifier);
      else {
        const next = resolveFile(specifier, dirname(path));
        if (next) visit(next);
      }
    }
  };
  visit(file);
  const hash = createHash("sha256");
  for (const [path, text] of [...texts].sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`${path}\0${text}\0`);
  return { version: hash.digest("hex").slice(0, 12), packages };
}

/** What a source imports, by literal names. */
function specifiersOf(path: string, text: string): string[] {
  if (!SOURCE.test(path)) return [];
  const known = parsed.get(path);
  if (known?.text === text) return known.specifiers;
  const lang = extname(path).replace(/^\.[cm]?/, "") as "ts" | "tsx" | "js" | "jsx";
  const { module } = parseSync(path, text, { lang });
  const specifiers = [
    ...module.staticImports.map((each) => each.moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) => entries.map((each) => each.moduleRequest?.value ?? "")),
    ...module.dynamicImports.map((each) =>
      literal(text.slice(each.moduleRequest.start, each.moduleRequest.end)),
    ),
  ].filter((specifier) => specifier !== "");
  parsed.set(path, { text, specifiers });
  return specifiers;
}

function literal(expression: string): string {
  return /^(['"`])([^'"`$\\]*)\1$/.exec(expression)?.[2] ?? "";
}
