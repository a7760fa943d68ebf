// Notebook files against Jupyter's own nbformat, and outputs as nbclient collects them.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Language } from "../language/index.ts";
import type { Outcome } from "../runner/messages.ts";
import type { LoadEngines, Outgoing } from "../shell/index.ts";
import { type CellOutput, type CodeCell, formatNotebook, readNotebook, writeNotebook } from "./document.ts";
import { OutputCollector } from "./outputs.ts";
import { NotebookRun } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "notebook-"));
after(() => rmSync(folder, { recursive: true }));

const python = fileURLToPath(new URL("../../../.venv/bin/python", import.meta.url));
const skip = existsSync(python) ? false : "needs Jupyter's nbformat in .venv, which `npm start` installs";

function codeCell(source: string, metadata: CodeCell["metadata"] = {}): CodeCell {
  return { cell_type: "code", id: "c", source, metadata, outputs: [], execution_count: null };
}

function file(content: unknown): string {
  const path = join(folder, "file.ipynb");
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

function notebook(...cells: object[]) {
  const kernelspec = { name: "nablab", display_name: "TypeScript (nablab)", language: "typescript" };
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec, zebra: 1, extra: { b: [], a: {} } },
    cells,
  };
}

const outputs: CellOutput[] = [
  { output_type: "stream", name: "stdout", text: "a\nb\r\nc\rd\u2028e \u001b[31m\f☃ 😀\n" },
  {
    output_type: "execute_result",
    data: {
      "text/plain": "x\ny",
      "image/svg+xml": "<svg>\n</svg>",
      "image/png": "iVBOR\n",
      "application/vnd.vegalite.v5+json": { z: ["1\n"], a: 1.5 },
      "application/javascript": "1\n2",
    },
    metadata: {},
    execution_count: 2,
  },
  { output_type: "error", ename: "Error", evalue: "no", traceback: ["line 1\nline 2", ""] },
];

