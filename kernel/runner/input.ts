// `input` and `prompt`, the globals by which a cell asks its reader. Answers come by the watchdog's thread, so that
// `prompt` can block this one until its answer is there: what it waits for doesn't need the event loop.

import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import { MessageChannel, receiveMessageOnPort } from "node:worker_threads";
import type { AnswerChannel } from "./interrupts.ts";
import type { Answer } from "./messages.ts";
import { currentExecution, send } from "./output.ts";

const { load, wait } = Atomics;

/** A question to whoever runs the cell. */
export interface Question {
  /** What to ask for. Default: nothing. */
  prompt?: string;
  /** Don't show what is typed. Default: false. */
  password?: boolean;
}

/** A question that nobody answers; the message says why. */
export class UnansweredError extends Error {
  override readonly name = "UnansweredError";
}

interface Waiting {
  resolve(value: string): void;
  reject(error: Error): void;
}

/** A question that is with the kernel. */
interface Open extends Waiting {
  /** Made where the question was asked, so that its traceback shows that place. */
  error: UnansweredError;
}

const { port1: answers, port2: toAnswers } = new MessageChannel();
const open = new Map<string, Open>();
/** Counts the answers that have come. */
const arrived = new Int32Array(new SharedArrayBuffer(4));

/** What the watchdog needs to hand answers over. */
export const answerChannel: AnswerChannel = { port: toAnswers, arrived };

/**
 * Ask the reader for a line of text and wait for it: `const name = await input("Your name?")`. Other code goes on
 * meanwhile; questions are asked one after the other. Rejects with an UnansweredError where nobody can answer (a notebook that
 * runs without a reader), where the cell that asks has ended or is interrupted; with a TypeError for a wrong question.
 */
export async function input(question: string | Question = ""): Promise<string> {
  let handlers!: Waiting;
  const answer = new Promise<string>((resolve, reject) => {
    handlers = { resolve, reject };
  });
  ask("input", question, handlers);
  return answer;
}

/**
 * Ask the reader for a line of text, and let everything else in the session stand still until it is there:
 * `const name = prompt("Your name?")`. Throws as `input` rejects.
 */
export function prompt(question: string | Question = ""): string {
  let answer: (() => string) | undefined;
  ask("prompt", question, {
    resolve: (value) => {
      answer = () => value;
    },
    reject: (error) => {
      answer = () => {
        throw error;
      };
    },
  });
  for (;;) {
    const before = load(arrived, 0);
    for (let next = receiveMessageOnPort(answers); next; next = receiveMessageOnPort(answers)) {
      receive(next.message);
    }
    if (answer) return answer();
    wait(arrived, 0, before); // an interrupt unwinds this
  }
}

function ask(name: string, question: string | Question, handlers: Waiting): void {
  const given = typeof question === "object" ? question : { prompt: question };
  const { prompt = "", password = false } = given ?? { prompt: null };
  if (typeof prompt !== "string" || typeof password !== "boolean") {
    throw new TypeError(
      `${name} expects a string, or { prompt: string, password: boolean }, but got ${inspect(question)}.`,
    );
  }
  const id = randomUUID();
  open.set(id, { ...handlers, error: new UnansweredError() });
  send({ type: "ask", id, cell: currentExecution()?.id ?? "", prompt, password });
}

function receive(answer: Answer): void {
  const question = open.get(answer.id);
  if (!question) return;
  open.delete(answer.id);
  if ("value" in answer) {
    question.resolve(answer.value);
    return;
  }
  question.error.message = answer.refusal;
  question.reject(question.error);
}

answers.on("message", receive);
