// What `nablab doctor` finds out. Nothing is changed, nothing is installed.

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { dataFolders } from "./jupyter-paths.ts";
import { type KernelSpec, readKernelSpec, specFolder } from "./kernelspec.ts";
import { inPackage, venv, versionIn } from "./project.ts";
import { findPython } from "./python.ts";
import { compareVersions } from "./requirements.ts";
import { installedIn } from "./site-packages.ts";
import { run } from "./steps.ts";
import { type CudaDriver, cudaDriver, type TensorFlow, tensorflowIn } from "./tensorflow.ts";

const pythonPackages = [
  "jupyterlab",
  "jupyter-client",
  "nbconvert",
  "ipykernel",
  "jupyterlab-widgets",
  "anywidget",
];
const oldestNode = "20.19";

/** A backend as lib/backend/report.ts prints it. */
interface Backend {
  name: string;
  available: boolean;
  active: boolean;
  reason: string;
}

/** A place where the kernel is registered; `problem` says why it would not start. */
interface RegisteredKernel {
  folder: string;
  argv: string[];
  problem?: string;
}

/** All that the doctor found; `--json` prints it. */
export interface DoctorReport {
  canRun: boolean;
  /** Why a notebook can't run. */
  problems: string[];
  nablab: { version: string; folder: string };
  node: { version: string; path: string };
  npm: string | null;
  typescript: string | null;
  python: { version: string; executable: string } | null;
  /** Versions of Jupyter's packages in `.venv`. */
  jupyter: Record<string, string | null>;
  kernelspecs: RegisteredKernel[];
  tensorflow: TensorFlow | null;
  cuda: CudaDriver;
  /** Best first. */
  backends: Backend[];
  /** The backend that will be used. */
  backend: string | null;
}

/** Looks at everything, in parallel where it takes a process. */
export async function inspect(): Promise<DoctorReport> {
  const npmCommand = process.platform === "win32" ? { shell: true } : {};
  const [{ python }, npm, cuda, { backends, failure }] = await Promise.all([
    findPython(),
    run("npm", ["--version"], npmCommand),
    cudaDriver(),
    askBackends(),
  ]);
  const prefixes = [venv, process.env.VIRTUAL_ENV, process.env.CONDA_PREFIX].filter(
    (prefix) => prefix !== undefined,
  );
  const installed = installedIn(venv);
  const typescript =
    versionIn(dirname(createRequire(inPackage("package.json")).resolve("typescript/package.json"))) ?? null;
  const node = { version: process.versions.node, path: process.execPath };
  const backend = backends.find(({ active }) => active)?.name ?? null;
  const problems = [
    compareVersions(node.version, oldestNode) < 0
      ? `Node ${node.version} is too old: ${oldestNode} or newer is needed`
      : "",
    failure ?? (backend === null ? "no backend starts" : ""),
  ].filter((problem) => problem !== "");
  return {
    canRun: problems.length === 0,
    problems,
    nablab: { version: versionIn(inPackage()) ?? "unknown", folder: inPackage() },
    node,
    npm: npm.code === 0 ? (npm.output.match(/^\d+\.\d+\.\d+/m)?.[0] ?? null) : null,
    typescript,
    python: python ? { version: python.version, executable: python.executable } : null,
    jupyter: Object.fromEntries(pythonPackages.map((name) => [name, installed.get(name)?.version ?? null])),
    kernelspecs: dataFolders(prefixes).flatMap(kernelIn),
    tensorflow: prefixes.map(tensorflowIn).find((found) => found !== undefined) ?? null,
    cuda,
    backends,
    backend,
  };
}

function kernelIn(dataFolder: string): RegisteredKernel[] {
  const folder = specFolder(dataFolder);
  try {
    const spec = readKernelSpec(dataFolder);
    if (!spec) return [];
    const problem = problemOf(spec);
    return [{ folder, argv: spec.argv, ...(problem && { problem }) }];
  } catch (error) {
    return [{ folder, argv: [], problem: `kernel.json can't be read: ${(error as Error).message}` }];
  }
}

function problemOf({ argv, env }: KernelSpec): string | undefined {
  const missing = [...argv.slice(0, 2), env?.NABLAB_TENSORFLOW].find(
    (file) => file !== undefined && !existsSync(file),
  );
  return missing ? `it names ${missing}, which does not exist: register it again` : undefined;
}

// In a process of its own: the kernel's side does not import the library, and a broken libtensorflow may crash it.
async function askBackends(): Promise<{ backends: Backend[]; failure?: string }> {
  const script = inPackage("dist/lib/backend/report.js");
  const { code, output } = await run(process.execPath, [script], { cwd: dirname(venv) });
  const line = output.split("\n").find((text) => text.startsWith('{"backends":'));
  if (line) return JSON.parse(line);
  return {
    backends: [],
    failure: `the backends could not be asked (${script} ended with ${code}): ${output.trim()}`,
  };
}
