// How set-up shows and guards its work: a step says its name and its time, a problem ends everything in a message
// with the remedy, a lock keeps two processes from setting up the same folder. Plain JavaScript, since
// bootstrap.mjs needs it before anything is compiled. All words go to stderr: stdout belongs to the command.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

/** What stops a set-up: what happened, the last lines of the tool it happened in, and what to do. */
export class Problem extends Error {
  constructor(message, { output = "", remedy = "" } = {}) {
    super(message);
    this.name = "Problem";
    this.output = output;
    this.remedy = remedy;
  }

  /** The message, the tool's first and last lines indented, the remedy: npm tells why at first, pip at last. */
  toString() {
    const all = this.output.trim().split("\n");
    const lines = all.length > 16 ? [...all.slice(0, 6), "…", ...all.slice(-10)] : all;
    const output = this.output.trim() ? `\n${lines.map((line) => `    ${line}`).join("\n")}` : "";
    return `${this.message}${output}${this.remedy ? `\n${this.remedy}` : ""}`;
  }
}

/** Does `work` under a line that names it and ends with the time it took (it ticks in a terminal). */
export async function step(title, work) {
  const started = Date.now();
  const terminal = process.stderr.isTTY;
  const seconds = (digits) => `${((Date.now() - started) / 1000).toFixed(digits)} s`;
  process.stderr.write(`  ${title} … `);
  const ticker = terminal && setInterval(() => process.stderr.write(`\r  ${title} … ${seconds(0)} `), 1000);
  const finish = (text) => {
    clearInterval(ticker);
    process.stderr.write(`${terminal ? `\r  ${title} … ` : ""}${text}\n`);
  };
  try {
    const result = await work();
    finish(seconds(1));
    return result;
  } catch (error) {
    finish(`failed after ${seconds(1)}`);
    throw error;
  }
}

/** Runs a program to its end and gives its exit code and all it wrote; it does not outlive this process. */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const collect = (data) => {
      output += data;
    };
    child.stdout.setEncoding("utf8").on("data", collect);
    child.stderr.setEncoding("utf8").on("data", collect);
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
    const stop = (signal) => {
      child.kill("SIGTERM");
      process.exit(128 + os.constants.signals[signal]);
    };
    for (const signal of signals) process.on(signal, stop);
    const end = (code) => {
      for (const signal of signals) process.off(signal, stop);
      resolve({ code, output });
    };
    child.on("error", (error) => {
      output += `${error.message}\n`;
      end(127);
    });
    child.on("close", (code, signal) => end(code ?? 128 + os.constants.signals[signal]));
  });
}

/** Does `work` while no other process on this machine does locked work for the same folder. */
export async function locked(folder, work) {
  const name = createHash("sha256").update(path.resolve(folder)).digest("hex").slice(0, 16);
  const lock = path.join(os.tmpdir(), `nablab-${name}.lock`);
  const release = () => fs.rmSync(lock, { force: true });
  let told = false;
  while (!take(lock)) {
    const owner = ownerOf(lock);
    if (owner === undefined) release();
    else if (owner > 0 && !told) {
      told = true;
      console.error(`  waiting for process ${owner}, which sets up the same folder …`);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  process.once("exit", release);
  try {
    return await work();
  } finally {
    release();
    process.off("exit", release);
  }
}

function take(lock) {
  try {
    fs.writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

// A process that was killed leaves its lock behind; so may one whose id another process has by now.
const longestSetup = 60 * 60 * 1000;

/** The process that holds the lock, 0 while that can't be told, undefined when it is gone without letting go. */
function ownerOf(lock) {
  let owner = 0;
  try {
    if (Date.now() - fs.statSync(lock).mtimeMs > longestSetup) return undefined;
    owner = Number(fs.readFileSync(lock, "utf8"));
    if (owner > 0) process.kill(owner, 0);
    return owner;
  } catch (error) {
    return error.code === "ESRCH" ? undefined : owner;
  }
}
