// Installs packages from npm's registry into the notebook's folder, by npm itself. Scripts of packages don't run unless
// they are asked for: a notebook that is opened and run should not run more code than it imports.

import { spawn } from "node:child_process";
import { existsSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import semver from "semver";
import { type PackageRequest, parseNpmSpecifier } from "./npm-specifiers.ts";

interface InstallOptions {
  /** The notebook's folder: packages go to `node_modules` in it, and are listed in its package.json. */
  folder: string;
  signal?: AbortSignal | undefined;
  /** Run the install scripts of packages; default false. */
  scripts?: boolean;
  /** Told what happens, in text with line ends. */
  onProgress: (text: string) => void;
}

/** npm did not install what was asked for. */
class InstallError extends Error {
  override readonly name = "InstallError";
}

interface Manifest {
  version?: string;
  types?: string;
  typings?: string;
  exports?: unknown;
}

/** The package that an import from `folder` finds, also in a folder above. */
function installed(name: string, folder: string): { path: string; manifest: Manifest } | undefined {
  for (let above = folder; ; above = dirname(above)) {
    const path = join(above, "node_modules", name);
    if (existsSync(join(path, "package.json"))) {
      return { path, manifest: JSON.parse(readFileSync(join(path, "package.json"), "utf8")) };
    }
    if (dirname(above) === above) return undefined;
  }
}

/** Tags, such as `latest`, that were resolved: they are asked for once in a session. */
const resolvedTags = new Set<string>();

/** Whether an import would find what is asked for. */
function isSatisfied({ name, version }: PackageRequest, folder: string): boolean {
  const found = installed(name, folder);
  if (!found) return false;
  if (version === "") return true;
  if (semver.validRange(version) === null) return resolvedTags.has(`${folder} ${name}@${version}`);
  return semver.satisfies(found.manifest.version ?? "", version, { includePrerelease: true });
}

/**
 * Make the packages that are imported by `npm:` importable from `folder`. What is there already is not fetched again.
 * Gives the folders of packages that are of another version now.
 *
 * @throws InstallError where npm can't install one of them, with npm's reason.
 */
export async function ensurePackages(requests: PackageRequest[], options: InstallOptions): Promise<string[]> {
  const missing = requests.filter((request) => !isSatisfied(request, options.folder));
  if (missing.length === 0) return [];
  const replaced = await installPackages(
    missing.map(({ name, version }) => (version ? `${name}@${version}` : name)),
    options,
  );
  for (const { name, version } of missing) resolvedTags.add(`${options.folder} ${name}@${version}`);
  return replaced;
}

/**
 * The name by which Node imports what an `npm:` specifier means, once it is installed.
 *
 * @throws InstallError where npm can't install it, with npm's reason.
 */
export async function importable(specifier: string, options: InstallOptions): Promise<string> {
  const found = parseNpmSpecifier(specifier);
  if (!found) throw new InstallError(`"${specifier}" is no specifier of a package: npm:name@version/path`);
  await ensurePackages([found], options);
  return found.bare;
}

/**
 * Install packages, given as npm's command line takes them, and types for those that come without. Gives the folders
 * of packages that are of another version now.
 *
 * @throws InstallError where npm can't, with its reason; the signal's reason where it is aborted.
 */
export async function installPackages(packages: string[], options: InstallOptions): Promise<string[]> {
  const { folder, onProgress } = options;
  const manifest = join(folder, "package.json");
  // Without one, npm would take a folder above for the package's own.
  if (!existsSync(manifest)) writeFileSync(manifest, `${JSON.stringify({ private: true }, null, 2)}\n`);
  const before = versions(folder);
  onProgress(`Installing ${packages.join(", ")} in ${folder} …\n`);
  const { code, output } = await npm(["install", ...flags(options), "--", ...packages], options, onProgress);
  if (code !== 0) throw new InstallError(explain(packages, output));
  const after = versions(folder);
  const isNew = (path: string): boolean => before.get(path) !== after.get(path);
  const { dependencies = {} } = JSON.parse(readFileSync(manifest, "utf8"));
  const own = Object.keys(dependencies).filter((name) => isNew(`node_modules/${name}`));
  for (const name of own) await installTypes(name, options);
  return [...before.keys()].filter(isNew).map((path) => join(folder, path));
}

function flags({ scripts = false }: InstallOptions): string[] {
  const quiet = ["--no-audit", "--no-fund", "--no-progress", "--loglevel=error", "--no-update-notifier"];
  // Said in both cases: the user's own settings, or those of an npm script that started us, may say otherwise.
  return [...quiet, `--ignore-scripts=${!scripts}`];
}

/** The installed packages' versions by their paths, as npm keeps them in a lock file within node_modules. */
function versions(folder: string): Map<string, string> {
  const path = join(folder, "node_modules", ".package-lock.json");
  const { packages = {} } = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
  return new Map(
    Object.entries<{ version?: string }>(packages).map(([key, { version = "" }]) => [key, version]),
  );
}

async function installTypes(name: string, options: InstallOptions): Promise<void> {
  const found = installed(name, options.folder);
  if (!found || name.startsWith("@types/") || hasTypes(found)) return;
  const types = `@types/${name.replace(/^@(.+)\/(.+)$/, "$1__$2")}`;
  if (installed(types, options.folder)) return;
  const { code } = await npm(["install", "--save-dev", ...flags(options), "--", types], options);
  if (code === 0) options.onProgress(`added its types, ${types}\n`);
}

function hasTypes({ path, manifest }: { path: string; manifest: Manifest }): boolean {
  const { types, typings, exports } = manifest;
  return (
    Boolean(types ?? typings) ||
    existsSync(join(path, "index.d.ts")) ||
    /\.d\.[cm]?ts"/.test(JSON.stringify(exports ?? ""))
  );
}

/** Run npm in the notebook's folder; rejects with the signal's reason where it is aborted. */
async function npm(
  parameters: string[],
  { folder, signal }: InstallOptions,
  onOutput: (text: string) => void = () => undefined,
): Promise<{ code: number; output: string }> {
  signal?.throwIfAborted();
  const [command, ...first] = npmCommand();
  // Its own process group, so that whatever it starts ends with it.
  const child = spawn(command as string, [...first, "--prefix", folder, ...parameters], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const stop = (): void => {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  };
  signal?.addEventListener("abort", stop, { once: true });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    if (text.trim() !== "") onOutput(text.replace(/^\n+/, ""));
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", (error) => reject(new InstallError(`npm can't be started: ${error.message}`)));
    child.once("close", (status) => resolve(status ?? 1));
  }).finally(() => signal?.removeEventListener("abort", stop));
  signal?.throwIfAborted();
  return { code, output };
}

