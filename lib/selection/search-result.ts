// What a search found: the candidates with their scores, the best of them, a table and a chart.

import { didYouMean, requireOneOf } from "../data/nearest.ts";
import { displaySymbol, type MimeBundle } from "../plot/display.ts";
import { Figure } from "../plot/figure.ts";
import { chart, type VegaLiteSpec } from "../plot/vega.ts";
import { CrossValidation, type FoldResult } from "./cross-validate.ts";
import { formatSpread, type Spread, tableBundle } from "./table.ts";

/** Settings that were tried. */
export interface Candidate<Settings> {
  parameters: Settings;
  /** Empty if it failed. */
  folds: readonly FoldResult[];
  /** Why it failed. */
  error?: string;
  /** Round of a search by halving, from 1. */
  round?: number;
  /** Examples or other units that each model of that round got. */
  resource?: number;
}

interface Judging {
  metric?: string;
  better?: "highest" | "lowest";
}

/** Rows that a table shows at most. */
const shownRows = 30;

/** The candidates of a search in the order in which they were tried. */
export class SearchResult<Settings extends object> {
  readonly candidates: readonly Candidate<Settings>[];
  readonly #judging: Judging;

  constructor(candidates: readonly Candidate<Settings>[], { metric, better }: Judging) {
    if (better !== undefined) requireOneOf("better", better, ["highest", "lowest"]);
    this.candidates = [...candidates];
    this.#judging = { ...(metric ? { metric } : {}), ...(better ? { better } : {}) };
  }

  /** The score that decides. */
  get metric(): string {
    const measured = Object.keys(this.candidates.find(({ folds }) => folds.length)?.folds[0]?.scores ?? {});
    const metric = this.#judging.metric ?? measured[0] ?? "score";
    if (measured.length > 0 && !measured.includes(metric)) {
      throw new RangeError(
        `There is no score "${metric}"; measured are ${measured.join(", ")}.${didYouMean(metric, measured)}`,
      );
    }
    return metric;
  }

  /** Candidates that did not fail, best first; of equals the one tried first, of rounds the last one's. */
  get ranked(): Candidate<Settings>[] {
    const better = this.#judging.better ?? (/loss|error/i.test(this.metric) ? "lowest" : "highest");
    const sign = better === "lowest" ? 1 : -1;
    const scores = new Map(this.candidates.map((candidate) => [candidate, this.score(candidate)?.mean]));
    // Means that only rounding tells apart are equal.
    const worth = (candidate: Candidate<Settings>) =>
      sign * Number((scores.get(candidate) as number).toPrecision(12));
    return this.candidates
      .filter((candidate) => Number.isFinite(scores.get(candidate)))
      .sort((a, b) => (b.round ?? 0) - (a.round ?? 0) || worth(a) - worth(b));
  }

  /**
   * The best candidate.
   *
   * @throws RangeError if there is none.
   */
  get best(): Candidate<Settings> {
    const [best] = this.ranked;
    if (!best) throw new RangeError("There is no candidate with a finite score.");
    return best;
  }

  /** Mean and standard deviation of the deciding score over the folds; undefined for one that failed. */
  score({ folds }: Candidate<Settings>): Spread | undefined {
    return folds.length === 0 ? undefined : new CrossValidation(folds).scores[this.metric];
  }

  /** Chart of the scores: over the settings if one or two numbers vary, else candidate by candidate. */
  get figure(): Figure {
    const rows = this.ranked.map((candidate, index) => {
      const { mean, deviation } = this.score(candidate) as Spread;
      const place = { candidate: `${index + 1}: ${describe(candidate.parameters)}`, rank: index };
      return { ...place, ...candidate.parameters, mean, low: mean - deviation, high: mean + deviation };
    });
    const title = { title: "Search", subtitle: `best ${describe(this.best.parameters)}` };
    const names = Object.keys(this.best.parameters);
    const varied = names.filter(
      (name) => new Set(rows.map((row) => JSON.stringify(row[name as keyof typeof row]))).size > 1,
    );
    const body = chartBody(rows.slice(0, 200), varied, this.metric);
    return new Figure({
      vegaLite: chart(title, body),
      text: `Search of ${names.join(", ")}: ${title.subtitle}`,
    });
  }

