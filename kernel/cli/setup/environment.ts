// `.venv` as JupyterLab and the kernel need it. What is there is skipped, one process at a time does the rest.

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { venv } from "./project.ts";
import { ensureVenv, pip, withoutJupyter } from "./python.ts";
import { missingIn } from "./site-packages.ts";
import { locked, Problem } from "./steps.ts";
import { cudaDriver, ensureTensorflow } from "./tensorflow.ts";

const jupyterlab = "jupyterlab>=4.4,<5";
/** What shows widgets in JupyterLab. */
const widgets = ["jupyterlab-widgets>=3,<4", "anywidget>=0.9,<1"];

/** What `.venv` shall hold. */
interface Wishes {
  /** Install libtensorflow; without it the wasm backend is used. */
  tensorflow: boolean;
  /** More pip requirements, e.g. those of the tests. */
  requirements?: string[];
}

/** Sets up `.venv` and gives its Python. Throws a Problem without Python or JupyterLab; the rest is only missed. */
export async function ensureEnvironment({ tensorflow, requirements = [] }: Wishes): Promise<string> {
  return locked(venv, async () => {
    const python = await ensureVenv();
    const missing = missingIn(venv, [jupyterlab, ...requirements]);
    if (missing.length > 0) await installJupyter(missing);
    await tryWidgets();
    configureJupyterlab();
    if (tensorflow) await tryTensorflow(python);
    return python;
  });
}

async function installJupyter(missing: string[]): Promise<void> {
  const names = missing.map((requirement) => (requirement === jupyterlab ? "JupyterLab" : requirement));
  try {
    await pip(names.join(", "), ["install", ...missing]);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw new Problem(
      `${names.join(", ")} ${names.length > 1 ? "are" : "is"} missing, and pip could not install it:`,
      {
        output: error.output,
        remedy: `Check the network and pip's configuration (${join(".venv", "bin", "pip")} config list), then start again.\n${withoutJupyter()}`,
      },
    );
  }
}

async function tryWidgets(): Promise<void> {
  const missing = missingIn(venv, widgets);
  if (missing.length === 0) return;
  try {
    await pip("JupyterLab's widgets", ["install", ...missing]);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { output } = error;
    const remedy = "Widgets are shown as text until then. The next start tries again.";
    console.error(
      new Problem("JupyterLab's widgets are missing, and pip could not install them:", {
        output,
        remedy,
      }).toString(),
    );
  }
}

async function tryTensorflow(python: string): Promise<void> {
  try {
    await ensureTensorflow(python, (await cudaDriver()).available);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    console.error(
      new Problem("libtensorflow is missing, and pip could not install it:", {
        output: error.output,
        remedy:
          "Notebooks use the wasm backend instead, which is slower. The next start tries again; --wasm doesn't.",
      }).toString(),
    );
  }
}

function configureJupyterlab(): void {
  // No question about news and no look for updates at the first start.
  writeOnce(join(venv, "share", "jupyter", "lab", "settings", "overrides.json"), {
    "@jupyterlab/apputils-extension:notification": { fetchNews: "false", checkForUpdates: false },
  });
  // JupyterLab runs a CommonJS script of its own with Node, which our package.json above would declare a module.
  writeOnce(join(venv, "package.json"), { private: true, type: "commonjs" });
}

function writeOnce(file: string, content: object): void {
  if (existsSync(file)) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
}
