// Imports of cells: Node's modules, packages from the notebook's folder and then nablab's own, local files. Node's own
// loader does the work, with hooks that are put in when the first import needs them.

import { createRequire, isBuiltin, Module, register } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import vm from "node:vm";
import { MessageChannel, type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { isLibrary, isPath, ownFile } from "./aliases.ts";
import type { ModuleLoaded } from "./hooks.ts";
import { interruptSignal } from "./interrupts.ts";
import { publish } from "./output.ts";
import { loadLibrary, prepare } from "./preload.ts";
import { RUNTIME } from "./runtime.ts";
import { shortPath, type TracedSource } from "./traceback.ts";
import * as variables from "./variables.ts";

type ImportFunction = (specifier: string, options?: ImportCallOptions) => Promise<Record<string, unknown>>;

const modules = new Map<string, TracedSource>();
let loaded: MessagePort | undefined;

/** Gives cells their `import`, `import.meta` and `require`, and the debugger its view of variables. */
export function installLoader(cwd: string): void {
  const filename = join(cwd, "notebook.ts");
  const url = pathToFileURL(filename).href;
  // A script's import() is resolved from where the script claims to be.
  const importFrom: ImportFunction = new vm.Script("(specifier, options) => import(specifier, options)", {
    filename,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  }).runInThisContext();

  const load: ImportFunction = async (specifier, options) => {
    const name = await packageName(String(specifier), cwd);
    if (isBuiltin(name)) return importFrom(name, options);
    registerHooks();
    if (await needsLibrary(name, cwd)) await loadLibrary();
    prepare(name);
    try {
      return await importFrom(name, options);
    } catch (error) {
      throw explained(error, cwd);
    }
  };
  const require = requireFrom(filename, cwd);
  const resolve = (name: string) =>
    isPath(name) ? new URL(name, url).href : pathToFileURL(require.resolve(name)).href;
  const meta = { url, filename, dirname: cwd, resolve };
  const runtime = {
    import: load,
    magic: runMagic,
    pick,
    meta: Object.assign(Object.create(null), meta),
    variables,
  };
  Object.defineProperty(globalThis, RUNTIME, { value: Object.freeze(runtime) });
  Object.defineProperty(globalThis, "require", { value: require, configurable: true, writable: true });
  resolveOwnFiles();
}

/** A named import. CommonJS modules may have exports that Node doesn't find without running them. */
function pick(module: Record<string, unknown>, name: string): unknown {
  if (name in module) return module[name];
  const whole = module.default;
  return typeof whole === "object" && whole !== null ? (whole as Record<string, unknown>)[name] : undefined;
}

/** A magic of a cell, in its place. */
async function runMagic(name: string, argument: string, code?: () => unknown): Promise<unknown> {
  const magics = await import("../magics/run.ts");
  return magics.runMagic(name, argument, code);
}

function registerHooks(): void {
  if (loaded) return;
  const { port1, port2 } = new MessageChannel();
  loaded = port1;
  register(new URL("./hooks.js", import.meta.url), { data: { port: port2 }, transferList: [port2] });
  port1.unref();
}

/** What an `npm:` specifier that was computed means; the package is installed. Others stay as they are. */
async function packageName(specifier: string, folder: string): Promise<string> {
  if (!specifier.startsWith("npm:")) return specifier;
  const { importable } = await import("../magics/npm.ts");
  const onProgress = (text: string): void => publish({ type: "stream", name: "stderr", text });
  return importable(specifier, { folder, signal: interruptSignal(), onProgress });
}

/** The TypeScript behind a local module. */
export function moduleSource(url: string): TracedSource | undefined {
  for (
    let news = loaded && receiveMessageOnPort(loaded);
    loaded && news;
    news = receiveMessageOnPort(loaded)
  ) {
    const { url: address, path, map }: ModuleLoaded = news.message;
    modules.set(address, { name: shortPath(path), source: { path }, map });
  }
  return modules.get(url);
}

/** Whether something works with tensors, so that the backend must be ready before it runs. */
async function needsLibrary(specifier: string, cwd: string): Promise<boolean> {
  if (isLibrary(specifier)) return true;
  if (!isPath(specifier)) return false;
  const { closureOf, resolveFile } = await import("./local-files.ts");
  const file = resolveFile(specifier, cwd);
  return file !== undefined && [...closureOf(file).packages].some(isLibrary);
}

interface ModuleInternals {
  _resolveFilename(request: string, ...rest: unknown[]): string;
}

/** What `require` finds, in whatever package it stands. */
function resolveOwnFiles(): void {
  const internals = Module as unknown as ModuleInternals;
  const original = internals._resolveFilename;
  internals._resolveFilename = function (this: unknown, request: string, ...rest: unknown[]): string {
    return ownFile(request) ?? original.call(this, request, ...rest);
  };
}

function requireFrom(filename: string, cwd: string): NodeJS.Require {
  const fromNotebook = createRequire(filename);
  const ours = createRequire(import.meta.url);
  const find = (name: string, options?: { paths?: string[] }): string => {
    try {
      return fromNotebook.resolve(name, options);
    } catch (error) {
      if (isPath(name)) throw error;
      try {
        return ours.resolve(name);
      } catch {
        throw error;
      }
    }
  };
  const require = (name: string): unknown => {
    prepare(name);
    try {
      return fromNotebook(isBuiltin(name) ? name : find(name));
    } catch (error) {
      throw explained(error, cwd);
    }
  };
  const resolve = Object.assign(find, { paths: fromNotebook.resolve.paths });
  const { cache, extensions, main } = fromNotebook;
  return Object.assign(require, { resolve, cache, extensions, main });
}

/** Node's message about a missing module, with where it was looked for and what to do. */
function explained(error: unknown, cwd: string): unknown {
  const { code, message = "" } = (error ?? {}) as NodeJS.ErrnoException;
  if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") return error;
  const missing = /^Cannot find (?:package|module) '([^']+)'/.exec(message)?.[1];
  if (missing === undefined) return error;
  const importer =
    /imported from (.+)$/m.exec(message)?.[1] ?? /^Require stack:\n- (.+)$/m.exec(message)?.[1];
  const by = importer && !/notebook\.ts$/.test(importer) ? ` for ${shortPath(importer)}` : "";
  if (isPath(missing)) {
    const path = missing.startsWith("file:") ? decodeURIComponent(new URL(missing).pathname) : missing;
    return missingModule(
      `There is no file ${shortPath(path)}${by} (also not with the ending .ts, .js or .json).`,
      code,
    );
  }
  const name = missing
    .split("/")
    .slice(0, missing.startsWith("@") ? 2 : 1)
    .join("/");
  return missingModule(
    `The package "${name}" was not found${by}: neither in ${nodeModules(cwd)} nor among nablab's own packages.\n` +
      `Install it in the notebook's folder:  npm install ${name}`,
    code,
  );
}

function missingModule(message: string, code: string): Error {
  return Object.defineProperty(new Error(message), "code", { value: code, enumerable: false });
}

/** The folders in which Node looks for packages. */
function nodeModules(cwd: string): string {
  const folders: string[] = [];
  for (let folder = cwd; ; folder = dirname(folder)) {
    folders.push(join(folder, "node_modules"));
    if (dirname(folder) === folder) break;
  }
  return folders.length > 2 ? `${folders[0]} (or a folder above)` : folders.join(", ");
}
