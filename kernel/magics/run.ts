// What magics do in the runner, where the session's values are. A translated cell calls this in the place of a magic.

import { homedir } from "node:os";
import { interruptSignal } from "../runner/interrupts.ts";
import { currentExecution, publish } from "../runner/output.ts";
import { describe, session } from "../runner/variables.ts";
import { helpText } from "./catalog.ts";
import { runShell } from "./shell-line.ts";
import { formatTable, tensorTable } from "./tensors.ts";
import { repeat, startClock, summary } from "./timing.ts";

const print = (text: string, name: "stdout" | "stderr" = "stdout"): void =>
  publish({ type: "stream", name, text });

let previousFolder: string | undefined;
/** The clocks of `%time` around statements. */
const clocks: (() => string)[] = [];

/** Run the magic of this name; `code` is what it measures. The value is the cell's where the magic ends it. */
export async function runMagic(name: string, argument: string, code?: () => unknown): Promise<unknown> {
  switch (name) {
    case "time": {
      const told = startClock();
      const value = await code?.();
      print(told());
      return value;
    }
    case "time start":
      clocks.push(startClock());
      return undefined;
    case "time stop":
      print(clocks.pop()?.() ?? "");
      return undefined;
    case "time cell": {
      const execution = currentExecution();
      const told = startClock();
      if (execution) execution.beforeResult = () => print(told());
      return undefined;
    }
    case "timeit":
      if (code) print(summary(await repeat(code, repeatOptions(argument))));
      return undefined;
    case "shell":
      return runShell(argument, shellOptions());
    case "who":
      return print(who());
    case "tensors":
      return print(tensorTable());
    case "cd":
      return print(changeFolder(argument));
    case "env":
      return print(environment(argument));
    case "help":
      return print(helpText());
    default:
      return undefined; // done by the kernel, before the cell
  }
}

function repeatOptions(text: string): { loops?: number | undefined; repeats?: number | undefined } {
  const number = (option: string): number | undefined => {
    const found = new RegExp(`-${option}\\s*(\\d+)`).exec(text)?.[1];
    return found === undefined ? undefined : Math.max(1, Number(found));
  };
  return { loops: number("n"), repeats: number("r") };
}

function shellOptions(): Parameters<typeof runShell>[1] {
  // The streams come back at any time: their output belongs to the cell that is running now.
  const execution = currentExecution();
  return {
    signal: interruptSignal(),
    write: (name, text) => text && publish({ type: "stream", name, text }, execution),
  };
}

function who(): string {
  const found = describe(session()).filter(({ name }) => !name.startsWith("__"));
  if (found.length === 0) return "No cell has declared a variable.\n";
  const rows = found.map(({ name, type, value }) => [
    name,
    type,
    value.length > 60 ? `${value.slice(0, 59)}…` : value,
  ]);
  return formatTable([["name", "type", "value"], ...rows]);
}

function changeFolder(argument: string): string {
  const path = argument.replace(/^(['"])(.*)\1$/, "$2");
  const target =
    path === "-" ? previousFolder : path === "" ? homedir() : path.replace(/^~(?=\/|$)/, homedir());
  if (target === undefined) throw new Error("%cd - goes back, but the folder has not been changed yet.");
  const from = process.cwd();
  try {
    process.chdir(target);
  } catch {
    throw new Error(`%cd can't go to ${target}: there is no such folder.`);
  }
  previousFolder = from;
  return `${process.cwd()}\n`;
}

function environment(argument: string): string {
  if (argument === "") {
    // As in IPython, a listing, which is easily passed on with the notebook, keeps secrets to itself.
    const shown = Object.entries(process.env).map(([name, value]) =>
      /KEY|TOKEN|SECRET|PASSWORD/i.test(name) ? `${name}=<hidden>` : `${name}=${value}`,
    );
    return `${shown.sort().join("\n")}\n`;
  }
  const [, name = "", separator, rest = ""] = /^([^\s=]+)(?:(\s*=\s*|\s+)(.*))?$/s.exec(argument) ?? [];
  if (name === "") throw new Error(`%env expects a name, or a name and a value, but got "${argument}".`);
  if (separator === undefined) {
    const value = process.env[name];
    if (value === undefined) throw new Error(`%env: there is no environment variable ${name}.`);
    return `${value}\n`;
  }
  process.env[name] = rest;
  return `env: ${name}=${rest}\n`;
}
