// `!command`: the shell's output as it comes, its exit code where it is not 0, its end at an interrupt. The processes
// stay in the runner's group, so they end with it, whatever ends it.

import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

/** After an interrupt processes have this long to end by themselves. */
const GRACE_MS = 500;
/** Output that is on its way when the shell ends; what goes on in the background may hold the pipes for long. */
const DRAIN_MS = 200;

interface ShellOptions {
  signal: AbortSignal | undefined;
  write(name: "stdout" | "stderr", text: string): void;
}

/** Run a command. Rejects with the signal's reason where it is aborted. */
export async function runShell(command: string, { signal, write }: ShellOptions): Promise<void> {
  signal?.throwIfAborted();
  const child = spawn(command, { shell: process.env.SHELL || true, stdio: ["ignore", "pipe", "pipe"] });
  const streams = [follow(child.stdout, "stdout", write), follow(child.stderr, "stderr", write)];
  const stop = (): void => {
    const { pid } = child;
    if (pid === undefined) return;
    // Found now: what the shell started belongs to nobody once it has ended.
    const tree = treeOf(pid);
    for (const each of tree) end(each, "SIGINT");
    setTimeout(() => {
      for (const each of tree) end(each, "SIGKILL");
    }, GRACE_MS).unref();
  };
  signal?.addEventListener("abort", stop, { once: true });
  const [code, killedBy] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (...end) => resolve(end));
  }).finally(() => signal?.removeEventListener("abort", stop));
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, DRAIN_MS);
  });
  await Promise.race([Promise.all(streams), late]);
  clearTimeout(timer);
  signal?.throwIfAborted();
  if (killedBy) write("stderr", `[ended by ${killedBy}]\n`);
  else if (code !== 0) write("stderr", `[exit code ${code}]\n`);
}

function follow(stream: Readable, name: "stdout" | "stderr", write: ShellOptions["write"]): Promise<void> {
  const decoder = new StringDecoder("utf8");
  stream.on("data", (chunk: Buffer) => write(name, decoder.write(chunk)));
  return new Promise((resolve) => stream.once("close", () => resolve()));
}

/** A process and all that it started, the children first. */
function treeOf(pid: number): number[] {
  return [...childrenOf(pid).flatMap(treeOf), pid];
}

function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
      .flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" "))
      .filter((word) => word !== "")
      .map(Number);
  } catch {
    return []; // it has ended, or there is no such file system
  }
}
