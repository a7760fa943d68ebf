// Reads and writes .ipynb files (nbformat 4) in the layout that Jupyter's own nbformat writes, so that a run
// changes nothing in a file but its outputs. https://nbformat.readthedocs.io/en/latest/format_description.html

import { existsSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";

interface StreamOutput {
  output_type: "stream";
  name: string;
  text: string;
}

export interface DataOutput {
  output_type: "display_data" | "execute_result";
  data: Record<string, unknown>;
  metadata: Record<string, unknown>;
  execution_count?: number;
}

export interface ErrorOutput {
  output_type: "error";
  ename: string;
  evalue: string;
  traceback: string[];
}

export type CellOutput = StreamOutput | DataOutput | ErrorOutput;

interface Fields {
  [field: string]: unknown;
}

export interface CodeCell extends Fields {
  cell_type: "code";
  source: string;
  metadata: Fields;
  outputs: CellOutput[];
  execution_count: number | null;
}

interface OtherCell extends Fields {
  cell_type: "markdown" | "raw";
}

export interface NotebookDocument extends Fields {
  nbformat: number;
  nbformat_minor: number;
  metadata: Fields;
  cells: (CodeCell | OtherCell)[];
}

/** A file that is no notebook for this kernel. The message names the file. */
export class NotebookError extends Error {}

export function readNotebook(path: string): NotebookDocument {
  const document = parse(path);
  const { nbformat, cells, metadata } = document;
  if (nbformat !== 4 || !Array.isArray(cells)) {
    const found = nbformat === undefined ? "no field nbformat" : `nbformat ${JSON.stringify(nbformat)}`;
    throw new NotebookError(`${path} is not a Jupyter notebook of format 4: it has ${found}.`);
  }
  if (!isObject(metadata)) throw new NotebookError(`${path} is not a Jupyter notebook: it has no metadata.`);
  const language = languageOf(metadata);
  if (language !== undefined && language.toLowerCase() !== "typescript") {
    throw new NotebookError(`${path} is a notebook in ${language}; nablab runs TypeScript.`);
  }
  cells.forEach((cell, index) => {
    checkCell(cell, `${path}, cell ${index + 1} of ${cells.length}`);
  });
  return document as NotebookDocument;
}

/** Write `document` to `path`; a reader sees the old file or the new one, nothing in between. */
export function writeNotebook(path: string, document: NotebookDocument): void {
  const target = existsSync(path) ? realpathSync(path) : path; // a link stays a link
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, formatNotebook(document));
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new NotebookError(`Cannot write ${path}: ${(error as Error).message}`);
  }
}

/** The text of a notebook file: sorted keys, an indent of one, long texts as lists of lines. */
export function formatNotebook(document: NotebookDocument): string {
  const cells = document.cells.map((cell) => {
    const split: Fields = { ...cell, source: splitLines(String(cell.source)) };
    if (isObject(cell.attachments)) split.attachments = mapValues(cell.attachments, splitBundle);
    if (cell.cell_type === "code") split.outputs = (cell as CodeCell).outputs.map(splitOutput);
    return split;
  });
  return `${JSON.stringify(sortKeys({ ...document, cells }), undefined, 1)}\n`;
}

function parse(path: string): Fields {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new NotebookError(
      code === "ENOENT" ? `${path} does not exist.` : `Cannot read ${path}: ${message}`,
    );
  }
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // told below
  }
  throw new NotebookError(`${path} is not a Jupyter notebook: it is not a JSON object.`);
}

function languageOf(metadata: Fields): string | undefined {
  const { kernelspec, language_info } = metadata;
  const language =
    (isObject(kernelspec) ? kernelspec.language : undefined) ??
    (isObject(language_info) ? language_info.name : undefined);
  return typeof language === "string" ? language : undefined;
}

/** Bring a cell into the form in which we work on it: texts joined, what may be missing filled in. */
function checkCell(cell: unknown, where: string): asserts cell is CodeCell | OtherCell {
  if (!isObject(cell) || typeof cell.cell_type !== "string") throw new NotebookError(`${where}: not a cell.`);
  const source = joinLines(cell.source);
  if (typeof source !== "string") throw new NotebookError(`${where}: it has no source.`);
  cell.source = source;
  if (cell.cell_type !== "code") return;
  cell.metadata = isObject(cell.metadata) ? cell.metadata : {};
  cell.outputs = (Array.isArray(cell.outputs) ? cell.outputs : []).map(joinOutput);
  cell.execution_count ??= null;
}

function joinOutput(output: Fields): Fields {
  if (output.output_type === "stream") return { ...output, text: joinLines(output.text) };
  if (!isObject(output.data)) return output;
  const data = Object.entries(output.data).map(([mime, value]) => [
    mime,
    isJsonMime(mime) ? value : joinLines(value),
  ]);
  return { ...output, data: Object.fromEntries(data) };
}

function splitOutput(output: CellOutput): Fields {
  if (output.output_type === "stream") return { ...output, text: splitLines(output.text) };
  if (output.output_type === "error") return { ...output };
  return { ...output, data: splitBundle(output.data) };
}

function splitBundle(bundle: unknown): unknown {
  if (!isObject(bundle)) return bundle;
  return mapValues(bundle, (value, mime) => {
    const isText = mime.startsWith("text/") || mime === "application/javascript" || mime === "image/svg+xml";
    return isText && typeof value === "string" ? splitLines(value) : value;
  });
}

function isJsonMime(mime: string): boolean {
  return mime === "application/json" || (mime.startsWith("application/") && mime.endsWith("+json"));
}

function joinLines(text: unknown): unknown {
  return Array.isArray(text) && text.every((line) => typeof line === "string") ? text.join("") : text;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they end lines for Python's str.splitlines, which nbformat uses
const AFTER_LINE_END = /(?<=[\n\v\f\x1c-\x1e\x85\u2028\u2029]|\r(?!\n))/;

/** Lines with their ends. */
function splitLines(text: string): string[] {
  return text === "" ? [] : text.split(AFTER_LINE_END);
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, field]) => [key, sortKeys(field)]));
}

function mapValues(object: Fields, map: (value: unknown, key: string) => unknown): Fields {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value, key)]));
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
