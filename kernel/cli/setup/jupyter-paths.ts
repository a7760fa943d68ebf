// Where Jupyter looks: its folders by platform and environment variable, as in jupyter_core/paths.py
// (https://docs.jupyter.org/en/latest/use/jupyter-directories.html).

import { homedir } from "node:os";
import { delimiter, join } from "node:path";

type Environment = Record<string, string | undefined>;

/** The user's own data folder. */
export function userDataFolder(env: Environment = process.env, platform: string = process.platform): string {
  if (env.JUPYTER_DATA_DIR) return env.JUPYTER_DATA_DIR;
  const home = env.HOME ?? homedir();
  if (platform === "darwin") return join(home, "Library", "Jupyter");
  if (platform === "win32") return join(env.APPDATA ?? join(home, "AppData", "Roaming"), "jupyter");
  return join(env.XDG_DATA_HOME || join(home, ".local", "share"), "jupyter");
}

/** The folder where running servers leave a note with their URL. */
export function runtimeFolder(env: Environment = process.env): string {
  return env.JUPYTER_RUNTIME_DIR || join(userDataFolder(env), "runtime");
}

/** The data folder of a Python prefix. */
export function dataFolderOf(prefix: string): string {
  return join(prefix, "share", "jupyter");
}

/** Every data folder a Jupyter started from here or from one of the prefixes would search. */
export function dataFolders(prefixes: string[], env: Environment = process.env): string[] {
  const named = (env.JUPYTER_PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const system = process.platform === "win32" ? [] : ["/usr/local/share/jupyter", "/usr/share/jupyter"];
  return [...new Set([...named, ...prefixes.map(dataFolderOf), userDataFolder(env), ...system])];
}
