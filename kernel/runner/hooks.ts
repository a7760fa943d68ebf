// Node's module loader, taught about local TypeScript, files that change, and packages that exist once. These hooks run
// in a thread of their own (https://nodejs.org/api/module.html#customization-hooks).

import { readFileSync } from "node:fs";
import type { InitializeHook, LoadHook, ResolveHook } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { MessagePort } from "node:worker_threads";
import { CellSyntaxError, stripTypes } from "../language/strip.ts";
import { isPath, ownFile } from "./aliases.ts";
import { closureOf, resolveFile } from "./local-files.ts";

/** A local module was made from TypeScript. */
export interface ModuleLoaded {
  url: string;
  path: string;
  map: string;
}

const QUERY = "?nablab=";
const OWN_CODE = new URL("../../", import.meta.url).href;

let port: MessagePort | undefined;

export const initialize: InitializeHook<{ port: MessagePort }> = (data) => {
  port = data.port;
};

export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  const own = ownFile(specifier);
  if (own) return { url: pathToFileURL(own).href, shortCircuit: true };
  const parent = context.parentURL ?? "";
  if (!isLocal(parent)) return nextResolve(specifier, context);
  if (isPath(specifier)) {
    const file = resolveFile(specifier, dirname(fileURLToPath(parent.replace(/\?.*$/, ""))));
    if (!file) return nextResolve(specifier, context);
    const url = pathToFileURL(file).href;
    if (url.startsWith(OWN_CODE)) return nextResolve(url, context);
    const format = formatOf(file);
    const versioned = url + QUERY + closureOf(file).version;
    if (format) {
      return { url: versioned, format, importAttributes: context.importAttributes, shortCircuit: true };
    }
    const resolved = await nextResolve(url, context);
    return { ...resolved, url: versioned };
  }
  try {
    return await nextResolve(specifier, context);
  } catch (error) {
    // What the notebook's own folders lack may be one of nablab's packages.
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    try {
      return await nextResolve(specifier, { ...context, parentURL: import.meta.url });
    } catch {
      throw error;
    }
  }
};

/** Whether a module is the user's: neither a package's nor ours. */
function isLocal(url: string): boolean {
  return url.startsWith("file:") && !url.includes("/node_modules/") && !url.startsWith(OWN_CODE);
}

function formatOf(file: string): "module" | "json" | undefined {
  if (/\.([cm]?ts|tsx)$/.test(file)) return "module";
  return file.endsWith(".json") ? "json" : undefined;
}

export const load: LoadHook = async (url, context, nextLoad) => {
  const [address = "", version] = url.split(QUERY);
  if (version === undefined) return nextLoad(url, context);
  const path = fileURLToPath(address);
  const format = formatOf(path);
  if (!format) return nextLoad(url, context);
  const text = readFileSync(path, "utf8");
  if (format === "module") return { format, source: moduleOf(text, path, url), shortCircuit: true };
  if (context.importAttributes?.type === "json") return { format, source: text, shortCircuit: true };
  // TypeScript asks for no attribute here, so none is needed.
  return { format: "module", source: `export default ${text};`, shortCircuit: true };
};

function moduleOf(text: string, path: string, url: string): string {
  try {
    const { code, map } = stripTypes(text, path);
    port?.postMessage({ url, path, map } satisfies ModuleLoaded);
    // For the debugger, which knows modules only by what V8 says of them.
    const data = Buffer.from(map).toString("base64");
    return `${code}\n//# sourceMappingURL=data:application/json;base64,${data}`;
  } catch (error) {
    if (!(error instanceof CellSyntaxError)) throw error;
    const [first] = error.diagnostics;
    throw new SyntaxError(`${path}:${first?.line}:${first?.column}: ${first?.message}`);
  }
}
