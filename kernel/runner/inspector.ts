// The kernel's side of V8's inspector in the runner: questions and answers of the Chrome DevTools Protocol
// (https://chromedevtools.github.io/devtools-protocol/v8/) over the watchdog's pipe. No port is opened.

import type { Duplex } from "node:stream";
import { readMessages } from "./lines.ts";
import type { FromInspector, InspectorEvent, ToWatchdog } from "./messages.ts";

interface Waiting {
  resolve: (result: object) => void;
  reject: (error: Error) => void;
}

export class Inspector {
  /** Told of what the inspector says by itself. */
  onEvent: (event: InspectorEvent) => void = () => undefined;
  /** Told when a new runner took the place of one that ended; no cell runs before it is done. */
  onReconnect: () => Promise<void> | undefined = () => undefined;
  readonly #waiting = new Map<number, Waiting>();
  #stream: Duplex | undefined;
  #wasConnected = false;
  #count = 0;

  /** Use a new runner's pipe. What is returned must be waited for before a cell runs. */
  connect(stream: Duplex): Promise<void> | undefined {
    this.#stream = stream;
    readMessages<FromInspector>(stream, (message) => this.#stream === stream && this.#receive(message));
    const isFirst = !this.#wasConnected;
    this.#wasConnected = true;
    return isFirst ? undefined : this.onReconnect();
  }

  /** The runner ended. */
  disconnect(): void {
    this.#stream = undefined;
    for (const { reject } of this.#waiting.values()) reject(new Error("The runner ended."));
    this.#waiting.clear();
  }

  /** @throws Error where the inspector refuses, or there is no runner. */
  post<Result = object>(method: string, params: object = {}): Promise<Result> {
    if (!this.#stream) return Promise.reject(new Error("There is no runner."));
    this.#count += 1;
    const id = this.#count;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: (result) => resolve(result as Result), reject });
      this.#send({ type: "inspect", id, method, params });
    });
  }

  /** Close the session with the inspector: nothing is paused, and it keeps no value alive. The next question opens one. */
  detach(): void {
    this.#send({ type: "detach" });
    for (const { reject } of this.#waiting.values()) reject(new Error("The debugger was disconnected."));
    this.#waiting.clear();
  }

  #send(message: ToWatchdog): void {
    this.#stream?.write(`${JSON.stringify(message)}\n`);
  }

  #receive(message: FromInspector): void {
    if (message.type === "event") {
      const { method, params } = message;
      this.onEvent({ method, params });
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.type === "result") waiting?.resolve(message.result);
    else waiting?.reject(new Error(message.message));
  }
}
