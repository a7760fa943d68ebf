// The language of cells: check, complete, inspect, strip types, is-complete. The engine behind it is TypeScript's native
// language server, in which every cell is a virtual module; see workspace.ts for where these live and session.ts for how
// one cell sees another's names.

import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { completeness } from "./completeness.ts";
import { cellCompletions, positionAt, type ServerCompletion, specifierAt, wordAt } from "./completion.ts";
import { CompletionDetails } from "./completion-details.ts";
import { declarationsOf, dialectOf, parse } from "./declarations.ts";
import { type ServerLocation, sourceAt } from "./definition.ts";
import { cellDiagnostics, type ServerDiagnostic } from "./diagnostics.ts";
import { Drafts } from "./drafts.ts";
import {
  isCallable,
  ofHover,
  ofSignatures,
  type ServerHover,
  type ServerSignatures,
  withOverloads,
} from "./inspection.ts";
import { declarationFiles, LocalFiles } from "./local-files.ts";
import { LanguageServer, ServerTimeout, ServerUnavailable } from "./server.ts";
import { type CellModule, Session } from "./session.ts";
import { stripTypes } from "./strip.ts";
import type {
  CheckLevel,
  Completeness,
  Completions,
  Diagnostic,
  Inspection,
  Language,
  StrippedCell,
} from "./types.ts";
import { CELL, cellModule, fileOf, projectConfiguration } from "./workspace.ts";

export { codeFrame, codeFrames } from "./code-frame.ts";
export { CellSyntaxError, stripTypes } from "./strip.ts";
export type { CheckLevel, Completeness, Completions, Diagnostic, Language, StrippedCell } from "./types.ts";

interface LanguageOptions {
  /** The notebook's folder, from which imports resolve. */
  cwd: string;
  /** Told when a cell runs unchecked, or checking ends for good. */
  onNotice?: (message: string) => void;
  /** TypeScript's server where it starts already; by default it is started here. */
  server?: ChildProcess | undefined;
  /** Default `strict`, or what NABLAB_CHECK says. */
  checkLevel?: CheckLevel;
  /** A cell is not held up longer than this, in ms, default 10 s; it then runs unchecked. */
  checkLimit?: number;
}

/** Completion and inspection that come later are of no use, in ms; the first one may have to load the libraries' types. */
const ANSWER_LIMIT = 10_000;

/** Where no cell comes within this time after the start, in ms, everything that cells may need is loaded. */
const WARM_UP = 700;

/** How many cells' modules are opened at a time. */
const FILES_AHEAD = 8;

const CANNOT_FIND_MODULE = 2307;
const NO_CHECK = /^(\s*\/\/.*\n)*\s*\/\/\s*@ts-nocheck\b/;

/** The module of a cell that is being typed. */
interface Draft {
  file: string;
  text: string;
}

export function createLanguage(options: LanguageOptions): TypeScriptLanguage {
  return new TypeScriptLanguage(options);
}

