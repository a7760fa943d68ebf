// Where things are. In a checkout the project is the checkout itself, with its `.venv` and its course; with the
// published package it is the folder the command was called in.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const packageRoot = fileURLToPath(new URL("../../../..", import.meta.url));

/** A file of this package, by its path from the package's root. */
export function inPackage(path = "."): string {
  return join(packageRoot, path);
}

const isCheckout = existsSync(inPackage("tsconfig.json"));
export const projectFolder = isCheckout ? inPackage() : process.cwd();
export const venv = join(projectFolder, ".venv");

/** The folder JupyterLab opens on. */
export function notebooksFolder(): string {
  const course = join(projectFolder, "notebooks");
  return existsSync(course) ? course : projectFolder;
}

/** A notebook of the course to name in a remedy, as the user would type it. */
export function exampleNotebook(): string {
  const folder = join(projectFolder, "notebooks");
  const all = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : [];
  const first = all
    .filter((name) => name.endsWith(".ipynb") && !name.includes(".ipynb_checkpoints"))
    .sort()[0];
  return first ? `notebooks/${first.replaceAll("\\", "/")}` : "NOTEBOOK.ipynb";
}

/** The version a package.json below `folder` states, or undefined where there is none. */
export function versionIn(folder: string): string | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).version;
  } catch {
    return undefined;
  }
}
