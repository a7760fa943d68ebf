// Finds a Python that can make a virtual environment, makes `.venv` with it, and installs into it with pip.
// pip is called with its user's configuration: mirrors, proxies and certificates are not our business.

import { existsSync, rmSync } from "node:fs";
import { exampleNotebook, venv } from "./project.ts";
import { compareVersions } from "./requirements.ts";
import { pythonIn, sitePackages } from "./site-packages.ts";
import { Problem, run, step } from "./steps.ts";

// What JupyterLab and TensorFlow ask for; on 3.9 pip searches old releases for many minutes.
const oldestPython = "3.10";

/** What a Python says about itself. */
interface Python {
  executable: string;
  version: string;
  prefix: string;
  /** Whether `python -m venv` can make an environment with pip: Debian splits that off. */
  venv: boolean;
}

const probe = `
import importlib.util, json, sys
has = lambda name: importlib.util.find_spec(name) is not None
print(json.dumps({"executable": sys.executable, "version": "%d.%d.%d" % sys.version_info[:3],
                  "prefix": sys.prefix, "venv": has("venv") and has("ensurepip")}))
`;

/** The first Python on PATH that is new enough and the older ones passed over on the way. */
export async function findPython(): Promise<{ python: Python | undefined; refused: Python[] }> {
  const refused: Python[] = [];
  for (const [command, ...args] of [["python3"], ["python"], ["py", "-3"]] as [string, ...string[]][]) {
    const { code, output } = await run(command, [...args, "-c", probe]);
    const line = output.split("\n").find((text) => text.startsWith("{"));
    if (code !== 0 || !line) continue;
    const python: Python = JSON.parse(line);
    if (compareVersions(python.version, oldestPython) >= 0) return { python, refused };
    refused.push(python);
  }
  return { python: undefined, refused };
}

/** The remedy that needs neither Python nor Jupyter. */
export function withoutJupyter(): string {
  return `Without Jupyter a notebook runs too:\n    npx nablab run ${exampleNotebook()}`;
}

/** Makes `.venv` where there is none, or none that works, and gives its interpreter. */
export async function ensureVenv(): Promise<string> {
  const interpreter = pythonIn(venv);
  if (existsSync(interpreter) && sitePackages(venv).length > 0) return interpreter;
  const { python, refused } = await findPython();
  if (!python) {
    const seen = refused
      .map(({ version, executable }) => ` Found only ${version} at ${executable}.`)
      .join("");
    throw new Problem(`JupyterLab needs Python ${oldestPython} or newer, and there is none on PATH.${seen}`, {
      remedy: `Install it (Debian, Ubuntu: apt install python3 python3-venv; else https://www.python.org) and start again.\n${withoutJupyter()}`,
    });
  }
  const noVenv = {
    remedy: `Install it (Debian, Ubuntu: apt install python3-venv) and start again.\n${withoutJupyter()}`,
  };
  if (!python.venv) {
    throw new Problem(
      `Python ${python.version} at ${python.executable} lacks its modules venv and ensurepip.`,
      noVenv,
    );
  }
  await step(`virtual environment .venv (Python ${python.version})`, async () => {
    const { code, output } = await run(python.executable, ["-m", "venv", "--clear", venv]);
    if (code === 0) return;
    rmSync(venv, { recursive: true, force: true });
    throw new Problem(`Python ${python.version} could not make the virtual environment ${venv}.`, {
      ...noVenv,
      output,
    });
  });
  return interpreter;
}

/** Runs pip in `.venv`; a failure is a Problem with pip's last lines. */
export async function pip(title: string, args: string[]): Promise<void> {
  await step(title, async () => {
    const { code, output } = await run(pythonIn(venv), [
      ...["-m", "pip", "--disable-pip-version-check", "--no-input", ...args],
      ...(args[0] === "install" ? ["--progress-bar", "off"] : []),
    ]);
    if (code === 0) return;
    throw new Problem(`pip ended with code ${code}:`, { output });
  });
}
