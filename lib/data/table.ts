// A table of named columns: numbers, with NaN where a value is missing, or text, with null there.

import { displaySymbol, type MimeBundle } from "../plot/display.ts";
import { escapeXml } from "../plot/figure.ts";
import { ArrayExamples } from "./arrays.ts";
import { formatCount } from "./card.ts";
import { requireIndex } from "./images.ts";
import { didYouMean } from "./nearest.ts";

/** Numbers with NaN where a value is missing, or text with null there. */
export type Column = Float64Array | readonly (string | null)[];

interface ExampleColumns {
  /** Columns of numbers that become the inputs, in this order. */
  inputs: readonly string[];
  /** Column to predict: numbers, or text that becomes classes in alphabetical order. */
  target: string;
}

/** Rows with named columns. */
export class Table {
  /** The columns by name, in the order of the file. */
  readonly columns: Readonly<Record<string, Column>>;
  /** Number of rows. */
  readonly size: number;

  /**
   * @throws RangeError if there is no column, or they differ in length.
   */
  constructor(columns: Readonly<Record<string, Column>>) {
    const [first, ...others] = Object.entries(columns);
    if (!first) throw new RangeError("A table needs at least one column; found none.");
    for (const [name, { length }] of others) {
      if (length === first[1].length) continue;
      throw new RangeError(`Column "${name}" has ${length} rows, "${first[0]}" has ${first[1].length}.`);
    }
    this.columns = columns;
    this.size = first[1].length;
  }

  /** Names of the columns, in the order of the file. */
  get names(): string[] {
    return Object.keys(this.columns);
  }

  /**
   * A column of numbers; missing values are NaN.
   *
   * @throws RangeError if there is no such column, or it holds text.
   */
  numbers(name: string): Float64Array {
    const column = this.#column(name);
    if (column instanceof Float64Array) return column;
    const example = column.find((value) => value !== null);
    throw new RangeError(
      `Column "${name}" holds text such as "${example}", no numbers; read it with text("${name}").`,
    );
  }

  /**
   * A column of text; missing values are null.
   *
   * @throws RangeError if there is no such column, or it holds numbers.
   */
  text(name: string): readonly (string | null)[] {
    const column = this.#column(name);
    if (!(column instanceof Float64Array)) return column;
    throw new RangeError(`Column "${name}" holds numbers, no text; read it with numbers("${name}").`);
  }

  /** How many values are missing, by column; columns without gaps are left out. */
  missing(): Record<string, number> {
    const counts = this.names.map((name) => [name, countMissing(this.#column(name))] as const);
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  }

  /**
   * The rows at `indices`, in that order.
   *
   * @throws RangeError if there is no such row.
   */
  select(indices: ArrayLike<number>): Table {
    const rows = Array.from(indices, (index) => requireIndex(index, this.size, "row"));
    return this.#map((column) =>
      column instanceof Float64Array
        ? Float64Array.from(rows, (row) => column[row] as number)
        : rows.map((row) => column[row] as string | null),
    );
  }

  /** The rows that miss no value in the named columns; in any column if none is named. */
  withoutMissing(...names: string[]): Table {
    const columns = (names.length ? names : this.names).map((name) => this.#column(name));
    const rows = Array.from({ length: this.size }, (_, row) => row);
    return this.select(
      rows.filter((row) => columns.every((column) => !isMissing(column[row] as number | string | null))),
    );
  }

  /**
   * Rows as examples: the named columns as inputs `[inputs.length]` (float32), the target as `[1]` (float32), or as
   * class numbers `[]` if it is text.
   *
   * @throws RangeError if a column does not exist, an input is text, or a value is missing: fill gaps before, or
   *   leave their rows out with `withoutMissing`.
   */
  examples({ inputs: inputNames, target }: ExampleColumns): ArrayExamples {
    const inputs = new Float32Array(this.size * inputNames.length);
    for (const name of [...inputNames, target]) {
      const gaps = countMissing(this.#column(name));
      if (gaps === 0) continue;
      throw new RangeError(
        `Column "${name}" misses ${gaps} of ${this.size} values; fill them, or leave their rows out with withoutMissing("${name}").`,
      );
    }
    inputNames.forEach((name, position) => {
      this.numbers(name).forEach((value, row) => {
        inputs[row * inputNames.length + position] = value;
      });
    });
    const column = this.#column(target);
    const shared = { inputs, inputShape: [inputNames.length], inputNames };
    if (column instanceof Float64Array) {
      return new ArrayExamples({ ...shared, targets: Float32Array.from(column), targetShape: [1] });
    }
    const classNames = [...new Set(column as readonly string[])].sort();
    const targets = Int32Array.from(column as readonly string[], (label) => classNames.indexOf(label));
    return new ArrayExamples({ ...shared, targets, targetShape: [], classNames });
  }

  [displaySymbol](): MimeBundle {
    const missing = this.missing();
    const about = this.names.map((name) => `${name}${name in missing ? ` (${missing[name]} missing)` : ""}`);
    const title = `Table: ${formatCount(this.size)} rows; ${about.join(", ")}`;
    const rows = Array.from({ length: Math.min(5, this.size) }, (_, row) =>
      this.names.map((name) => String(this.#column(name)[row] ?? "")),
    );
    const line = (tag: string, cells: string[]) =>
      `<tr>${cells.map((cell) => `<${tag}>${escapeXml(cell)}</${tag}>`).join("")}</tr>`;
    const more =
      this.size > rows.length
        ? line(
            "td",
            this.names.map(() => "…"),
          )
        : "";
    const body = line("th", this.names) + rows.map((row) => line("td", row)).join("") + more;
    return {
      "text/html": `<table><caption>${escapeXml(title)}</caption>${body}</table>`,
      "text/plain": title,
    };
  }

  #column(name: string): Column {
    const column = this.columns[name];
    if (column) return column;
    throw new RangeError(
      `There is no column "${name}".${didYouMean(name, this.names)} Known: ${this.names.join(", ")}.`,
    );
  }

  #map(change: (column: Column) => Column): Table {
    return new Table(Object.fromEntries(this.names.map((name) => [name, change(this.#column(name))])));
  }
}

function isMissing(value: number | string | null): boolean {
  return value === null || Number.isNaN(value);
}

function countMissing(column: Column): number {
  let count = 0;
  for (const value of column) if (isMissing(value)) count++;
  return count;
}
