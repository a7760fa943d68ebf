// Peers in Python, in an environment of their own.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Peer } from "./peer.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const environment = join(root, ".venv-bench");
const python = join(environment, "bin", "python");

/** Make the environment of the peers, and install into it what is missing. */
export function ensurePackages(requirements: readonly string[]): void {
  if (!existsSync(environment)) execFileSync("python3", ["-m", "venv", environment], { stdio: "inherit" });
  execFileSync(python, ["-m", "pip", "--quiet", "install", ...requirements], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/** @param script Path from tests/bench; it gets `options` and the number of threads as arguments. */
export function pythonPeer(script: string, ...options: string[]): Peer {
  const path = join(root, "tests/bench", script);
  return new Peer(python, [path, ...options, String(availableParallelism())], {
    KERAS_BACKEND: "tensorflow",
    TF_CPP_MIN_LOG_LEVEL: "3",
  });
}