class TypeScriptLanguage implements Language {
  checkLevel: CheckLevel;
  readonly #cwd: string;
  readonly #notice: (message: string) => void;
  readonly #checkLimit: number;
  readonly #server: LanguageServer;
  readonly #session = new Session();
  readonly #localFiles: LocalFiles;
  readonly #drafts = new Drafts();
  readonly #details = new CompletionDetails((item) =>
    this.#server.request("completionItem/resolve", item, ANSWER_LIMIT),
  );
  /** The module that the next cell becomes; a cell that declares nothing leaves it to the next. */
  #number = 1;
  /** The modules of numbers up to this one are known to the server. */
  #opened = 1;
  /** Cells of which parts reach beyond them (`declare global`), until a later cell takes these parts over. */
  readonly #augmenting = new Map<string, CellModule>();
  #missingModule = false;
  #hasLibraryTypes = false;
  #draftTurn: Promise<unknown> = Promise.resolve();

  constructor({
    cwd,
    onNotice = () => undefined,
    server,
    checkLevel = defaultLevel(onNotice),
    checkLimit = 10_000,
  }: LanguageOptions) {
    this.checkLevel = checkLevel;
    this.#checkLimit = checkLimit;
    this.#cwd = cwd;
    this.#notice = onNotice;
    this.#localFiles = new LocalFiles(cwd);
    this.#server = new LanguageServer({
      cwd,
      first: server,
      onUnavailable: (reason) =>
        onNotice(`Cells are no longer type-checked: TypeScript's server failed (${reason}).`),
    });
  }

  /** Process id of TypeScript's server, undefined where it does not run. */
  get serverPid(): number | undefined {
    return this.#server.pid;
  }

  start(): void {
    this.#server.put("tsconfig.json", projectConfiguration(), "jsonc");
    // The first check loads the standard library's types; let it happen before the first cell comes.
    this.#server.put(this.#file, "console;\n");
    // Unchecked cells don't wait for the server, which starts at the first question.
    if (this.checkLevel === "off") return;
    this.#server.start();
    this.#diagnose(this.#file).catch(() => undefined);
    setTimeout(() => this.#loadLibraryTypes(), WARM_UP).unref();
  }

  /** The types of `tf` and `dl` take as long as all others together, so the first cell does not wait for them. */
  #loadLibraryTypes(): void {
    if (this.#hasLibraryTypes) return;
    this.#hasLibraryTypes = true;
    for (const source of ["", "tf;"]) {
      const { text } = this.#session.moduleOf(source, { everything: true });
      this.#server.put(this.#drafts.fileFor(text, "ts"), text);
    }
    this.#diagnose(this.#file).catch(() => undefined);
  }

  get #file(): string {
    return fileOf(cellModule(this.#number));
  }

  async check(source: string): Promise<Diagnostic[]> {
    if (this.checkLevel === "off" || NO_CHECK.test(source)) return [];
    this.#details.begin();
    const name = cellModule(this.#number, source);
    this.#put(name, this.#session.moduleOf(source));
    this.#lookAtFiles(source);
    try {
      const found = cellDiagnostics(await this.#diagnose(fileOf(name)), source, this.#session);
      this.#missingModule = found.some(({ code }) => code === CANNOT_FIND_MODULE);
      return found;
    } catch (error) {
      if (error instanceof ServerUnavailable) return [];
      const reason =
        error instanceof ServerTimeout ? `took more than ${this.#checkLimit / 1000} s` : `failed (${error})`;
      this.#notice(`This cell runs unchecked: type checking ${reason}.`);
      return [];
    } finally {
      setImmediate(() => this.#loadLibraryTypes()); // while the cell runs, and after what its commit opens
    }
  }

  async #diagnose(file: string): Promise<ServerDiagnostic[]> {
    const textDocument = { uri: this.#server.uri(file) };
    const report = await this.#server.request<{ items?: ServerDiagnostic[] } | null>(
      "textDocument/diagnostic",
      { textDocument },
      this.#checkLimit,
    );
    return report?.items ?? [];
  }

  #lookAtFiles(source: string): void {
    const changes = this.#localFiles.changes(source);
    // A package that was missing may have been installed meanwhile.
    if (this.#missingModule) changes.push({ path: join(this.#cwd, "node_modules"), type: "created" });
    if (changes.length > 0) this.#server.filesChanged(changes);
  }

  /** Give the next cell's module its text, and take from older cells what it declares globally anew. */
  #put(name: string, module: CellModule, { forGood = false } = {}): void {
    this.#server.put(fileOf(name), module.text);
    const renewed = new Set(module.shape.augmentations.flatMap(({ names }) => names));
    for (const [earlier, older] of this.#augmenting) {
      const text = withoutAugmentations(older, renewed);
      this.#server.put(fileOf(earlier), text);
      if (forGood) this.#augmenting.set(earlier, { ...older, text });
    }
  }

  strip(source: string, name: string): StrippedCell {
    return stripTypes(source, name);
  }

  commit(source: string, name = "an earlier cell"): void {
    const module = this.#session.moduleOf(source);
    const { names, augmentations } = module.shape;
    if (names.size === 0 && augmentations.length === 0) return;
    const cell = cellModule(this.#number, source);
    this.#put(cell, module, { forGood: true });
    if (augmentations.length > 0) this.#augmenting.set(cell, module);
    this.#session.remember(cell, module, { name, source });
    this.#number += 1;
    this.#openAhead();
  }

  /** A new file costs the server a new program, some 10 ms; a change of its text next to nothing. */
  #openAhead(): void {
    if (this.#number <= this.#opened) return;
    const first = this.#opened + 1;
    this.#opened += FILES_AHEAD;
    for (let number = first; number <= this.#opened; number += 1)
      this.#server.put(fileOf(cellModule(number)), "");
  }

  packagesChanged(replaced: string[]): void {
    this.#missingModule = true;
    if (replaced.length > 0) this.#server.filesChanged(replaced.flatMap(declarationFiles));
  }

  knows(name: string): boolean {
    return this.#session.kindOf(name) !== undefined;
  }

  reset(): void {
    // Emptied, not closed: that costs the server a new program for each.
    this.#server.emptyAll(CELL);
    this.#augmenting.clear();
    this.#session.clear();
  }

  async complete(source: string, offset: number): Promise<Completions> {
    // The name of a module is asked for without its last step: as long as that is typed, imports stay as they are.
    const step = specifierAt(source, offset) ?? { start: offset, end: offset };
    const asked = source.slice(0, step.start) + source.slice(step.end);
    this.#details.begin(`${offset} ${source}`);
    const found = await this.#askDraft(asked, step.start, async (_draft, params) => {
      const answer = await this.#server.request<{ items: ServerCompletion[] } | ServerCompletion[] | null>(
        "textDocument/completion",
        { ...params, context: { triggerKind: 1 } },
        ANSWER_LIMIT,
      );
      const items = Array.isArray(answer) ? answer : (answer?.items ?? []);
      const { matches, start, end } = cellCompletions(items, source, offset, this.#session);
      return { matches: this.#details.describe(matches), start, end };
    });
    return found ?? { matches: [], ...wordAt(source, offset) };
  }

  async inspect(
    source: string,
    offset: number,
    { withSource = false } = {},
  ): Promise<Inspection | undefined> {
    this.#details.begin();
    return this.#askDraft(source, offset, async (draft, params) => {
      const ask = <T>(method: string, position = params.position): Promise<T | null> =>
        this.#server.request(method, { ...params, position }, ANSWER_LIMIT);
      const hover = await ask<ServerHover>("textDocument/hover");
      if (!hover) {
        const signatures = await ask<ServerSignatures>("textDocument/signatureHelp");
        return signatures ? ofSignatures(signatures) : undefined;
      }
      let about = ofHover(hover);
      let position = params.position;
      // A session variable is declared again in our line, without its documentation: look where that points to.
      const { start, end } = wordAt(source, offset);
      const origin = draft.text.slice(0, draft.text.indexOf("\n")).indexOf(`).${source.slice(start, end)};`);
      if (about?.text.startsWith("let ") && origin !== -1) {
        position = { line: 0, character: origin + 2 };
        const original = await ask<ServerHover>("textDocument/hover", position);
        if (original) about = ofHover(original);
      }
      if (!about) return undefined;
      if (isCallable(about)) about = withOverloads(about, await this.#overloads(source, end, draft));
      if (!withSource) return about;
      const found = await ask<ServerLocation | ServerLocation[]>("textDocument/definition", position);
      const declaration = await sourceAt([found ?? []].flat(), (uri) => this.#server.textOf(uri));
      return declaration === undefined ? about : { ...about, source: declaration };
    });
  }

  /** How many signatures a name has is told only behind the parenthesis of a call. */
  async #overloads(source: string, end: number, { file, text }: Draft): Promise<number> {
    const at = text.indexOf("\n") + 1 + end;
    this.#server.put(file, `${text.slice(0, at)}(${text.slice(at)}`);
    const position = positionAt(`${source.slice(0, end)}(`, end + 1);
    const textDocument = { uri: this.#server.uri(file) };
    const help = await this.#server.request<ServerSignatures | null>(
      "textDocument/signatureHelp",
      { textDocument, position },
      ANSWER_LIMIT,
    );
    return help?.signatures.length ?? 1;
  }

  /** Ask about a cell that is being typed, in a module of its own that sees all names; one question at a time. */
  async #askDraft<T>(
    source: string,
    offset: number,
    ask: (draft: Draft, params: { textDocument: object; position: object }) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const answer = this.#draftTurn.then(async () => {
      // With a name in the gap at the cursor most unfinished cells parse.
      const parses = parse(source).program.body.length > 0;
      const shape = declarationsOf(parses ? source : `${source.slice(0, offset)}_${source.slice(offset)}`);
      const { text } = this.#session.moduleOf(source, { everything: true, shape });
      const file = this.#drafts.fileFor(text, dialectOf(source) === "cell.tsx" ? "tsx" : "ts");
      this.#server.put(file, text);
      const textDocument = { uri: this.#server.uri(file) };
      try {
        return await ask({ file, text }, { textDocument, position: positionAt(source, offset) });
      } finally {
        // What reaches beyond the draft must not be there when a cell is checked.
        if (shape.augmentations.length > 0) this.#server.put(file, "");
      }
    });
    this.#draftTurn = answer.catch(() => undefined);
    return answer.catch(() => undefined); // no answer is an answer here: the front end asks again at the next key
  }

  isComplete(source: string): Completeness {
    return completeness(source);
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }
}

function defaultLevel(onNotice: (message: string) => void): CheckLevel {
  const level = process.env.NABLAB_CHECK || "strict";
  if (level === "off" || level === "warn" || level === "strict") return level;
  onNotice(`NABLAB_CHECK is ${JSON.stringify(level)}, expected off, warn or strict: strict it is.`);
  return "strict";
}

/** A module without its `declare global` and `declare module` parts that declare one of `names`; places stay. */
function withoutAugmentations({ text, shape }: CellModule, names: Set<string>): string {
  const shift = text.indexOf("\n") + 1;
  let result = text;
  for (const { start, end, names: own } of shape.augmentations) {
    if (!own.some((name) => names.has(name))) continue;
    const [from, to] = [start + shift, end + shift];
    result = result.slice(0, from) + result.slice(from, to).replace(/[^\r\n]/g, " ") + result.slice(to);
  }
  return result;
}
