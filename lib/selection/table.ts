// Tables of scores, as HTML and as text.

import type { MimeBundle } from "../plot/display.ts";
import { escapeXml } from "../plot/figure.ts";

export interface ScoreTable {
  title: string;
  head: readonly string[];
  rows: readonly (readonly string[])[];
  /** Position of the row that stands out. */
  best?: number | undefined;
  /** Sentences under the table: a long one in a cell would push the columns apart. */
  notes?: readonly string[];
}

/** The table in the forms that a display takes. */
export function tableBundle({ title, head, rows, best, notes = [] }: ScoreTable): MimeBundle {
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] as number))
      .join("  ")
      .trimEnd();
  const marked = rows.map((row, index) => `${line(row)}${index === best ? "  ← best" : ""}`);
  const cells = (tag: string, row: readonly string[]) =>
    row.map((cell) => `<${tag} style="text-align:left">${escapeXml(cell)}</${tag}>`).join("");
  const body = rows.map(
    (row, index) => `<tr${index === best ? ' style="font-weight:bold"' : ""}>${cells("td", row)}</tr>`,
  );
  return {
    "text/html":
      `<table><caption style="text-align:left"><b>${escapeXml(title)}</b></caption>` +
      `<thead><tr>${cells("th", head)}</tr></thead><tbody>${body.join("")}</tbody></table>` +
      notes.map((note) => `<p>${escapeXml(note)}</p>`).join(""),
    "text/plain": [title, line(head), ...marked, ...notes].join("\n"),
  };
}

/** A score as tables show it. */
export function formatScore(score: number): string {
  return Number.isInteger(score) ? String(score) : score.toPrecision(4);
}

/** Mean and standard deviation (of the values themselves, not of a sample) as tables show them. */
export function formatSpread({ mean, deviation }: Spread): string {
  return `${formatScore(mean)} ± ${deviation.toPrecision(2)}`;
}

export interface Spread {
  mean: number;
  /** Standard deviation over the folds, 0 for one. */
  deviation: number;
}

export function spread(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
}
