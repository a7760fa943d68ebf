// The one interface behind which a TypeScript engine checks, completes, explains and strips cells.
// Offsets are UTF-16 code units into the cell's source; the shell converts from Jupyter's code points.

/** One finding of the type checker; line and column count from 1. */
export interface Diagnostic {
  line: number;
  column: number;
  /** Length of the underlined part on that line, at least 1. */
  length: number;
  /** TypeScript's number, such as 2322, or 0 for a syntax error without one. */
  code: number;
  message: string;
  /** Other places that have to do with it, such as the declaration that is not met. */
  related?: RelatedPlace[];
}

/** A place in the cell itself, or in the one that `cell` names. */
export interface RelatedPlace {
  cell?: string;
  line: number;
  column: number;
  length: number;
  message: string;
  /** The line that it is on. */
  text: string;
}

export interface StrippedCell {
  code: string;
  /** Source map (version 3, JSON) from `code` to the cell. */
  map: string;
}

export interface Completions {
  matches: { text: string; kind: string; detail?: string }[];
  /** The span that a match replaces. */
  start: number;
  end: number;
}

export interface Inspection {
  markdown: string;
  text: string;
  /** The declaration as it is written, where asked for and found. */
  source?: string;
}

export type Completeness =
  | { status: "complete" | "invalid" | "unknown" }
  | { status: "incomplete"; indent: string };

/** What type errors do: nothing, as they are not looked for; be told on stderr; or stop the cell before it runs. */
export type CheckLevel = "off" | "warn" | "strict";

export interface Language {
  /** May change at any time, for the cells that follow. Completion and inspection know types at every level. */
  checkLevel: CheckLevel;
  /** Start the engine in the notebook's folder; the other methods wait for it. */
  start(): void;
  /** Type errors of `source` as the session's next cell, none where the level is `off`. Nothing is remembered. */
  check(source: string): Promise<Diagnostic[]>;
  /** JavaScript of a cell. Throws a `CellSyntaxError` with diagnostics where it can't be parsed. */
  strip(source: string, name: string): StrippedCell;
  /** Remember a cell that is about to run, called `name`: later cells see what it declares. */
  commit(source: string, name?: string): void;
  /** Packages were installed, those in the folders `replaced` with another version: the next check sees them. */
  packagesChanged(replaced: string[]): void;
  /** Whether a name is declared by an earlier cell, or is one of nablab's own globals. */
  knows(name: string): boolean;
  /** Forget all cells: the runner is new and its variables are gone. */
  reset(): void;
  complete(source: string, offset: number): Promise<Completions>;
  /** What is known about the name at `offset`, or about the call in whose parentheses it is. */
  inspect(
    source: string,
    offset: number,
    options?: { withSource?: boolean },
  ): Promise<Inspection | undefined>;
  isComplete(source: string): Completeness;
  stop(): Promise<void>;
}
