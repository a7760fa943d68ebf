// A process that measures when it is asked: a line of JSON in, a line of JSON out.

import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

export class Peer {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(command: string, options: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    this.#child = spawn(command, options, {
      env: { ...process.env, ...environment },
      stdio: ["pipe", "pipe", "ignore"],
    });
    // A process that could not be started or has died is told of by ask.
    this.#child.on("error", () => {});
    this.#child.stdin!.on("error", () => {});
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  /**
   * What the process answers.
   * @throws Error with the process's message if it fails, or if it has ended.
   */
  async ask<Answer = number>(request: object): Promise<Answer> {
    this.#child.stdin!.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`it ended with code ${this.#child.exitCode} at ${JSON.stringify(request)}`);
    const answer = JSON.parse(value) as Answer | { error: string };
    if (typeof answer === "object" && answer !== null && "error" in answer) throw new Error(answer.error);
    return answer as Answer;
  }

  stop(): void {
    this.#child.kill();
  }
}
