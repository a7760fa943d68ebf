// The kernel: takes requests from any transport, brackets each with busy and idle, and answers it.
// Cells wait in a queue; everything else is answered at once, also while a cell runs.

import { setImmediate } from "node:timers/promises";
import type { Outcome } from "../runner/messages.ts";
import { complete, inspect, isComplete } from "./assistance.ts";
import { Comms, readCommMessage } from "./comms.ts";
import { MalformedRequest, readBoolean, readObject, readString } from "./content.ts";
import type { DebugAdapter, Engines, LoadEngines } from "./engines.ts";
import { CellExecutor } from "./execute.ts";
import { ExecutionQueue } from "./execution-queue.ts";
import { History, type HistoryEntry } from "./history.ts";
import { Iopub } from "./iopub.ts";
import { kernelInfo } from "./kernel-info.ts";
import { type ExecutionContext, Outputs } from "./outputs.ts";
import { page, type Question, questionOf } from "./pager.ts";
import { Stdin } from "./stdin.ts";
import { type Shell, Subshells } from "./subshells.ts";
import type { Content, Request, Transport } from "./transport.ts";
import { Turns } from "./turns.ts";

interface KernelOptions {
  transport: Transport;
  loadEngines: LoadEngines;
  /** The file that keeps what was run; by default the history ends with the kernel. */
  historyPath?: string | undefined;
}

/** Gives a reply's content, or undefined where the protocol knows no reply. */
type Handler = (request: Request) => Content | undefined | Promise<Content | undefined>;

export class Kernel {
  readonly #transport: Transport;
  readonly #iopub: Iopub;
  readonly #outputs: Outputs;
  readonly #engines: Promise<Engines>;
  readonly #comms: Comms;
  readonly #stdin: Stdin;
  readonly #shells: Subshells;
  readonly #history: History;
  readonly #handlers: ReadonlyMap<string, Handler>;
  /** Resolves when a client asked for the kernel's end and its answer is on the way. */
  readonly shutdownRequested: Promise<void>;
  #resolveShutdown!: () => void;
  /** Requests whose cells run, of the main shell and of subshells. */
  readonly #executing = new Set<Request>();
  #debugger: Promise<DebugAdapter> | undefined;
  /** The latest, which events refer to. */
  #debugRequest: Request | undefined;
  #executionCount = 0;

