// What cells ask of their reader: `input_request` to the client whose cell asks, one at a time, and its `input_reply`
// (https://jupyter-client.readthedocs.io/en/stable/messaging.html#messages-on-the-stdin-router-dealer-channel).
// Only a cell that runs may ask: front ends show no question under a request that they know to be done.

import type { Answer, Ask } from "../runner/messages.ts";
import type { Request, Transport } from "./transport.ts";

const NOBODY =
  "Nobody can answer this question: the notebook runs without a reader (its client doesn't allow stdin, as under " +
  "nbconvert, papermill or `nablab run`). Put the value into the cell, or read it from process.env.";
const TOO_LATE =
  "Only a running cell can ask a question: this comes from one that has ended, or from a widget. " +
  "Await input() in the cell itself.";
const UNANSWERED =
  "The cell ended before this question was answered: it was interrupted, or didn't await input().";
const NO_VALUE = "The client's answer to this question holds no text.";

/** A question that has no answer yet. */
interface Open {
  question: Ask;
  /** The request whose cell asks. */
  asker: Request;
  /** The message id of its `input_request`, when that has been sent. */
  sent?: string;
}

export class Stdin {
  readonly #transport: Transport;
  readonly #answer: (answer: Answer) => void;
  /** Requests whose cells run, by their ids. */
  readonly #askers = new Map<string, Request>();
  /** In the order of the asking; the first one of each client is with it. */
  #open: Open[] = [];

  constructor(transport: Transport, answer: (answer: Answer) => void) {
    this.#transport = transport;
    this.#answer = answer;
  }

  /** From now on the cell of this request may ask. */
  begin(request: Request): void {
    this.#askers.set(request.header.msg_id, request);
  }

  /** The cell has ended; what it still wanted to know nobody will tell. */
  end(request: Request): void {
    this.#askers.delete(request.header.msg_id);
    const dropped = this.#open.filter(({ asker }) => asker === request);
    if (dropped.length === 0) return;
    this.#open = this.#open.filter(({ asker }) => asker !== request);
    for (const { question } of dropped) this.#answer({ id: question.id, refusal: UNANSWERED });
    this.#sendNext(request);
  }

  ask(question: Ask): void {
    const { id, cell } = question;
    const asker = this.#askers.get(cell);
    if (!asker) {
      this.#answer({ id, refusal: TOO_LATE });
    } else if (!this.#transport.ask || asker.content.allow_stdin === false) {
      this.#answer({ id, refusal: NOBODY });
    } else {
      this.#open.push({ question, asker });
      this.#sendNext(asker);
    }
  }

  /** Take a client's answer. One that comes late is ignored. */
  receive(reply: Request): void {
    if (reply.header.msg_type !== "input_reply") return;
    const open = this.#first(reply);
    if (!open) return;
    const { parent, content } = reply;
    // Not every client says what it answers.
    if (parent?.msg_type === "input_request" && parent.msg_id !== open.sent) return;
    this.#open = this.#open.filter((each) => each !== open);
    const { id } = open.question;
    const { value } = content;
    this.#answer(typeof value === "string" ? { id, value } : { id, refusal: NO_VALUE });
    this.#sendNext(open.asker);
  }

  /** Ask the client of `request` its first question, unless it has that already. */
  #sendNext(request: Request): void {
    const open = this.#first(request);
    if (!open || open.sent !== undefined) return;
    const { prompt, password } = open.question;
    const parent = open.asker.header;
    open.sent = this.#transport.ask?.(open.asker, {
      type: "input_request",
      content: { prompt, password },
      parent,
    });
  }

  #first({ identities }: Request): Open | undefined {
    return this.#open.find(({ asker }) => isSame(asker.identities, identities));
  }
}

function isSame(one: Uint8Array[], other: Uint8Array[]): boolean {
  return (
    one.length === other.length && one.every((part, index) => Buffer.from(part).equals(other[index] ?? []))
  );
}