/** npm as it comes with Node, or the one that the shell finds. */
function npmCommand(): string[] {
  const bin = dirname(realpathSync(process.execPath));
  const script = [
    join(bin, "../lib/node_modules/npm/bin/npm-cli.js"),
    join(bin, "node_modules/npm/bin/npm-cli.js"),
  ];
  const own = script.find((path) => existsSync(path));
  return own ? [process.execPath, own] : ["npm"];
}

function explain(packages: string[], output: string): string {
  const names = packages.join(", ");
  const reasons = output
    .split("\n")
    .filter((line) => /^npm (error|ERR!)/.test(line) && !/complete log|^npm \S+\s*$/.test(line))
    .map((line) => line.replace(/^npm (error|ERR!) ?/, "  "));
  const detail = reasons.length > 0 ? `\n${reasons.join("\n")}` : output.trim() && `\n${output.trim()}`;
  if (
    /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT)\b/.test(output)
  )
    return `${names} can't be installed: the registry can't be reached. Is this computer offline?${detail}`;
  if (/\bE404\b/.test(output)) return `${names} can't be installed: there is no such package.${detail}`;
  if (/\bETARGET\b/.test(output)) return `${names} can't be installed: there is no such version.${detail}`;
  return `${names} can't be installed: npm failed.${detail}`;
}
