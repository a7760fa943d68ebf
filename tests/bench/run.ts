// `npm run bench -- NAME [--json FILE] [--repetitions N] [--only TEXT] [--clock cpu]`: measures us and a peer in one run,
// interleaved, and prints medians: of what was measured, and of the ratios of each round. The machine is shared and noisy: its
// speed changes from round to round, so only the ratios mean something.
// `--only` takes the training rows whose name holds the text, `--clock cpu` processor time instead of time that passes.

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Clock } from "./clock.ts";
import type { MeasureOptions, Samples } from "./samples.ts";

const benchmarks: Record<string, () => Promise<{ measure(options: MeasureOptions): Promise<Samples[]> }>> = {
  explain: () => import("./explain.ts"),
  kernel: () => import("./kernel.ts"),
  train: () => import("./train/index.ts"),
};

/** One line of the JSON report: medians, also of ours / theirs by round, where the peer has an answer. */
interface Row {
  measure: string;
  peer: string;
  unit: string;
  ours: number;
  theirs?: number;
  ratio?: number;
  better: "higher" | "lower";
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function summarize({ measure, peer, unit, better, ours, theirs }: Samples): Row {
  const row = { measure, peer, unit, ours: median(ours), better };
  if (theirs.length === 0) return row;
  return {
    ...row,
    theirs: median(theirs),
    ratio: median(ours.map((value, round) => value / theirs[round]!)),
  };
}

/** Three digits, and no exponent. */
function figure(value: number): string {
  return value >= 1000 ? String(Math.round(value)) : value.toPrecision(3);
}

function table(rows: Row[]): string {
  const lines = rows.map(({ measure, peer, unit, ours, theirs, ratio, better }) => [
    measure,
    `${figure(ours)} ${unit}`,
    theirs === undefined ? "–" : `${peer} ${figure(theirs)} ${unit}`,
    ratio === undefined ? "–" : `×${ratio.toFixed(2)}`,
    `${better} is better`,
  ]);
  const all = [["measure", "nablab", "peer", "ratio", ""], ...lines];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((line) => line[column]!.length)));
  return all
    .map((line) =>
      line
        .map((text, column) => text.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    clock: { type: "string", default: "wall" },
    json: { type: "string" },
    only: { type: "string", default: "" },
    repetitions: { type: "string", default: "7" },
  },
});
const name = positionals[0] ?? "";
const repetitions = Number(values.repetitions);
const clock = values.clock as Clock;
const known = Object.hasOwn(benchmarks, name) && (clock === "wall" || clock === "cpu");
if (!known || !Number.isInteger(repetitions) || repetitions < 1) {
  console.error(
    `Usage: npm run bench -- NAME [--json FILE] [--repetitions N] [--only TEXT] [--clock wall|cpu]\nNAME: ${Object.keys(benchmarks).join(", ")}`,
  );
  process.exit(2);
}
const { measure } = await benchmarks[name]!();
const only = (measured: string) => measured.toLowerCase().includes(values.only.toLowerCase());
const rows = (await measure({ repetitions, clock, only })).map(summarize);
console.log(table(rows));
if (values.json) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
