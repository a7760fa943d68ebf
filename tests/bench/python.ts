// Peers in Python: one process each, in an environment of their own, asked a line of JSON at a time.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

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

export class Peer {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  /** @param script Name of a file beside this one; it gets `options` and the number of threads as arguments. */
  constructor(script: string, ...options: string[]) {
    const path = join(root, "tests/bench", script);
    this.#child = spawn(python, [path, ...options, String(availableParallelism())], {
      env: { ...process.env, KERAS_BACKEND: "tensorflow", TF_CPP_MIN_LOG_LEVEL: "3" },
      stdio: ["pipe", "pipe", "ignore"],
    });
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  /** The number that the peer answers. */
  async ask(request: object): Promise<number> {
    this.#child.stdin!.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#lines.next();
    if (done)
      throw new Error(`The peer ended with code ${this.#child.exitCode} at ${JSON.stringify(request)}.`);
    return Number(value);
  }

  stop(): void {
    this.#child.kill();
  }
}
