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

export type Completeness =
  | { status: "complete" | "invalid" | "unknown" }
  | { status: "incomplete"; indent: string };

export interface Language {
  /** Start the engine in the notebook's folder; the other methods wait for it. */
  start(): void;
  /** Types of `source` as the session's next cell. Nothing is remembered. */
  check(source: string): Promise<Diagnostic[]>;
  /** JavaScript of a cell. Throws a `CellSyntaxError` with diagnostics where it can't be parsed. */
  strip(source: string, name: string): StrippedCell;
  /** Remember a cell that is about to run: later cells see what it declares. */
  commit(source: string): void;
  /** Packages were installed, those in the folders `replaced` with another version: the next check sees them. */
  packagesChanged(replaced: string[]): void;
  /** Whether a name is declared by an earlier cell, or is one of nablab's own globals. */
  knows(name: string): boolean;
  /** Forget all cells: the runner is new and its variables are gone. */
  reset(): void;
  complete(source: string, offset: number): Promise<Completions>;
  /** Markdown and plain text about the name at `offset`, or undefined. */
  inspect(source: string, offset: number): Promise<{ markdown: string; text: string } | undefined>;
  isComplete(source: string): Completeness;
  stop(): Promise<void>;
}
