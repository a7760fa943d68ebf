// The shell with a transport in memory and engines that do as the cell's text says.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { CellSyntaxError, type CheckLevel, type Diagnostic, type Language } from "../language/index.ts";
import type { Cell, CommMessage, Outcome, Output, Sight } from "../runner/messages.ts";
import { toCodePoints, toCodeUnits } from "./code-points.ts";
import type { EngineEvents, Runner } from "./engines.ts";
import { Kernel } from "./kernel.ts";
import type { Content, Outgoing, ReplyChannel, Request, Transport } from "./transport.ts";

const failed: Outcome = { status: "error", ename: "Error", evalue: "no", traceback: ["Error: no"] };
const diagnostic: Diagnostic = { line: 1, column: 1, length: 1, code: 2322, message: "wrong type" };

/** Cells are scripts for this runner: a function of what it can do. */
type Script = (cell: {
  output(output: Content): void;
  untilInterrupted(): Promise<void>;
}) => Promise<Outcome | undefined>;

class FakeRunner implements Runner {
  readonly #events: EngineEvents;
  readonly #scripts: Map<string, Script>;
  interrupts = 0;
  isStopped = false;
  #onInterrupt = () => {};

  constructor(events: EngineEvents, scripts: Map<string, Script>) {
    this.#events = events;
    this.#scripts = scripts;
  }

  start(): void {}

  async execute({ id, source }: Cell): Promise<Outcome> {
    const script = this.#scripts.get(source);
    if (!script) return { status: "ok" };
    const output = (content: Content) => this.#events.onOutput({ ...content, cell: id } as Output);
    const untilInterrupted = () =>
      new Promise<void>((resolve) => {
        this.#onInterrupt = resolve;
      });
    return (await script({ output, untilInterrupted })) ?? { status: "ok" };
  }

  /** A session without targets refuses. */
  async handleComm(id: string, { kind, comm }: CommMessage): Promise<void> {
    if (kind !== "comm_open") return;
    const message: CommMessage = { kind: "comm_close", comm, data: {}, metadata: {}, buffers: [] };
    this.#events.onOutput({ type: "comm", cell: id, message });
  }

  answer(): void {}

  async see(path: string[]): Promise<Sight | undefined> {
    if (path.join() !== "row") return undefined;
    const members = [{ name: "age", kind: "property" as const, type: "number" }];
    return { type: "Object", text: "{ age: 3 }", members, keys: ["age", "first name"] };
  }

  interrupt(): void {
    this.interrupts += 1;
    this.#onInterrupt();
  }

  async restart(): Promise<void> {
    this.#events.onRestart();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
  }
}

class FakeLanguage implements Language {
  checkLevel: CheckLevel = "strict";
  readonly committed: string[] = [];
  start(): void {}
  async check(source: string): Promise<Diagnostic[]> {
    if (source === "slow check") await setTimeout(60_000, undefined, { ref: false });
    return source === "type error" ? [diagnostic] : [];
  }
  strip(source: string) {
    if (source === "syntax error") throw new CellSyntaxError([diagnostic]);
    return { code: source, map: "{}" };
  }
  commit(source: string): void {
    this.committed.push(source);
  }
  packagesChanged(): void {}
  knows(): boolean {
    return false;
  }
  reset(): void {
    this.committed.length = 0;
  }
  async complete(source: string, offset: number) {
    return { matches: [{ text: "match", kind: "const" }], start: source.indexOf("m"), end: offset };
  }
  async inspect() {
    return { markdown: "**m**", text: "m" };
  }
  isComplete() {
    return { status: "incomplete" as const, indent: "  " };
  }
  async stop(): Promise<void> {}
}

class Client implements Transport {
  readonly published: Outgoing[] = [];
  readonly replies: Outgoing[] = [];
  readonly scripts = new Map<string, Script>();
  readonly language = new FakeLanguage();
  runner!: FakeRunner;
  events!: EngineEvents;
  readonly kernel: Kernel;
  #count = 0;

  constructor(ready: Promise<void> = Promise.resolve()) {
    this.kernel = new Kernel({
      transport: this,
      loadEngines: async (events) => {
        this.events = events;
        this.runner = new FakeRunner(events, this.scripts);
        await ready;
        const openDebugger = () => Promise.reject(new Error("Nobody debugs here."));
        return { folder: process.cwd(), language: this.language, runner: this.runner, openDebugger };
      },
    });
  }

