// Rows of things as a table, in text and in HTML.

import { escapeXml } from "./figure.ts";

export interface Column<Row> {
  title: string;
  text(row: Row): string;
  /** Aligned to the right. */
  number?: boolean;
}

export function textTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ text }) => text(row))),
  ];
  const widths = columns.map((_, column) =>
    Math.max(...cells.map((line) => (line[column] as string).length)),
  );
  const lines = cells.map((line) =>
    line
      .map((text, column) => {
        const width = widths[column] as number;
        return columns[column]?.number ? text.padStart(width) : text.padEnd(width);
      })
      .join("  ")
      .trimEnd(),
  );
  const rule = "─".repeat(Math.max(...lines.map(({ length }) => length)));
  return [lines[0], rule, ...lines.slice(1)].join("\n");
}

export function htmlTable<Row>(
  caption: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): string {
  const line = (texts: readonly string[], tag: string) => {
    const cells = texts.map((text, column) => {
      const align = columns[column]?.number ? "right" : "left";
      return `<${tag} style="text-align:${align}">${escapeXml(text)}</${tag}>`;
    });
    return `<tr>${cells.join("")}</tr>`;
  };
  const head = line(
    columns.map(({ title }) => title),
    "th",
  );
  const body = rows.map((row) =>
    line(
      columns.map(({ text }) => text(row)),
      "td",
    ),
  );
  return (
    `<table><caption style="text-align:left"><b>${escapeXml(caption)}</b></caption>` +
    `<thead>${head}</thead><tbody>${body.join("\n")}</tbody></table>`
  );
}

/** Bytes with three digits and a unit. */
export function formatSize(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  const unit = Math.max(
    0,
    units.findLastIndex((_, power) => Math.abs(bytes) >= 1000 ** power),
  );
  return unit === 0 ? `${bytes} B` : `${(bytes / 1000 ** unit).toPrecision(3)} ${units[unit]}`;
}
