// Runs JupyterLab's server: says when it answers and where, and takes it and its kernels down again.

import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runtimeFolder } from "./jupyter-paths.ts";

interface ServeOptions {
  /** The folder JupyterLab shows. */
  folder: string;
  /** JupyterLab's options, as the user gave them. */
  args: string[];
  /** What kernels shall find in their environment besides ours. */
  env: Record<string, string>;
}

/** What a running server writes into Jupyter's runtime folder. */
interface ServerNote {
  pid: number;
  token: string;
  url: string;
}

/** Serves until JupyterLab ends or a signal asks for it; gives its exit code. */
export async function serve(python: string, { folder, args, env }: ServeOptions): Promise<number> {
  const started = performance.now();
  const given = (name: RegExp) => args.some((argument) => name.test(argument));
  // With a token of ours JupyterLab leaves it to us to show the URL.
  const token = process.env.JUPYTER_TOKEN ?? randomBytes(24).toString("hex");
  const options: string[] = [];
  if (!given(/^--(notebook-dir|ServerApp\.root_dir)/)) options.push(`--ServerApp.root_dir=${folder}`);
  if (!given(/^--(log-level|debug|Application\.log_level)/))
    options.push("--log-level=WARN", "--LabApp.log_level=WARN");
  if (process.getuid?.() === 0 && !given(/^--allow-root/)) {
    console.error("  running as root: JupyterLab gets --allow-root");
    options.push("--allow-root");
  }
  const runtime = runtimeFolder();
  const server = spawn(python, ["-m", "jupyterlab", ...options, ...args], {
    // Without a terminal on stdin it doesn't ask whether Ctrl-C was meant; in a group of its own it gets
    // our SIGTERM, on which it stops its kernels, instead of the terminal's SIGINT.
    stdio: ["ignore", "inherit", "inherit"],
    detached: process.platform !== "win32",
    env: {
      ...process.env,
      ...env,
      JUPYTER_TOKEN: token,
      JUPYTER_RUNTIME_DIR: runtime,
      // A kernel of the same name in the user's folder must not hide the one in .venv.
      JUPYTER_PREFER_ENV_PATH: "1",
    },
  });
  const release = stopOnSignals(server);
  const ended = new Promise<number>((resolve) => {
    server.on("error", (error) => {
      console.error(`JupyterLab could not be started: ${error.message}`);
      resolve(1);
    });
    server.on("exit", (code, signal) => resolve(code ?? 128 + constants.signals[signal as NodeJS.Signals]));
  });
  void announce(server, runtime, token, started);
  const code = await ended;
  release();
  return code;
}

function stopOnSignals(server: ChildProcess): () => void {
  let asked = false;
  const stop = () => {
    if (!asked) console.error("\n  stopping JupyterLab and its kernels …");
    server.kill(asked ? "SIGKILL" : "SIGTERM");
    asked = true;
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, stop);
  return () => {
    for (const signal of signals) process.off(signal, stop);
  };
}

async function announce(
  server: ChildProcess,
  runtime: string,
  token: string,
  started: number,
): Promise<void> {
  while (server.exitCode === null && server.signalCode === null) {
    const note = noteOf(server, runtime, token);
    if (note && (await answers(note.url))) {
      const query = note.token ? `?token=${note.token}` : "";
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.error(
        `  JupyterLab is ready after ${seconds} s, Ctrl-C stops it:\n\n    ${note.url}lab${query}\n`,
      );
      return;
    }
    await sleep(50);
  }
}

// By the token too, since on Windows a venv's python is a launcher with another process id.
function noteOf(server: ChildProcess, runtime: string, token: string): ServerNote | undefined {
  try {
    return readdirSync(runtime)
      .filter((name) => /^jpserver-\d+\.json$/.test(name))
      .map((name): ServerNote => JSON.parse(readFileSync(join(runtime, name), "utf8")))
      .find((note) => note.pid === server.pid || (token !== "" && note.token === token));
  } catch {
    return undefined; // not there yet, or read in the middle of being written
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}api`)).ok;
  } catch (error) {
    // With a certificate that Node doesn't trust it answers all the same.
    return (error as { cause?: { code?: string } }).cause?.code !== "ECONNREFUSED";
  }
}