  /** Loads the engines at once; requests may come before they are there. */
  constructor({ transport, loadEngines, historyPath }: KernelOptions) {
    this.#history = new History(historyPath);
    this.#transport = transport;
    this.shutdownRequested = new Promise((resolve) => {
      this.#resolveShutdown = resolve;
    });
    this.#iopub = new Iopub(transport);
    this.#comms = new Comms(this.#iopub);
    this.#outputs = new Outputs(this.#iopub, (message) => this.#comms.track(message));
    this.#stdin = new Stdin(
      transport,
      (answer) => void this.#engines.then(({ runner }) => runner.answer(answer)),
    );
    this.#engines = loadEngines({
      onOutput: this.#outputs.receive,
      onAsk: (question) => {
        this.#iopub.flush(); // what the cell has shown leads up to its question
        this.#stdin.ask(question);
      },
      onRestart: () => {
        this.#comms.closeAll(this.#latestExecuting?.header);
        void this.#engines.then(({ language }) => language.reset());
      },
      onNotice: (message) => this.#outputs.notice(message),
    });
    // A failure to load is told by each request that needs an engine.
    this.#engines.catch(() => undefined);
    const starts = new Turns();
    this.#shells = new Subshells(() => {
      const executor = new CellExecutor(this.#engines, { outputs: this.#outputs, starts });
      const queue: ExecutionQueue = new ExecutionQueue({
        run: (request) => this.#bracket(request, () => this.#execute(request, { executor, queue })),
        abort: (request) => this.#bracket(request, () => this.#reply(request, { status: "aborted" })),
      });
      return { executor, queue };
    });
    this.#handlers = new Map<string, Handler>([
      ["kernel_info_request", kernelInfo],
      ["complete_request", async ({ content }) => complete(content, await this.#engines)],
      ["inspect_request", async ({ content }) => inspect(content, await this.#engines)],
      ["is_complete_request", async ({ content }) => isComplete(content, (await this.#engines).language)],
      ["history_request", ({ content }) => this.#history.reply(content)],
      ["debug_request", (request) => this.#debugReply(request)],
      ["comm_info_request", ({ content }) => this.#comms.info(content)],
      ["comm_open", (request) => this.#handleComm(request)],
      ["comm_msg", (request) => this.#handleComm(request)],
      ["comm_close", (request) => this.#handleComm(request)],
      ["create_subshell_request", () => this.#shells.create()],
      ["delete_subshell_request", ({ content }) => this.#shells.delete(content)],
      ["list_subshell_request", () => this.#shells.list()],
      ["interrupt_request", () => this.#interruptReply()],
      ["shutdown_request", (request) => this.#shutdownReply(request)],
    ]);
    this.#iopub.status("starting");
  }

  /** Take a request; its answer goes to the transport. Never throws. */
  handle(request: Request): void {
    if (request.channel === "stdin") this.#stdin.receive(request);
    else if (request.header.msg_type === "execute_request") void this.#enqueue(request);
    else void this.#answer(request);
  }

  async #enqueue(request: Request): Promise<void> {
    let shell: Shell;
    try {
      shell = this.#shells.of(request.header);
    } catch (error) {
      await this.#bracket(request, () => Promise.reject(error));
      return;
    }
    shell.queue.push(request);
  }

  get #latestExecuting(): Request | undefined {
    return [...this.#executing].at(-1);
  }

  /** Interrupt the cells that run, or a widget's callback, and call off the cells that wait. */
  interrupt(): void {
    for (const { queue, executor } of this.#shells.all) {
      queue.abortWaiting();
      executor.interrupt();
    }
    if (this.#executing.size === 0)
      void this.#engines.then(
        ({ runner }) => runner.interrupt(),
        () => undefined,
      );
  }

  /** End the runner and the language service, and with them the cell that runs. */
  async stop(): Promise<void> {
    this.interrupt(); // a cell that spins would keep the runner from ending by itself
    const engines = await this.#engines.catch(() => undefined);
    await Promise.all([engines?.runner.stop(), engines?.language.stop()]);
  }

  async #answer(request: Request): Promise<void> {
    const type = request.header.msg_type;
    await this.#bracket(request, async () => {
      const handler = this.#handlers.get(type);
      if (!handler) console.error(`nablab kernel: there is no handler for ${JSON.stringify(type)}`);
      const content = await handler?.(request);
      if (content) this.#reply(request, { status: "ok", ...content });
    });
    // Front ends show the latest state, whatever its parent: the idle above must not hide a cell that runs.
    if (this.#latestExecuting) this.#iopub.status("busy", this.#latestExecuting.header);
    if (type === "shutdown_request") this.#resolveShutdown();
  }

  async #bracket(request: Request, answer: () => void | Promise<void>): Promise<void> {
    this.#iopub.status("busy", request.header);
    try {
      await answer();
    } catch (error) {
      if (!(error instanceof MalformedRequest)) console.error("nablab kernel:", error);
      if (request.header.msg_type.endsWith("_request")) this.#reply(request, asErrorReply(error));
    }
    this.#iopub.status("idle", request.header);
  }

  #reply(request: Request, content: Content, metadata: Content = {}): void {
    this.#iopub.flush();
    const type = request.header.msg_type.replace(/_request$/, "_reply");
    this.#transport.reply(request, { type, content, metadata, parent: request.header });
  }

  async #execute(request: Request, { executor, queue }: Shell): Promise<void> {
    const { content, header } = request;
    const code = readString(content, "code");
    const silent = readBoolean(content, "silent", false);
    const storeHistory = !silent && readBoolean(content, "store_history", true);
    const stopOnError = readBoolean(content, "stop_on_error", true);
    const expressions = readObject(content, "user_expressions", {});

    const executionCount = this.#executionCount + 1;
    if (storeHistory) this.#executionCount = executionCount;
    const entry: HistoryEntry = { line: executionCount, input: code, output: null };
    if (storeHistory) this.#history.add(entry);
    if (!silent) {
      const input = { code, execution_count: executionCount };
      this.#iopub.publish({ type: "execute_input", content: input, parent: header });
    }
    const payload: Content[] = [];
    const context: ExecutionContext = {
      parent: header,
      executionCount,
      silent,
      onPayload: (each) => payload.push(each),
      onResult: (data) => {
        const text = data["text/plain"];
        entry.output = typeof text === "string" ? text : null;
      },
    };
    const metadata = { started: new Date().toISOString() };
    this.#executing.add(request);
    this.#stdin.begin(request);
    const question = questionOf(code);
    const outcome = question ? await this.#ask(question, payload) : await executor.execute(code, context);
    this.#stdin.end(request);
    let values: Content = {};
    if (outcome.status === "ok") {
      values = await executor.evaluate(expressions, context);
    } else {
      this.#outputs.error(context, outcome);
      // Cells that a client sent together with this one may still lie in the socket.
      if (stopOnError) {
        await setImmediate();
        queue.abortWaiting();
      }
    }
    this.#executing.delete(request);
    if (storeHistory) this.#history.finish(entry);
    const reply = { execution_count: executionCount, user_expressions: values, payload };
    this.#reply(request, { ...outcome, ...reply }, metadata);
  }

  async #handleComm(request: Request): Promise<undefined> {
    const message = readCommMessage(request);
    const { runner } = await this.#engines;
    this.#comms.track(message);
    this.#outputs.beginCallback(request.header);
    await runner.handleComm(request.header.msg_id, message);
  }

  async #ask(question: Question, payload: Content[]): Promise<Outcome> {
    const found = await page(question, await this.#engines);
    if (found) {
      payload.push(found);
      return { status: "ok" };
    }
    const evalue = `Nothing is known about "${question.expression}": no cell has declared it.`;
    return { status: "error", ename: "ReferenceError", evalue, traceback: [`ReferenceError: ${evalue}`] };
  }

  /** The content is the debugger's whole response, which has a status of its own. */
  async #debugReply(request: Request): Promise<undefined> {
    this.#debugRequest = request;
    this.#debugger ??= this.#openDebugger();
    this.#reply(request, { ...(await (await this.#debugger).request(request.content)) });
  }

  async #openDebugger(): Promise<DebugAdapter> {
    const { openDebugger } = await this.#engines;
    return openDebugger((event) => {
      this.#iopub.publish({ type: "debug_event", content: { ...event }, parent: this.#debugRequest?.header });
    });
  }

  #interruptReply(): Content {
    this.interrupt();
    return {};
  }

  #shutdownReply({ content, header }: Request): Content {
    const reply = { status: "ok", restart: readBoolean(content, "restart", false) };
    this.#iopub.publish({ type: "shutdown_reply", content: reply, parent: header });
    return reply;
  }
}

function asErrorReply(thrown: unknown): Content {
  const { name, message } = thrown instanceof Error ? thrown : new Error(String(thrown));
  return { status: "error", ename: name, evalue: message, traceback: [] };
}
