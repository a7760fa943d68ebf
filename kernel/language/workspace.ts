// The virtual project that the language server sees. Its files exist in the editor protocol only, in the notebook's own
// folder, so that relative imports and node_modules resolve as they do for the user, and nothing is ever written there.
// A tsconfig.json of the user's is hidden by ours: a notebook is not part of the project that it lies in.

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { dialectOf } from "./declarations.ts";
import { JSX_SOURCE } from "./strip.ts";

/** nablab's own folder, seen from dist/kernel/language. */
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** What all virtual names begin with; never shown to the user. */
export const VIRTUAL = "nablab-";

/** What the names of all cells' modules begin with. */
export const CELL = `${VIRTUAL}cell-`;
const JSX_MODULE = "-jsx";

/** The module that a cell becomes, without its ending. */
export function cellModule(number: number, source = ""): string {
  const suffix = dialectOf(source) === "cell.tsx" ? JSX_MODULE : "";
  return `${CELL}${number}${suffix}`;
}

/** The file of a module. */
export function fileOf(module: string): string {
  return module + (module.endsWith(JSX_MODULE) ? ".tsx" : ".ts");
}

/** What cells see without importing it, unless they declare the name themselves: each name with its import. */
export const GLOBALS: Record<string, string> = {
  tf: 'import * as tf from "@tensorflow/tfjs";',
  dl: 'import * as dl from "nablab";',
  widgets: `import * as widgets from ${JSON.stringify(join(ROOT, "dist/kernel/widgets/index.js"))};`,
  comms: `import { comms } from ${JSON.stringify(join(ROOT, "dist/kernel/runner/comms.js"))};`,
  input: `import { input } from ${JSON.stringify(join(ROOT, "dist/kernel/runner/input.js"))};`,
  prompt: `import { prompt } from ${JSON.stringify(join(ROOT, "dist/kernel/runner/input.js"))};`,
  display: `import { display } from ${JSON.stringify(join(ROOT, "dist/kernel/runner/display.js"))};`,
};

/** The text of tsconfig.json. */
export function projectConfiguration(): string {
  return JSON.stringify(configuration());
}

function configuration(): object {
  const modules = moduleFolders();
  return {
    compilerOptions: {
      strict: true,
      useUnknownInCatchVariables: false, // as with other implicit `any`s: see IMPLICIT_ANY in diagnostics.ts
      target: "esnext",
      lib: [standardLibrary(), "esnext.disposable"],
      types: ["node"],
      module: "preserve",
      moduleResolution: "bundler",
      moduleDetection: "force",
      allowImportingTsExtensions: true,
      resolveJsonModule: true,
      jsx: "react-jsx",
      jsxImportSource: JSX_SOURCE,
      useDefineForClassFields: true,
      skipLibCheck: true,
      noEmit: true,
      // What the notebook's own node_modules folders lack is looked up here.
      typeRoots: [...modules.map((folder) => join(folder, "@types")), ...modules],
      paths: {
        nablab: [join(ROOT, "dist/lib/index.d.ts")],
        "nablab/jsx-runtime": [join(ROOT, "dist/kernel/runner/jsx-runtime.d.ts")],
        tslab: [join(ROOT, "dist/kernel/runner/tslab.d.ts")],
        // One copy of TensorFlow.js in the process, so one copy of its types.
        "@tensorflow/tfjs": [
          dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs/package.json")),
        ],
      },
    },
    // Naming the configuration keeps the server from opening a second project for it.
    files: ["tsconfig.json"],
    include: [`${VIRTUAL}*.ts`, `${VIRTUAL}*.tsx`],
  };
}

/** The library of the running Node: what TypeScript accepts exists. */
function standardLibrary(): string {
  const major = Number(process.versions.node.split(".")[0]);
  return major >= 24 ? "es2025" : major >= 22 ? "es2024" : "es2023";
}

/** The node_modules folders that nablab's own code sees. */
function moduleFolders(): string[] {
  const folders: string[] = [];
  for (let folder = ROOT; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules");
    if (existsSync(candidate)) folders.push(candidate);
    if (dirname(folder) === folder) return folders;
  }
}