  /** The table for a display, best candidates first and failures last; `progress` says how far the search is. */
  table(progress?: string): MimeBundle {
    const { ranked } = this;
    const failed = this.candidates.filter((candidate) => !ranked.includes(candidate));
    const names = [...new Set(this.candidates.flatMap(({ parameters }) => Object.keys(parameters)))];
    const rounds = this.candidates.some(({ round }) => round !== undefined);
    const shown = [...ranked, ...failed].slice(0, shownRows);
    const rows = shown.map((candidate) => {
      const { parameters, folds, error, round, resource } = candidate;
      const score = this.score(candidate);
      const seconds = folds.reduce((sum, fold) => sum + fold.seconds, 0);
      return [
        ...names.map((name) => formatValue((parameters as Record<string, unknown>)[name])),
        ...(rounds ? [String(round), String(resource)] : []),
        score ? formatSpread(score) : error === undefined ? "not finite" : "failed",
        `${seconds.toFixed(2)} s`,
      ];
    });
    const notes = shown.flatMap(({ parameters, error }) =>
      error === undefined ? [] : [`${describe(parameters)} failed: ${error}`],
    );
    const count = this.candidates.length;
    const left = count > shownRows ? `, the best ${shownRows} of them` : "";
    return tableBundle({
      title: progress ? `Search: ${progress}${left}` : `Search: ${count} candidates${left}`,
      head: [...names, ...(rounds ? ["round", "resource"] : []), this.metric, "time"],
      rows,
      best: ranked.length > 0 ? 0 : undefined,
      notes,
    });
  }

  toString(): string {
    return this.table()["text/plain"] as string;
  }

  [displaySymbol](): MimeBundle {
    return this.table();
  }
}

function chartBody(values: object[], varied: string[], metric: string): VegaLiteSpec {
  const [first, second] = varied;
  const data = { values };
  const score = { field: "mean", type: "quantitative", title: metric, scale: { zero: false } };
  const numbers = (name: string) =>
    values.every((row) => typeof (row as Record<string, unknown>)[name] === "number");
  if (first && second && varied.length === 2) {
    const cell = {
      x: { field: second, type: "ordinal", axis: { labelAngle: 0 } },
      y: { field: first, type: "ordinal" },
    };
    return {
      data,
      width: 320,
      height: 260,
      mark: "rect",
      encoding: { ...cell, color: { ...score, scale: { scheme: "viridis" } } },
    };
  }
  const bars = {
    low: { field: "low", type: "quantitative", title: metric, scale: { zero: false } },
    high: { field: "high" },
  };
  const line = first !== undefined && varied.length === 1 && numbers(first);
  const place = line
    ? { x: { field: first, type: "quantitative", title: first, scale: { type: scaleOf(values, first) } } }
    : {
        y: {
          field: "candidate",
          type: "nominal",
          title: null,
          sort: { field: "rank" },
          axis: { labelLimit: 320 },
        },
      };
  const range = line ? { y: bars.low, y2: bars.high } : { x: bars.low, x2: bars.high };
  return {
    data,
    width: 360,
    ...(line ? { height: 240 } : {}),
    layer: [
      { mark: { type: "rule", strokeWidth: 2, opacity: 0.5 }, encoding: { ...place, ...range } },
      {
        mark: line ? { type: "line", point: { size: 50 } } : { type: "point", filled: true, size: 60 },
        encoding: { ...place, [line ? "y" : "x"]: score },
      },
    ],
  };
}

function scaleOf(values: object[], name: string): "log" | "linear" {
  const numbers = values.map((row) => (row as Record<string, number>)[name] as number);
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  return low > 0 && high / low >= 50 ? "log" : "linear";
}

function describe(parameters: object): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name} ${formatValue(value)}`)
    .join(", ");
}

function formatValue(value: unknown): string {
  if (typeof value === "number") return String(Number(value.toPrecision(4)));
  if (typeof value === "string") return value;
  return value === undefined ? "" : (JSON.stringify(value) ?? String(value));
}
