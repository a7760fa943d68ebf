// What the kernel itself does for a cell before the cell is checked: the magics that concern the session as a whole,
// and the packages that the cell imports. Everything else a magic does, it does in the runner (run.ts).

import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";
import type { CheckLevel, Diagnostic } from "../language/types.ts";
import { CELL_MAGICS, LINE_MAGICS, nearestMagic } from "./catalog.ts";
import type { Magic } from "./find.ts";
import type { Translation } from "./translate.ts";

const CHECK_LEVELS: CheckLevel[] = ["off", "warn", "strict"];

interface Surroundings {
  /** The notebook's folder. */
  folder: string;
  signal: AbortSignal;
  /** Whose level of checking `%check` sets. */
  checker: { checkLevel: CheckLevel };
  write(name: "stdout" | "stderr", text: string): void;
  /** Begin anew, with a new runner. */
  reset(): Promise<void>;
  /** Packages were installed; those in `replaced` are of another version now. */
  packagesChanged(replaced: string[]): void;
  /** Replace the cell's text in the front end. */
  replaceCell(text: string): void;
}

/** A magic that can't do what it is asked for. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly diagnostic: Diagnostic;

  constructor({ line, column, length }: Magic, message: string) {
    super(message);
    this.diagnostic = { line, column, length, code: 0, message };
  }
}

/** Do what comes before the check. @throws UsageError, InstallError, or the signal's reason. */
export async function prepare(
  { magics, packages, view }: Translation,
  surroundings: Surroundings,
): Promise<void> {
  for (const magic of magics) known(magic);
  for (const magic of magics) {
    if (magic.kind !== "line") continue;
    if (magic.name === "check") check(magic, surroundings);
    if (magic.name === "npm") await npm(magic, surroundings);
    if (magic.name === "load") load(magic, surroundings);
    if (magic.name === "reset") {
      if (/[^\s;]/.test(view.slice(0, magic.start)))
        throw new UsageError(magic, "%reset must stand before the cell's code, whose names it would forget.");
      await surroundings.reset();
    }
  }
  if (packages.length > 0) {
    const { folder, signal, write } = surroundings;
    const { ensurePackages } = await import("./npm.ts");
    const options = { folder, signal, onProgress: (text: string) => write("stderr", text) };
    surroundings.packagesChanged(await ensurePackages(packages, options));
  }
}

function check(magic: Magic, { checker, write }: Surroundings): void {
  const level = CHECK_LEVELS.find((each) => each === magic.text);
  if (level) checker.checkLevel = level;
  else if (magic.text !== "")
    throw new UsageError(magic, `%check expects off, warn or strict, but got "${magic.text}".`);
  else write("stdout", `Type checking: ${checker.checkLevel}\n`);
}

function known(magic: Magic): void {
  const { kind, name } = magic;
  if (kind === "shell") return;
  const [entries, sign] = kind === "line" ? [LINE_MAGICS, "%"] : [CELL_MAGICS, "%%"];
  if (!entries.some((entry) => entry.name === name)) {
    const nearest = nearestMagic(name, entries);
    const hint = nearest ? ` Did you mean ${sign}${nearest}?` : "";
    throw new UsageError(magic, `There is no magic ${sign}${name}.${hint} %help lists all.`);
  }
  const takesCode = kind === "line" && (name === "time" || name === "timeit");
  if (takesCode && magic.text.trim() === "")
    throw new UsageError(magic, `%${name} expects code on its line. For a whole cell: %%${name}`);
  if (kind === "cell" && magic.text.trim() !== "")
    throw new UsageError(magic, `%%${name} stands on a line of its own, but got "${magic.text.trim()}".`);
}

async function npm(magic: Magic, surroundings: Surroundings): Promise<void> {
  const { folder, signal, write, packagesChanged } = surroundings;
  const [command, ...rest] = magic.text.split(/\s+/);
  const packages = rest.filter((word) => !word.startsWith("-"));
  const options = rest.filter((word) => word.startsWith("-") && word !== "--scripts");
  if (!/^(i|install|add)$/.test(command ?? "") || packages.length === 0 || options.length > 0)
    throw new UsageError(
      magic,
      `%npm expects: install [--scripts] package…, but got "${magic.text}". For all else there is !npm.`,
    );
  const onProgress = (text: string): void => write("stderr", text);
  const { installPackages } = await import("./npm.ts");
  const scripts = rest.includes("--scripts");
  packagesChanged(await installPackages(packages, { folder, signal, onProgress, scripts }));
}

function load(magic: Magic, { folder, replaceCell }: Surroundings): void {
  const name = magic.text.replace(/^(['"])(.*)\1$/, "$2");
  if (name === "") throw new UsageError(magic, "%load expects the path of a file.");
  const path = resolve(folder, name.replace(/^~(?=\/)/, homedir()));
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? "there is no such file" : message;
    throw new UsageError(magic, `%load can't read ${path}: ${reason}.`);
  }
  replaceCell(`// %load ${magic.text}\n${text}`);
}
