// A thread that stays responsive while a cell spins or is paused. It interrupts the main thread, hands on what a debugger
// asks V8's inspector there, and ends the whole runner when the kernel is gone. At an interrupt, the main thread gets
// the chance to end the cell in good order first.

import { type InspectorNotification, Session } from "node:inspector";
import { Socket } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import {
  ACKNOWLEDGED,
  type AnswerChannel,
  COOPERATIVE,
  type FromWatchdog,
  INTERRUPTED,
} from "./interrupts.ts";
import { readMessages } from "./lines.ts";
import type { Answer, FromInspector, ToWatchdog } from "./messages.ts";
import { killGroup } from "./process-group.ts";

const KERNEL = 5;
/** Interrupts closer than this are one: a terminal's Ctrl+C arrives as a signal and as a message. */
const SAME_MS = 300;
/** A second interrupt within this time ends the runner. */
const INSIST_MS = 2000;
/** The main thread answers within this time unless it spins. */
const ANSWER_MS = 5;
/** A cell that watches for interrupts (`dl.train.fit`) gets this long to come to its end. */
const GRACE_MS = 1900;

const { shared, answers }: { shared: Int32Array; answers: AnswerChannel } = workerData;
/** The debugger's; there is none until it asks something. */
let debugging: Session | undefined;
let isPaused = false;
let count = 0;
let last = { sequence: 0, time: 0 };

function interrupt(sequence: number): void {
  const time = performance.now();
  const since = sequence === last.sequence ? time - last.time : Number.POSITIVE_INFINITY;
  if (since < SAME_MS) return;
  if (since < INSIST_MS) kill();
  last = { sequence, time };
  count += 1;
  const number = count;
  Atomics.store(shared, INTERRUPTED, sequence);
  tell({ type: "interrupt", sequence, number });
  if (isPaused) {
    terminatePaused(sequence);
    return;
  }
  const cooperative = Atomics.load(shared, COOPERATIVE);
  if (cooperative > 0) {
    setTimeout(() => Atomics.load(shared, COOPERATIVE) === cooperative && terminate(sequence), GRACE_MS);
  } else {
    setTimeout(() => Atomics.load(shared, ACKNOWLEDGED) < number && terminate(sequence), ANSWER_MS);
  }
}

function terminate(sequence: number): void {
  const session = new Session();
  session.connectToMainThread();
  session.post("Runtime.terminateExecution", () => {
    session.disconnect();
    tell({ type: "terminated", sequence });
  });
}

/** What is paused can't be asked to end; it ends where it goes on. */
function terminatePaused(sequence: number): void {
  debugging?.post("Debugger.resume", { terminateOnResume: true }, () =>
    tell({ type: "terminated", sequence }),
  );
}

/** Passes a debugger's question on. */
function inspect({ id, method, params }: { id: number; method: string; params: object }): void {
  debugging ??= openSession();
  debugging.post(method, params, (error, result = {}) => {
    answer(error ? { type: "failure", id, message: error.message } : { type: "result", id, result });
  });
}

function openSession(): Session {
  const session = new Session();
  session.connectToMainThread();
  session.on("inspectorNotification", ({ method, params }: InspectorNotification<object>) => {
    if (method === "Debugger.paused") isPaused = true;
    if (method === "Debugger.resumed") isPaused = false;
    answer({ type: "event", method, params: params ?? {} });
  });
  return session;
}

function detach(): void {
  debugging?.disconnect();
  debugging = undefined;
  isPaused = false;
}

/** Hands an answer to the main thread, and wakes that where it is blocked until then. */
function handOver(answer: Answer): void {
  answers.port.postMessage(answer);
  Atomics.add(answers.arrived, 0, 1);
  Atomics.notify(answers.arrived, 0);
}

function answer(message: FromInspector): void {
  kernel.write(`${JSON.stringify(message)}\n`);
}

function tell(message: FromWatchdog): void {
  parentPort?.postMessage(message);
}

/** Ends the runner and the processes that cells started. */
function kill(): void {
  killGroup(process.pid);
  process.kill(process.pid, "SIGKILL"); // where it leads no group
}

const kernel = new Socket({ fd: KERNEL, readable: true, writable: true });
readMessages<ToWatchdog>(kernel, (message) => {
  if (message.type === "interrupt") interrupt(message.sequence);
  else if (message.type === "inspect") inspect(message);
  else if (message.type === "answer") handOver(message.answer);
  else detach();
});
kernel.on("close", kill);