test("a file is written byte for byte as nbformat writes it", { skip }, () => {
  const code = {
    ...codeCell("const a = 1;\na\n", { tags: ["t"], deletable: false }),
    outputs,
    execution_count: 2,
  };
  const attachments = { "a.txt": { "text/plain": "one\ntwo" } };
  const markdown = { cell_type: "markdown", id: "m", metadata: {}, source: "# é\n\ntext", attachments };
  const path = file(notebook(markdown, code, { cell_type: "raw", id: "r", metadata: {}, source: "" }));
  const program =
    "import nbformat, sys; nb = nbformat.read(sys.argv[1], 4); nbformat.validate(nb); nbformat.write(nb, sys.argv[2])";
  const expected = join(folder, "expected.ipynb");
  const run = spawnSync(python, ["-c", program, path, expected], { encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
  assert.equal(formatNotebook(readNotebook(path)), readFileSync(expected, "utf8"));
  writeNotebook(path, readNotebook(expected));
  assert.equal(readFileSync(path, "utf8"), readFileSync(expected, "utf8"));
});

test("what is no notebook for us is told with its name", () => {
  const refused: [unknown, RegExp][] = [
    ["not json", /file\.ipynb is not a Jupyter notebook/],
    ["[]", /file\.ipynb is not a Jupyter notebook/],
    [{}, /no field nbformat/],
    [{ ...notebook(), nbformat: 3 }, /nbformat 3/],
    [{ ...notebook(), metadata: { kernelspec: { name: "python3", language: "python" } } }, /in python/],
    [notebook({ cell_type: "code", metadata: {} }), /cell 1 of 1: it has no source/],
  ];
  for (const [content, reason] of refused) assert.throws(() => readNotebook(file(content)), reason);
  assert.throws(() => readNotebook(join(folder, "missing.ipynb")), /missing\.ipynb does not exist/);
});

function collect(cell: CodeCell, ...messages: [type: string, content: Outgoing["content"]][]): CellOutput[] {
  const collector = new OutputCollector();
  for (const [type, content] of messages) collector.collect({ type, content }, cell);
  return cell.outputs;
}

const text = (name: string, value: string): [string, Outgoing["content"]] => [
  "stream",
  { name, text: value },
];
const shown = (value: string, id?: string, type = "display_data"): [string, Outgoing["content"]] => [
  type,
  { data: { "text/plain": value }, metadata: {}, transient: id === undefined ? {} : { display_id: id } },
];
const plain = (found: CellOutput[]) =>
  found.map((output) => (output.output_type === "stream" ? output.text : (output as { data: object }).data));

test("adjacent text of one stream becomes one output", () => {
  const found = collect(
    codeCell(""),
    text("stdout", "a"),
    text("stdout", "b"),
    text("stderr", "c"),
    text("stdout", "d"),
  );
  assert.deepEqual(plain(found), ["ab", "c", "d"]);
});

test("a display is updated wherever it stands, and what is no output is not saved", () => {
  const collector = new OutputCollector();
  const [first, second] = [codeCell(""), codeCell("")];
  const send = (cell: CodeCell, [type, content]: [string, Outgoing["content"]]) =>
    collector.collect({ type, content }, cell);
  send(first, shown("1", "id"));
  send(second, shown("other", "other"));
  send(second, shown("2", "id", "update_display_data"));
  assert.deepEqual(
    [plain(first.outputs), plain(second.outputs)],
    [[{ "text/plain": "2" }], [{ "text/plain": "other" }]],
  );
  assert.deepEqual(Object.keys(first.outputs[0] ?? {}).sort(), ["data", "metadata", "output_type"]);
  send(first, ["clear_output", { wait: false }]);
  send(second, shown("3", "id", "update_display_data"));
  assert.deepEqual(first.outputs, []);
});

test("clear_output clears at once, or with the next output", () => {
  assert.deepEqual(collect(codeCell(""), shown("a"), ["clear_output", { wait: false }]), []);
  const waiting: [string, Outgoing["content"]] = ["clear_output", { wait: true }];
  assert.deepEqual(plain(collect(codeCell(""), shown("a"), waiting)), [{ "text/plain": "a" }]);
  assert.deepEqual(plain(collect(codeCell(""), shown("a"), waiting, text("stdout", "b"))), ["b"]);
});

/** Engines for which a cell's source is what it prints; `fail` fails and `hang` waits for an interrupt. */
const engines: LoadEngines = async ({ onOutput }) => {
  let interrupt = () => {};
  const failed: Outcome = { status: "error", ename: "Error", evalue: "no", traceback: ["Error: no"] };
  const language = {
    strip: (source: string) => ({ code: source, map: "" }),
    check: async () => [],
    commit: () => undefined,
    stop: async () => undefined,
  } as unknown as Language;
  return {
    folder: process.cwd(),
    language,
    openDebugger: () => Promise.reject(new Error("Nobody debugs here.")),
    runner: {
      start: () => undefined,
      restart: async () => undefined,
      stop: async () => undefined,
      see: async () => undefined,
      interrupt: () => interrupt(),
      handleComm: async () => undefined,
      answer: () => undefined,
      async execute({ id, source }) {
        onOutput({ type: "stream", cell: id, name: "stdout", text: source });
        if (source === "fail") return failed;
        if (source !== "hang") return { status: "ok" };
        await new Promise<void>((resolve) => {
          interrupt = resolve;
        });
        return failed;
      },
    },
  };
};

async function run(cells: CodeCell[], timeout?: number) {
  const document = { ...notebook(), cells };
  const failure = await new NotebookRun(document, { loadEngines: engines, timeout }).run();
  return { failure, texts: cells.map(({ outputs }) => outputs.map((output) => output.output_type)), cells };
}

test("a run ends at the first failing cell and keeps what came before", async () => {
  const stale = { ...codeCell("never"), outputs: [...outputs], execution_count: 9 };
  const { failure, texts } = await run([codeCell("a"), codeCell(" "), codeCell("fail"), stale]);
  assert.equal(failure?.cell, 3);
  assert.deepEqual([failure?.reason, failure?.error.traceback], ["error", ["Error: no"]]);
  assert.deepEqual(texts, [["stream"], [], ["stream", "error"], []]);
  assert.equal(stale.execution_count, null);
});

test("a cell may be allowed to fail, or not be run", async () => {
  const allowed = codeCell("fail", { tags: ["raises-exception"] });
  const { failure, cells } = await run([allowed, codeCell("x", { tags: ["skip-execution"] }), codeCell("b")]);
  assert.equal(failure, undefined);
  assert.deepEqual(
    cells.map(({ execution_count }) => execution_count),
    [1, null, 2],
  );
});

test("a cell that takes too long is interrupted", async () => {
  const { failure, texts } = await run([codeCell("hang"), codeCell("never")], 0.05);
  assert.deepEqual([failure?.cell, failure?.reason], [1, "timeout"]);
  assert.deepEqual(texts, [["stream", "error"], []]);
});
