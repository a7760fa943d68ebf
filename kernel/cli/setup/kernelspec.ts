// The kernelspec: the folder by which Jupyter knows the kernel
// (https://jupyter-client.readthedocs.io/en/stable/kernels.html#kernel-specs).

import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { inPackage, projectFolder } from "./project.ts";
import { tensorflowIn } from "./tensorflow.ts";

const kernelName = "nablab";
const logos = ["logo-32x32.png", "logo-64x64.png", "logo-svg.svg"];

/** The content of kernel.json. */
export interface KernelSpec {
  argv: string[];
  display_name: string;
  language: string;
  interrupt_mode: "message";
  metadata: { debugger: true; supported_encryption: "curve" };
  env?: Record<string, string>;
}

/** The kernelspec that starts this installation with `node`; `tensorflow` is the folder of a wheel to bind. */
export function kernelSpec({
  node = process.execPath,
  tensorflow,
}: {
  node?: string;
  tensorflow?: string;
} = {}): KernelSpec {
  return {
    argv: [node, inPackage("dist/kernel/cli/main.js"), "kernel", "{connection_file}"],
    display_name: "TypeScript (nablab)",
    language: "typescript",
    interrupt_mode: "message",
    metadata: { debugger: true, supported_encryption: "curve" },
    ...(tensorflow && { env: { NABLAB_TENSORFLOW: tensorflow } }),
  };
}

/** The folder of our kernelspec below a Jupyter data folder. */
export function specFolder(dataFolder: string): string {
  return join(dataFolder, "kernels", kernelName);
}

/** Writes the kernelspec; true if it was not there just so. */
export function writeKernelSpec(dataFolder: string, spec: KernelSpec): boolean {
  const folder = specFolder(dataFolder);
  const file = join(folder, "kernel.json");
  const text = `${JSON.stringify(spec, null, 2)}\n`;
  if (existsSync(file) && readFileSync(file, "utf8") === text) return false;
  mkdirSync(folder, { recursive: true });
  for (const logo of logos) copyFileSync(inPackage(join("kernel/cli/kernelspec", logo)), join(folder, logo));
  writeFileSync(file, text);
  return true;
}

/** The kernelspec below a data folder, undefined where there is none; throws when kernel.json is broken. */
export function readKernelSpec(dataFolder: string): KernelSpec | undefined {
  const file = join(specFolder(dataFolder), "kernel.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}

/** Removes the kernelspec; false if there was none. */
export function removeKernelSpec(dataFolder: string): boolean {
  const folder = specFolder(dataFolder);
  if (!existsSync(folder)) return false;
  rmSync(folder, { recursive: true });
  return true;
}

/**
 * The libtensorflow a kernel registered for `prefix` should bind: what `NABLAB_TENSORFLOW` names, else the wheel of
 * that prefix or of the active environment. Undefined for the project's own `.venv`, where the kernel looks by itself.
 */
export function tensorflowFor(prefixes: string[]): string | undefined {
  if (process.env.NABLAB_TENSORFLOW) return resolve(process.env.NABLAB_TENSORFLOW);
  const folders = prefixes.flatMap((prefix) => tensorflowIn(prefix)?.folder ?? []);
  return folders.find((folder) => !folder.startsWith(join(projectFolder, ".venv") + sep));
}
