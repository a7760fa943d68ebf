// Tables as comma-separated values (RFC 4180), with missing values.

import { parse } from "csv-parse/sync";
import { type Column, Table } from "../table.ts";
import { readText } from "./text.ts";

export interface CsvOptions {
  /** Character between two values. Defaults to `","`. */
  delimiter?: string;
  /** Names of the columns if the file has no line with them. Defaults to the first line. */
  columns?: readonly string[];
  /** What stands for a missing value, besides nothing at all. Defaults to NA, N/A, NaN, nan, null and ?. */
  missing?: readonly string[];
}

const usualGaps = ["NA", "N/A", "NaN", "nan", "null", "?"];

/**
 * Read a table. A column whose values are all numbers becomes a `Float64Array` with NaN for missing values, every
 * other one text with null for them.
 *
 * @param name The file's name, for messages.
 * @throws Error naming the file and the line if a line has too few or too many values or a quote is not closed.
 */
export function readCsv(bytes: Uint8Array, name: string, options: CsvOptions = {}): Table {
  const { delimiter = ",", columns, missing = usualGaps } = options;
  let records: string[][];
  try {
    records = parse(readText(bytes, name), { delimiter, trim: true, skip_empty_lines: true });
  } catch (error) {
    throw new Error(`${name} can't be read as values between "${delimiter}": ${(error as Error).message}.`);
  }
  const names = columns ?? records.shift() ?? [];
  const twice = names.find((column, position) => names.indexOf(column) !== position);
  const width = records[0]?.length ?? names.length;
  if (records.length === 0 || twice !== undefined || width !== names.length) {
    const problem = records.length === 0 ? "has no rows" : twice ? `has two columns "${twice}"` : undefined;
    throw new Error(
      `${name} ${problem ?? `has ${width} values a row, but ${names.length} names of columns`}.`,
    );
  }
  const gaps = new Set(["", ...missing]);
  const column = (position: number): Column => {
    const values = records.map((record) => {
      const value = record[position] as string;
      return gaps.has(value) ? null : value;
    });
    const numbers = Float64Array.from(values, (value) => (value === null ? Number.NaN : Number(value)));
    const isNumeric = values.every((value, row) => value === null || Number.isFinite(numbers[row]));
    return isNumeric && values.some((value) => value !== null) ? numbers : values;
  };
  return new Table(Object.fromEntries(names.map((label, position) => [label, column(position)])));
}
