// TypeScript's native language server as a child process. It is started anew when it dies, with the same documents open,
// so that nothing above has to know; after repeated deaths it is given up and every request fails.

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  CancellationTokenSource,
  createMessageConnection,
  ErrorCodes,
  type MessageConnection,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-jsonrpc/node";
import { spawnServer } from "./server-process.ts";

const MAXIMUM_CRASHES = 3;

const CAPABILITIES = {
  workspace: { configuration: true },
  textDocument: {
    diagnostic: { relatedInformation: true },
    completion: { completionItem: { snippetSupport: false } },
    hover: { contentFormat: ["markdown"] },
    signatureHelp: { signatureInformation: { documentationFormat: ["markdown"], parameterInformation: {} } },
  },
};

// Suggestions of names that still have to be imported would bury the session's own.
const PREFERENCES = {
  suggest: { autoImports: false },
  preferences: { includeCompletionsForModuleExports: false },
};

/** The server takes longer than the caller can wait. */
export class ServerTimeout extends Error {}

/** The server can't be started, or died too often. */
export class ServerUnavailable extends Error {}

export class LanguageServer {
  readonly #cwd: string;
  readonly #onUnavailable: (reason: string) => void;
  readonly #documents = new Map<string, { text: string; version: number; languageId: string }>();
  #first: ChildProcess | undefined;
  #child: ChildProcess | undefined;
  #connection: Promise<MessageConnection> | undefined;
  /** The connection once the server knows all documents. */
  #live: MessageConnection | undefined;
  #crashes = 0;
  #unavailable: string | undefined;
  #stopped = false;

  /** `first` is a server that starts already; by default the first is started here. */
  constructor(options: {
    cwd: string;
    onUnavailable: (reason: string) => void;
    first?: ChildProcess | undefined;
  }) {
    this.#cwd = options.cwd;
    this.#first = options.first;
    this.#onUnavailable = options.onUnavailable;
  }

  /** The server's process id while it runs. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    if (this.#connection || this.#unavailable || this.#stopped) return;
    this.#connection = this.#connect();
    this.#connection.catch(() => undefined); // told to whoever asks something
  }

  /** Open a virtual file, or change it; `name` is relative to the working folder. */
  put(name: string, text: string, languageId = name.endsWith("x") ? "typescriptreact" : "typescript"): void {
    const known = this.#documents.get(name);
    if (known?.text === text) return;
    const version = (known?.version ?? 0) + 1;
    this.#documents.set(name, { text, version, languageId });
    const textDocument = { uri: this.uri(name), version };
    if (known) this.#notify("textDocument/didChange", { textDocument, contentChanges: [{ text }] });
    else this.#notify("textDocument/didOpen", { textDocument: { ...textDocument, languageId, text } });
  }

  /** The text of an open file. */
  textOf(uri: string): string | undefined {
    for (const [name, { text }] of this.#documents) if (this.uri(name) === uri) return text;
    return undefined;
  }

  /** Empty all virtual files whose names begin like this. */
  emptyAll(start: string): void {
    for (const name of this.#documents.keys()) if (name.startsWith(start)) this.put(name, "");
  }

  filesChanged(changes: { path: string; type: "created" | "changed" | "deleted" }[]): void {
    const numbers = { created: 1, changed: 2, deleted: 3 };
    this.#notify("workspace/didChangeWatchedFiles", {
      changes: changes.map(({ path, type }) => ({ uri: pathToFileURL(path).href, type: numbers[type] })),
    });
  }

  uri(name: string): string {
    return pathToFileURL(join(this.#cwd, name)).href;
  }

  /** Ask the server; asked once more where it dies meanwhile. Throws ServerTimeout or ServerUnavailable. */
  async request<T>(method: string, params: object, timeout: number): Promise<T> {
    const cancellation = new CancellationTokenSource();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        cancellation.cancel();
        reject(new ServerTimeout(`TypeScript did not answer ${method} within ${timeout / 1000} s`));
      }, timeout);
    });
    try {
      return await Promise.race([this.#ask<T>(method, params, cancellation), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #ask<T>(method: string, params: object, cancellation: CancellationTokenSource): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      if (this.#stopped) throw new ServerUnavailable("the type checker is stopped");
      if (this.#unavailable) throw new ServerUnavailable(this.#unavailable);
      this.start();
      const child = this.#child;
      try {
        const connection = await (this.#connection as Promise<MessageConnection>);
        return await connection.sendRequest<T>(method, params, cancellation.token);
      } catch (error) {
        const answered = error instanceof ResponseError && error.code !== ErrorCodes.PendingResponseRejected;
        if (answered || attempt > 1) throw error;
        const dying = child?.pid && child.exitCode === null && child.signalCode === null;
        if (dying) await once(child, "exit");
      }
    }
  }

  #notify(method: string, params: object): void {
    // Before the server is there, nothing is lost: it gets all documents when it starts.
    this.#live?.sendNotification(method, params).catch(() => undefined);
  }

  async #connect(): Promise<MessageConnection> {
    let child: ChildProcess;
    try {
      child = this.#first ?? spawnServer(this.#cwd);
      this.#first = undefined;
    } catch (error) {
      this.#giveUp((error as Error).message);
      throw error;
    }
    this.#child = child;
    const { stdin, stdout } = child;
    if (!stdin || !stdout) throw new Error("the type checker has no pipes");
    const connection = createMessageConnection(
      new StreamMessageReader(stdout),
      new StreamMessageWriter(stdin),
    );
    stdin.on("error", () => undefined); // a closed pipe shows as the exit
    connection.onError(() => undefined);
    child.once("error", (error: Error) => {
      this.#giveUp(error.message);
      connection.dispose();
    });
    child.once("exit", () => {
      connection.dispose(); // rejects what is pending
      this.#ended(child);
    });
    connection.onRequest("workspace/configuration", ({ items }: { items: unknown[] }) =>
      items.map(() => PREFERENCES),
    );
    connection.onRequest(() => null);
    connection.onNotification(() => undefined);
    connection.listen();
    await connection.sendRequest("initialize", {
      processId: process.pid,
      rootUri: pathToFileURL(this.#cwd).href,
      capabilities: CAPABILITIES,
      initializationOptions: { disablePushDiagnostics: true },
    });
    const send = (method: string, params: object): void => {
      connection.sendNotification(method, params).catch(() => undefined);
    };
    send("initialized", {});
    for (const [name, { text, version, languageId }] of this.#documents)
      send("textDocument/didOpen", { textDocument: { uri: this.uri(name), languageId, version, text } });
    this.#live = connection;
    return connection;
  }

  #ended(child: ChildProcess): void {
    if (child !== this.#child || this.#stopped) return;
    this.#child = this.#live = this.#connection = undefined;
    this.#crashes += 1;
    if (this.#crashes >= MAXIMUM_CRASHES) this.#giveUp(`it ended unexpectedly ${this.#crashes} times`);
    else this.start();
  }

  #giveUp(reason: string): void {
    if (this.#unavailable || this.#stopped) return;
    this.#unavailable = reason;
    this.#onUnavailable(reason);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    const child = this.#child;
    this.#child = this.#live = this.#connection = undefined;
    this.#documents.clear();
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL"); // it holds nothing that could be lost
    await ended;
  }
}
