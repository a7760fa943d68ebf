// The runner's process as it is started: its pipes, its limits, a group of its own. Apart from the host, so that it can
// start while the host's code is still being read.

import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { totalmem } from "node:os";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("./main.js", import.meta.url));
const MEGABYTE = 2 ** 20;

export interface RunnerProcessOptions {
  /** The notebook's folder. */
  cwd: string;
  /** Limit of JavaScript's heap; default NABLAB_HEAP_MB, or a quarter of the machine's memory, 2 to 8 GB. */
  heapMegabytes?: number;
}

export interface RunnerProcess {
  child: ChildProcess;
  /** With which the runner marks the ends of cells in its native streams. */
  token: string;
}

export function spawnRunner({ cwd, heapMegabytes }: RunnerProcessOptions): RunnerProcess {
  const token = randomUUID();
  const child = spawn(process.execPath, [...flags(heapMegabytes), MAIN, token], {
    cwd,
    stdio: ["ignore", "pipe", "pipe", "pipe", "pipe", "pipe"],
    // A process group of its own: a terminal's Ctrl+C is the kernel's business, and what cells start ends with it.
    detached: true,
  });
  child.on("error", () => undefined); // whoever needs it sees that it has no process id
  return { child, token };
}

function flags(heapMegabytes = Number(process.env.NABLAB_HEAP_MB) || defaultHeap()): string[] {
  return [
    `--max-old-space-size=${heapMegabytes}`,
    // An interrupt leaves Node's stack of asynchronous contexts as it was in the middle of a call.
    "--no-force-async-hooks-checks",
    // vm's way to Node's own loader is marked experimental, which is no concern of the user's.
    "--disable-warning=ExperimentalWarning",
  ];
}

function defaultHeap(): number {
  const available = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY) / MEGABYTE;
  return Math.round(Math.min(available * 0.8, Math.max(2048, Math.min(8192, available / 4))));
}
