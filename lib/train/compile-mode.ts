// How the steps of a run over data are run, and whether recording them pays.
import { recordsSteps } from "../backend/index.ts";

export const compileModes = ["auto", "graph", "xla", false] as const;

/** How steps are run: see `FitOptions.compile`. */
export type CompileMode = (typeof compileModes)[number];

/** `false` instead of `"auto"` with fewer than `fewest` steps, which take less time than a recording, or if the backend can't record. */
export function worthwhile(mode: CompileMode, steps: number, fewest: number): CompileMode {
  return mode === "auto" && (steps < fewest || !recordsSteps()) ? false : mode;
}
