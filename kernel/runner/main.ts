// The runner: a process that holds all of the user's variables, runs their cells and may die. Reads requests from the
// kernel on fd 4; everything it has to say goes to fd 3 (output.ts), and interrupts come on fd 5 (watchdog.ts).

import { Socket } from "node:net";
import { openAsyncStack } from "./async-stack.ts";
import { handleComm } from "./comm-requests.ts";
import { comms } from "./comms.ts";
import { guarded, protectKernel } from "./damage.ts";
import { display } from "./display.ts";
import { usingCtx } from "./dispose.ts";
import { evaluate, showLateError } from "./evaluate.ts";
import { hideHookProperties } from "./format.ts";
import { answerChannel, input, prompt } from "./input.ts";
import { startWatchdog } from "./interrupts.ts";
import { readMessages } from "./lines.ts";
import { installLoader, moduleSource } from "./loader.ts";
import type { Sight, ToRunner } from "./messages.ts";
import { redirectStreams, send } from "./output.ts";
import { answerWidgetControl, defineLibraryGlobals } from "./preload.ts";
import { killGroup } from "./process-group.ts";
import { see } from "./sight.ts";
import { installTraceback } from "./traceback.ts";
import { rememberGlobals } from "./variables.ts";

const FROM_KERNEL = 4;
const [token = ""] = process.argv.slice(2);
const cwd = process.cwd();
const { exit } = process;

function seen(path: string[]): Sight | null {
  try {
    return see(path) ?? null;
  } catch {
    return null; // user code may have replaced what this is built on
  }
}

function define(name: string, value: unknown, enumerable = true): void {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true, enumerable });
}

openAsyncStack();
startWatchdog(answerChannel);
redirectStreams();
hideHookProperties();
installTraceback({ cwd, modules: moduleSource });
installLoader(cwd);
define("display", display);
define("comms", comms);
define("input", input);
define("prompt", prompt);
define("babelHelpers", { usingCtx }, false);
defineLibraryGlobals();
answerWidgetControl();
rememberGlobals();
protectKernel();
process.argv.length = 1;
process.on("SIGINT", () => undefined);
process.on("uncaughtException", guarded(showLateError));
process.on("unhandledRejection", guarded(showLateError));

const requests = new Socket({ fd: FROM_KERNEL, readable: true, writable: false });
readMessages<ToRunner>(
  requests,
  guarded((request: ToRunner) => {
    if (request.type === "comm") {
      handleComm(request);
      return;
    }
    if (request.type === "see") {
      send({ type: "sight", id: request.id, sight: seen(request.path) });
      return;
    }
    evaluate(request.cell, { token });
  }),
);
requests.on("close", () => {
  process.once("exit", () => killGroup(process.pid));
  exit(0);
});
send({ type: "ready" });
