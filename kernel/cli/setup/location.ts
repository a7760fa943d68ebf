// The options that `install` and `uninstall` share: which of Jupyter's data folders is meant.

import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { dataFolderOf, userDataFolder } from "./jupyter-paths.ts";
import { findPython } from "./python.ts";
import { Problem } from "./steps.ts";

/** A Jupyter data folder, and the Python prefix it belongs to (none for the user's own). */
export interface Location {
  dataFolder: string;
  prefix?: string;
}

export const locationHelp = `  --user          for this user, in Jupyter's data folder (the default; JUPYTER_DATA_DIR moves it)
  --sys-prefix    for the active virtual or conda environment, else for the Python on PATH
  --prefix DIR    below DIR, in DIR/share/jupyter/kernels`;

/** Reads the options; undefined when help is asked for. Throws a Problem for anything else. */
export async function parseLocation(args: string[]): Promise<Location | undefined> {
  const { values } = parse(args);
  if (values.help) return undefined;
  if ([values.user, values["sys-prefix"], values.prefix].filter(Boolean).length > 1) {
    throw new Problem("--user, --sys-prefix and --prefix exclude each other: give one of them.");
  }
  if (values.prefix) return ofPrefix(resolve(values.prefix));
  if (values["sys-prefix"]) return ofPrefix(await systemPrefix());
  return { dataFolder: userDataFolder() };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        user: { type: "boolean" },
        "sys-prefix": { type: "boolean" },
        prefix: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new Problem((error as Error).message, { remedy: "--help shows the options." });
  }
}

function ofPrefix(prefix: string): Location {
  return { dataFolder: dataFolderOf(prefix), prefix };
}

async function systemPrefix(): Promise<string> {
  const active = process.env.VIRTUAL_ENV || process.env.CONDA_PREFIX;
  if (active) return active;
  const { python } = await findPython();
  if (python) return python.prefix;
  throw new Problem("--sys-prefix needs an active environment or a Python on PATH, and there is neither.", {
    remedy: "Activate the environment that holds Jupyter, or name it with --prefix DIR.",
  });
}
