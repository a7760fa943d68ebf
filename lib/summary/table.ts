// A summary as a table, in text and in HTML.

import { escapeXml } from "../plot/figure.ts";
import type { LayerSummary, Summary } from "./summary.ts";

const header = [
  "layer",
  "type",
  "output",
  "parameters",
  "multiply-adds",
  "activations",
  "receptive field",
  "from",
];
/** Columns whose texts are numbers. */
const isNumber = [false, false, false, true, true, true, true, false];

export function toText(summary: Summary): string {
  const rows = [header, ...cells(summary)];
  const widths = header.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        isNumber[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join("  ")
      .trimEnd(),
  );
  const [head, ...body] = lines as [string, ...string[]];
  const rule = "─".repeat(lines.reduce((width, line) => Math.max(width, line.length), 0));
  return [`${summary.name}: ${totals(summary)}`, rule, head, rule, ...body].join("\n");
}

export function toHtml(summary: Summary): string {
  const row = (texts: readonly string[], tag: string) =>
    `<tr>${texts
      .map(
        (text, column) =>
          `<${tag} style="text-align:${isNumber[column] ? "right" : "left"}">${escapeXml(text)}</${tag}>`,
      )
      .join("")}</tr>`;
  return [
    "<table>",
    `<caption style="text-align:left"><b>${escapeXml(summary.name)}</b>: ${escapeXml(totals(summary))}</caption>`,
    `<thead>${row(header, "th")}</thead>`,
    `<tbody>${cells(summary)
      .map((texts) => row(texts, "td"))
      .join("\n")}</tbody>`,
    "</table>",
  ].join("\n");
}

function cells({ layers }: Summary): string[][] {
  return layers.map((layer, index) => [
    [...layer.inside, layer.name].join(" / "),
    layer.type,
    layer.outputShape
      .slice(1)
      .map((size) => size ?? "any")
      .join(" × "),
    parametersOf(layer),
    layer.multiplyAdds === undefined ? "?" : count(layer.multiplyAdds),
    bytes(layer.activationBytes),
    fieldOf(layer),
    // Most layers follow the one above.
    layer.inputs.length === 1 && layer.inputs[0] === layers[index - 1]?.name ? "" : layer.inputs.join(", "),
  ]);
}

function parametersOf({ parameters, trainableParameters }: LayerSummary): string {
  const fixed = parameters - trainableParameters;
  return fixed > 0 ? `${count(parameters)} (${count(fixed)} fixed)` : count(parameters);
}

function fieldOf({ receptiveField }: LayerSummary): string {
  return typeof receptiveField === "object" ? receptiveField.join(" × ") : (receptiveField ?? "");
}

function totals({ totals }: Summary): string {
  const { parameters, trainableParameters } = totals;
  const products = totals.multiplyAdds === undefined ? "" : `, ${large(totals.multiplyAdds)} multiply-adds`;
  return (
    `${count(totals.layers)} layers, ${count(parameters)} parameters (${count(trainableParameters)} trainable, ` +
    `${bytes(totals.weightBytes)})${products} and ${bytes(totals.activationBytes)} of activations for one example`
  );
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

function large(value: number): string {
  const [unit, size] = value >= 1e9 ? [" billion", 1e9] : value >= 1e6 ? [" million", 1e6] : ["", 1];
  return size === 1 ? count(value) : `${(value / size).toPrecision(3)}${unit}`;
}

function bytes(value: number): string {
  const unit = ["B", "KB", "MB", "GB"].findLastIndex((_, power) => value >= 1000 ** power);
  if (unit <= 0) return `${value} B`;
  return `${(value / 1000 ** unit).toPrecision(3)} ${["B", "KB", "MB", "GB"][unit]}`;
}