  publish(message: Outgoing): void {
    this.published.push(message);
  }

  reply(_request: Request, message: Outgoing): void {
    this.replies.push(message);
  }

  send(type: string, content: Content, channel: ReplyChannel = "shell"): string {
    this.#count += 1;
    const id = String(this.#count);
    const header = { msg_id: id, msg_type: type, session: "s", username: "u", date: "", version: "5.5" };
    this.kernel.handle({ channel, identities: [], header, metadata: {}, content, buffers: [] });
    return id;
  }

  execute(code: string, options: Content = {}, script?: Script): string {
    if (script) this.scripts.set(code, script);
    return this.send("execute_request", { code, ...options });
  }

  of(id: string): Outgoing[] {
    return this.published.filter(({ parent }) => parent?.msg_id === id);
  }

  replyTo(id: string): Outgoing | undefined {
    return this.replies.find(({ parent }) => parent?.msg_id === id);
  }

  /** What was published under `id` until its idle, with the reply's content. */
  async collect(id: string): Promise<{ reply: Content; types: string[]; messages: Outgoing[] }> {
    while (!this.of(id).some(({ content }) => content.execution_state === "idle")) await setTimeout(1);
    const messages = this.of(id);
    return { reply: this.replyTo(id)?.content ?? {}, types: messages.map(({ type }) => type), messages };
  }
}

test("code points and code units", () => {
  const text = "a😀b";
  assert.deepEqual(
    [0, 1, 2, 3, 9].map((points) => toCodeUnits(text, points)),
    [0, 1, 3, 4, 4],
  );
  assert.deepEqual(
    [0, 1, 3, 4].map((units) => toCodePoints(text, units)),
    [0, 1, 2, 3],
  );
});

test("completion counts in code points", async () => {
  const client = new Client();
  const { reply } = await client.collect(
    client.send("complete_request", { code: "'😀'; ma", cursor_pos: 7 }),
  );
  assert.deepEqual([reply.matches, reply.cursor_start, reply.cursor_end], [["match"], 5, 7]);
});

test("inspection and is_complete answer", async () => {
  const client = new Client();
  const inspected = await client.collect(client.send("inspect_request", { code: "m", cursor_pos: 1 }));
  assert.deepEqual(inspected.reply.data, { "text/plain": "m", "text/markdown": "**m**" });
  const { reply } = await client.collect(client.send("is_complete_request", { code: "{" }));
  assert.deepEqual(reply, { status: "incomplete", indent: "  " });
});

test("kernel_info waits for no engine", async () => {
  const client = new Client(new Promise(() => undefined));
  const { reply, types } = await client.collect(client.send("kernel_info_request", {}, "control"));
  assert.equal(reply.implementation, "nablab");
  assert.deepEqual(types, ["status", "status"]);
});

test("lines are coalesced in order, live, and before anything else", async () => {
  const client = new Client();
  const id = client.execute("lines", {}, async ({ output }) => {
    for (let i = 0; i < 1000; i += 1) output({ type: "stream", name: "stdout", text: `${i}\n` });
    output({ type: "stream", name: "stderr", text: "err\n" });
    output({ type: "display", data: {}, metadata: {}, displayId: "d", update: false });
    output({ type: "stream", name: "stdout", text: "early\n" });
    await setTimeout(40);
    assert.equal(client.of(id).at(-1)?.content.text, "early\n", "text waits too long");
    output({ type: "stream", name: "stdout", text: "x".repeat(65_536) });
    assert.equal(String(client.of(id).at(-1)?.content.text).length, 65_536, "a full buffer waits");
    output({ type: "stream", name: "stdout", text: "last\n" });
    return undefined;
  });
  const { types, messages } = await client.collect(id);
  const expected = ["stream", "stream", "display_data", "stream", "stream", "stream"];
  assert.deepEqual(types, ["status", "execute_input", ...expected, "status"]);
  assert.equal(messages[2]?.content.text, [...Array(1000).keys()].map((i) => `${i}\n`).join(""));
  assert.deepEqual(messages[4]?.content.transient, { display_id: "d" });
});

test("late output goes to the cell that caused it", async () => {
  const client = new Client();
  const first = client.execute("first", {}, async ({ output }) => {
    setTimeout(50).then(() => output({ type: "stream", name: "stdout", text: "late" }));
    return undefined;
  });
  await client.collect(first);
  await client.collect(client.execute("second"));
  await setTimeout(100);
  assert.equal(client.of(first).at(-1)?.content.text, "late");
});

test("an error calls off the cells that wait, and only these", async () => {
  const client = new Client();
  const failing = client.execute("fails", {}, async () => failed);
  const waiting = client.execute("waits");
  const { reply, types } = await client.collect(failing);
  assert.equal(reply.status, "error");
  assert.deepEqual(types, ["status", "execute_input", "error", "status"]);
  const aborted = await client.collect(waiting);
  assert.deepEqual(aborted.reply, { status: "aborted" });
  assert.deepEqual(aborted.types, ["status", "status"]);
  assert.equal((await client.collect(client.execute("next"))).reply.status, "ok");
  client.execute("fails", { stop_on_error: false });
  assert.equal((await client.collect(client.execute("goes on"))).reply.status, "ok");
});

test("an interrupt ends the running cell and calls off the others", async () => {
  const client = new Client();
  const running = client.execute("runs", { stop_on_error: false }, async ({ untilInterrupted }) => {
    await untilInterrupted();
    return failed;
  });
  const waiting = client.execute("waits");
  await setTimeout(20);
  const interrupt = await client.collect(client.send("interrupt_request", {}, "control"));
  assert.deepEqual(interrupt.reply, { status: "ok" });
  assert.equal((await client.collect(running)).reply.status, "error");
  assert.equal((await client.collect(waiting)).reply.status, "aborted");
  assert.equal(client.runner.interrupts, 1);
});

test("an interrupt ends a cell that is still being checked", async () => {
  const client = new Client();
  const id = client.execute("slow check");
  await setTimeout(50);
  client.kernel.interrupt();
  assert.equal((await client.collect(id)).reply.status, "error");
  assert.deepEqual([client.language.committed, client.runner.interrupts], [[], 0]);
});

test("an interrupt with nothing running does nothing", async () => {
  const client = new Client();
  client.kernel.interrupt();
  assert.equal((await client.collect(client.execute("runs"))).reply.status, "ok");
  client.kernel.interrupt();
  assert.equal((await client.collect(client.execute("runs"))).reply.status, "ok");
});

test("a cell with wrong types or syntax does not run", async () => {
  const client = new Client();
  for (const [code, ename] of [
    ["type error", "TypeCheckError"],
    ["syntax error", "SyntaxError"],
  ] as const) {
    const { reply, types } = await client.collect(client.execute(code, { stop_on_error: false }));
    assert.deepEqual([reply.ename, reply.evalue], [ename, "wrong type"]);
    assert.match((reply.traceback as string[]).join("\n"), /cell/);
    assert.equal(types.at(-2), "error");
  }
  assert.deepEqual(client.language.committed, []);
});

test("where type errors only warn, they are told on stderr and the cell runs", async () => {
  const client = new Client();
  client.language.checkLevel = "warn";
  const { reply, messages } = await client.collect(client.execute("type error"));
  assert.equal(reply.status, "ok");
  const text = messages.map(({ content }) => (content.name === "stderr" ? content.text : "")).join("");
  assert.match(text, /wrong type[\s\S]*type error/);
  assert.deepEqual(client.language.committed, ["type error"]);
});

test("a silent cell publishes nothing and does not count", async () => {
  const client = new Client();
  const script: Script = async ({ output }) => {
    output({ type: "result", data: { "text/plain": "5" }, metadata: {} });
    return undefined;
  };
  const silent = await client.collect(client.execute("5", { silent: true }, script));
  assert.deepEqual(silent.types, ["status", "status"]);
  const loud = await client.collect(client.execute("5"));
  assert.equal(loud.reply.execution_count, 1);
  assert.equal(loud.messages[2]?.content.execution_count, 1);
  const unstored = await client.collect(client.execute("5", { store_history: false }));
  assert.equal(unstored.reply.execution_count, 2);
  assert.equal((await client.collect(client.execute("5"))).reply.execution_count, 2);
});

test("user expressions are evaluated after the cell", async () => {
  const client = new Client();
  client.scripts.set("six", async ({ output }) => {
    output({ type: "stream", name: "stdout", text: "unheard" });
    output({ type: "result", data: { "text/plain": "6" }, metadata: {} });
    return undefined;
  });
  client.scripts.set("bad", async () => failed);
  const expressions = { a: "six", b: "bad", c: "syntax error" };
  const { reply, types } = await client.collect(client.execute("", { user_expressions: expressions }));
  const values = reply.user_expressions as Record<string, Content>;
  assert.deepEqual(values.a, { status: "ok", data: { "text/plain": "6" }, metadata: {} });
  assert.deepEqual(values.b, failed);
  assert.equal(values.c?.ename, "SyntaxError");
  assert.ok(!types.includes("stream"));
});

test("history gives the tail, a search and a range", async () => {
  const client = new Client();
  const script: Script = async ({ output }) => {
    output({ type: "result", data: { "text/plain": "1" }, metadata: {} });
    return undefined;
  };
  for (const code of ["const a = 1", "a", "const a = 1"])
    await client.collect(client.execute(code, {}, script));
  const ask = async (content: Content) =>
    (await client.collect(client.send("history_request", content))).reply.history;
  assert.deepEqual(await ask({ hist_access_type: "tail", n: 1, output: true }), [
    [1, 3, ["const a = 1", "1"]],
  ]);
  assert.deepEqual(await ask({ hist_access_type: "search", pattern: "const*", unique: true }), [
    [1, 3, "const a = 1"],
  ]);
  assert.deepEqual(await ask({ hist_access_type: "range", session: 0, start: 1, stop: 3 }), [
    [1, 1, "const a = 1"],
    [1, 2, "a"],
  ]);
});

test("a malformed request is answered with an error, an unknown one is logged", async (t) => {
  const log = t.mock.method(console, "error", () => undefined);
  const client = new Client();
  for (const [type, content] of [
    ["execute_request", { nothing: "here" }],
    ["complete_request", { code: 3 }],
    ["history_request", { hist_access_type: 1 }],
  ] as const) {
    const { reply } = await client.collect(client.send(type, content));
    assert.deepEqual([reply.status, reply.ename], ["error", "MalformedRequest"]);
  }
  assert.equal(log.mock.callCount(), 0);
  await client.collect(client.send("no_such_request", {}));
  assert.equal(log.mock.callCount(), 1);
  assert.equal((await client.collect(client.execute("alive"))).reply.status, "ok");
});

test("an unknown comm is closed", async () => {
  const client = new Client();
  const { types } = await client.collect(
    client.send("comm_open", { comm_id: "c", target_name: "t", data: {} }),
  );
  assert.deepEqual(types, ["status", "comm_close", "status"]);
  const { reply } = await client.collect(client.send("comm_info_request", {}));
  assert.deepEqual(reply.comms, {});
});

test("a request during a cell leaves the kernel busy", async () => {
  const client = new Client();
  const running = client.execute("runs", {}, async ({ untilInterrupted }) =>
    untilInterrupted().then(() => undefined),
  );
  await setTimeout(10);
  await client.collect(client.send("kernel_info_request", {}));
  await setTimeout(1);
  assert.deepEqual(client.published.at(-1)?.content, { execution_state: "busy" });
  client.kernel.interrupt();
  await client.collect(running);
  assert.deepEqual(client.published.at(-1)?.content, { execution_state: "idle" });
});

test("a new runner means a new language session", async () => {
  const client = new Client();
  await client.collect(client.execute("let a = 1"));
  assert.deepEqual(client.language.committed, ["let a = 1"]);
  client.events.onRestart();
  await setTimeout(1);
  assert.deepEqual(client.language.committed, []);
});

test("shutdown is answered, then told", async () => {
  const client = new Client();
  const { reply, types } = await client.collect(
    client.send("shutdown_request", { restart: true }, "control"),
  );
  assert.deepEqual(reply, { status: "ok", restart: true });
  assert.deepEqual(types, ["status", "shutdown_reply", "status"]);
  await client.kernel.shutdownRequested;
  await client.kernel.stop();
  assert.ok(client.runner.isStopped);
});

test("engines that can't be loaded are told by each cell", async () => {
  const client = new Client(Promise.reject(new Error("no engine")));
  const { reply } = await client.collect(client.execute("1", { stop_on_error: false }));
  assert.deepEqual([reply.status, reply.evalue], ["error", "no engine"]);
});
