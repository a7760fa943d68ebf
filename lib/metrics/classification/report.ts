// Precision, recall and F1 of every class and their averages in one table.

import { displaySymbol, type MimeBundle } from "../../plot/display.ts";
import { escapeXml } from "../../plot/figure.ts";
import { Metric } from "../metric.ts";
import { type Label, type Labels, requireWhole } from "../values.ts";
import { type Average, averagedRatio, type Weighted } from "./average.ts";
import { ConfusionCounts, type LabelBatch } from "./counts.ts";
import { fbeta, precision, recall } from "./ratios.ts";

export interface ClassificationReportOptions {
  /** The classes of the report in this order. Defaults to all that occur, sorted. */
  labels?: readonly Label[];
  /** Names to show instead of the labels, as many. */
  targetNames?: readonly string[];
  /** Digits after the point in the text. Defaults to `2`. */
  digits?: number;
  /** Score where there is nothing to divide by. Defaults to `0`. */
  zeroDivision?: number;
}

/** One row of the report. */
export interface ReportRow {
  precision: number;
  recall: number;
  f1Score: number;
  /** Number (or weight) of the true examples. */
  support: number;
}

/** The scores of all classes; `String(report)` and a notebook show it as a table. */
export interface Report {
  /** One row a class, in the order of the labels. */
  classes: (ReportRow & { label: Label; name: string })[];
  /** Part of the examples that are right; undefined where the report leaves out classes that occur. */
  accuracy: number | undefined;
  /** All classes counted together. */
  microAverage: ReportRow;
  /** Mean over the classes. */
  macroAverage: ReportRow;
  /** Mean over the classes, weighted by their support. */
  weightedAverage: ReportRow;
  /** The table as text, laid out as scikit-learn's. */
  toString(): string;
  [displaySymbol](): MimeBundle;
}

/** Streaming {@link classificationReport}. */
export class ClassificationReport extends Metric<LabelBatch, ConfusionCounts, Report> {
  constructor(options: ClassificationReportOptions = {}) {
    requireWhole("digits", options.digits ?? 2, 0);
    super({ options, state: () => new ConfusionCounts(), result: (counts) => report(counts, options) });
  }
}

/**
 * Precision, recall, F1 and support of every class, and their averages.
 *
 * @param yTrue True classes, `[n]`.
 * @param yPred Predicted classes, `[n]`.
 * @throws RangeError if the two are empty or differ in length, or there are not as many names as classes.
 */
export function classificationReport(
  yTrue: Labels,
  yPred: Labels,
  options: ClassificationReportOptions & Weighted = {},
): Report {
  return new ClassificationReport(options).update(yTrue, yPred, options.sampleWeight).result();
}

function report(counts: ConfusionCounts, options: ClassificationReportOptions): Report {
  const { zeroDivision, digits = 2 } = options;
  const labels = options.labels ?? counts.labels();
  const names = options.targetNames ?? labels.map(String);
  if (names.length !== labels.length) {
    throw new RangeError(
      `There are ${names.length} targetNames for ${labels.length} classes (${labels.join(", ")}); give a name to each.`,
    );
  }
  const supports = counts.oneVsRest(labels).map(({ tp, fn }) => tp + fn);
  const score = <Kind extends Average>(average: Kind) => {
    const options = { average, labels, zeroDivision };
    return {
      precision: averagedRatio(counts, precision, options),
      recall: averagedRatio(counts, recall, options),
      f1Score: averagedRatio(counts, fbeta(1), options),
    };
  };
  const support = supports.reduce((sum, each) => sum + each, 0);
  const each = score("none");
  const complete = counts.labels().every((label) => labels.includes(label));
  const micro = { ...score("micro"), support };
  const result = {
    classes: labels.map((label, index) => ({
      label,
      name: names[index] as string,
      precision: each.precision[index] as number,
      recall: each.recall[index] as number,
      f1Score: each.f1Score[index] as number,
      support: supports[index] as number,
    })),
    accuracy: complete ? micro.recall : undefined,
    microAverage: micro,
    macroAverage: { ...score("macro"), support },
    weightedAverage: { ...score("weighted"), support },
  };
  const rows = toRows(result, digits);
  // Methods that `console.log` and deep comparison don't see, so that the report is plain data to them.
  return Object.defineProperties(result, {
    toString: { value: () => toText(rows) },
    [displaySymbol]: { value: () => ({ "text/html": toHtml(rows), "text/plain": toText(rows) }) },
  }) as Report;
}

const header = ["precision", "recall", "f1-score", "support"];

/** Cells of the table, an empty row between its parts. */
function toRows(
  result: Pick<Report, "classes" | "accuracy" | "microAverage" | "macroAverage" | "weightedAverage">,
  digits: number,
): string[][] {
  const { classes, accuracy, microAverage, macroAverage, weightedAverage } = result;
  const row = (name: string, { precision, recall, f1Score, support }: ReportRow) => [
    name,
    ...[precision, recall, f1Score].map((score) => score.toFixed(digits).replace("NaN", "nan")),
    String(support),
  ];
  return [
    ["", ...header],
    [],
    ...classes.map((each) => row(each.name, each)),
    [],
    accuracy === undefined
      ? row("micro avg", microAverage)
      : ["accuracy", "", "", accuracy.toFixed(digits), String(microAverage.support)],
    row("macro avg", macroAverage),
    row("weighted avg", weightedAverage),
  ];
}

function toText(rows: string[][]): string {
  const width = Math.max(...rows.map(([name = ""]) => name.length));
  const lines = rows.map(([name, ...cells]) =>
    name === undefined ? "" : `${name.padStart(width)}  ${cells.map((cell) => cell.padStart(9)).join(" ")}`,
  );
  return `${lines.join("\n")}\n`;
}

function toHtml(rows: string[][]): string {
  const [, , ...body] = rows;
  const cells = (tag: string, texts: string[]) =>
    texts.map((text) => `<${tag} style="text-align:right">${escapeXml(text)}</${tag}>`).join("");
  return (
    `<table><thead><tr><th></th>${cells("th", header)}</tr></thead><tbody>` +
    body
      .filter((row) => row.length > 0)
      .map(([name = "", ...rest]) => `<tr>${cells("th", [name])}${cells("td", rest)}</tr>`)
      .join("") +
    "</tbody></table>"
  );
}
