// A thread that stays responsive while a cell spins. It interrupts the main thread, and ends the whole runner when the
// kernel is gone. The main thread gets the chance to end the cell in good order first.

import { Session } from "node:inspector";
import { Socket } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import { ACKNOWLEDGED, COOPERATIVE, ENDED, type FromWatchdog, INTERRUPTED } from "./interrupts.ts";
import { readMessages } from "./lines.ts";
import type { ToWatchdog } from "./messages.ts";

const FROM_KERNEL = 5;
/** Interrupts closer than this are one: a terminal's Ctrl+C arrives as a signal and as a message. */
const SAME_MS = 300;
/** A second interrupt within this time ends the runner. */
const INSIST_MS = 2000;
/** The main thread answers within this time unless it spins. */
const ANSWER_MS = 100;
/** A cell that watches for interrupts (`dl.train.fit`) gets this long to come to its end. */
const GRACE_MS = 1900;

const shared: Int32Array = workerData;
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
  const cooperates = Atomics.load(shared, COOPERATIVE) === sequence;
  if (!cooperates) {
    setTimeout(() => Atomics.load(shared, ACKNOWLEDGED) < number && terminate(sequence), ANSWER_MS);
  }
  setTimeout(() => Atomics.load(shared, ENDED) < sequence && cooperates && terminate(sequence), GRACE_MS);
}

function terminate(sequence: number): void {
  const session = new Session();
  session.connectToMainThread();
  session.post("Runtime.terminateExecution", () => {
    session.disconnect();
    tell({ type: "terminated", sequence });
  });
}

function tell(message: FromWatchdog): void {
  parentPort?.postMessage(message);
}

/** Ends the runner and the processes that cells started. */
function kill(): void {
  for (const id of [-process.pid, process.pid]) {
    try {
      process.kill(id, "SIGKILL");
    } catch {
      // No such process group: the runner itself follows.
    }
  }
}

const requests = new Socket({ fd: FROM_KERNEL, readable: true, writable: false });
readMessages<ToWatchdog>(requests, ({ sequence }) => interrupt(sequence));
requests.on("close", kill);
