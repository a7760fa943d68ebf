// Searches for the best settings of a model: every candidate is cross-validated on the same splits, one failing does not
// stop the others, and a table shows how far it is.

import { setImmediate } from "node:timers/promises";
import { type DisplayHandle, displayTarget } from "../plot/display.ts";
import { combinations, type Distributions, draw, type Grid, type Parameters } from "./candidates.ts";
import { type FoldResult, foldsOf, type SplitOptions, splitsFor } from "./cross-validate.ts";
import { type LabelledData, type LearnOptions, type Trainable, throwIfStopped } from "./learn.ts";
import { type Candidate, SearchResult } from "./search-result.ts";
import type { Split } from "./splits.ts";
import { type ModelModule, Workers } from "./workers.ts";

/** Builds an untrained model from settings, in this process or, as a module, in workers. */
export type ModelMaker<Settings> = ((parameters: Settings) => Trainable | Promise<Trainable>) | ModelModule;

export interface SearchOptions extends LearnOptions, SplitOptions {
  /** The score that decides. Defaults to the first one that is measured. */
  metric?: string;
  /** Which scores are better. Defaults to `"lowest"` for names with "loss" or "error" in them, else `"highest"`. */
  better?: "highest" | "lowest";
  /** Show the table while it grows. Defaults to `true`. */
  show?: boolean;
}

export interface RandomSearchOptions extends SearchOptions {
  /** Number of candidates. Defaults to `20`. */
  candidates?: number;
}

/**
 * Try every combination of a grid's values:
 * `await gridSearch(({ c, gamma }) => dl.classic.svm({ c, gamma }), { c: [1, 10], gamma: [0.1, 1] }, { x, y })`.
 *
 * @param make Builds a model from settings; as `{ module }` it is built in worker processes.
 * @throws RangeError if the data can't be split so, or every candidate fails; the signal's reason if it is aborted.
 */
export function gridSearch<Settings extends object>(
  make: ModelMaker<Settings>,
  grid: Grid<Settings>,
  data: LabelledData,
  options: SearchOptions = {},
): Promise<SearchResult<Settings>> {
  return search(make, combinations<Settings>(grid), data, options);
}

/**
 * Try settings drawn at random, which finds good ones sooner than a grid where only some settings matter (Bergstra and
 * Bengio 2012): `await randomSearch(make, { c: logUniform(0.01, 100), kernel: ["linear", "rbf"] }, { x, y })`.
 * The seed decides the candidates, the splits and the training.
 *
 * @throws RangeError as `gridSearch`.
 */
export function randomSearch<Settings extends object>(
  make: ModelMaker<Settings>,
  distributions: Distributions<Settings>,
  data: LabelledData,
  options: RandomSearchOptions = {},
): Promise<SearchResult<Settings>> {
  return search(make, draw(distributions, options.candidates ?? 20, options.seed), data, options);
}

async function search<Settings extends object>(
  make: ModelMaker<Settings>,
  settings: readonly Settings[],
  data: LabelledData,
  options: SearchOptions,
): Promise<SearchResult<Settings>> {
  const evaluation = new Evaluation(make, data, options);
  try {
    const splits = await evaluation.splits(settings[0] as Settings);
    await evaluation.round(settings, () => splits, {});
    return await evaluation.finish();
  } finally {
    evaluation.stop();
  }
}

/** One search: the candidates that were tried, on show while they become more. */
export class Evaluation<Settings extends object> {
  readonly #make: ModelMaker<Settings>;
  readonly #data: LabelledData;
  readonly #options: SearchOptions;
  readonly #workers: Workers | undefined;
  readonly #candidates: Candidate<Settings>[] = [];
  #shown: DisplayHandle | undefined;
  #expected = 0;

  constructor(make: ModelMaker<Settings>, data: LabelledData, options: SearchOptions) {
    this.#make = make;
    this.#data = data;
    this.#options = options;
    this.#workers = typeof make === "function" ? undefined : new Workers(make, data, options);
  }

  /** The splits that the options ask for. */
  splits(settings: Settings): Promise<Split[]> {
    const make = this.#make;
    // A module's models are in other processes: y and `classes` alone tell whether there are classes.
    const maker = typeof make === "function" ? () => make(settings) : () => unknownModel;
    return splitsFor(maker, this.#data, this.#options);
  }

  /** Evaluate candidates, several at once where there are workers; the order of results is that of the candidates. */
  async round(
    settings: readonly Settings[],
    splits: (settings: Settings) => readonly Split[],
    extra: Partial<Candidate<Settings>>,
  ): Promise<Candidate<Settings>[]> {
    const start = this.#candidates.length;
    this.#expected = start + settings.length;
    const done = new Array<Candidate<Settings> | undefined>(settings.length);
    let next = 0;
    const work = async () => {
      while (next < settings.length) {
        const at = next++;
        throwIfStopped(this.#options.signal);
        const parameters = settings[at] as Settings;
        done[at] = { ...extra, parameters, ...(await this.#score(parameters, [...splits(parameters)])) };
        this.#candidates.splice(start, Infinity, ...done.filter((each) => each !== undefined));
        this.#show();
      }
    };
    const signals = [this.#options.signal, displayTarget().interruptSignal()].filter(
      (each) => each !== undefined,
    );
    const stop = () => this.stop();
    for (const signal of signals) signal.addEventListener("abort", stop);
    try {
      await Promise.all(Array.from({ length: Math.min(this.#workers?.size ?? 1, settings.length) }, work));
    } finally {
      for (const signal of signals) signal.removeEventListener("abort", stop);
    }
    return done as Candidate<Settings>[];
  }

  /** The result so far. */
  result(): SearchResult<Settings> {
    return new SearchResult(this.#candidates, this.#options);
  }

  /** @throws RangeError if every candidate failed. */
  async finish(): Promise<SearchResult<Settings>> {
    const result = this.result();
    const failed = this.#candidates.find(({ error }) => error !== undefined);
    if (this.#candidates.every(({ error }) => error !== undefined)) {
      throw new RangeError(
        `All ${this.#candidates.length} candidates failed; the first with: ${failed?.error}`,
      );
    }
    // Asked for once, so that a metric with a typo in its name is told of.
    result.best;
    await setImmediate();
    return result;
  }

  /** End what is still at work. */
  stop(): void {
    this.#workers?.stop();
  }

  async #score(parameters: Settings, splits: Split[]): Promise<{ folds: FoldResult[]; error?: string }> {
    const folds: FoldResult[] = [];
    const make = this.#make;
    try {
      if (this.#workers)
        return { folds: await this.#workers.run({ parameters: { ...parameters } as Parameters, splits }) };
      const maker = () => (make as (parameters: Settings) => Trainable | Promise<Trainable>)(parameters);
      for await (const fold of foldsOf(maker, this.#data, splits, this.#options)) folds.push(fold);
      return { folds };
    } catch (error) {
      throwIfStopped(this.#options.signal);
      return { folds: [], error: error instanceof Error ? error.message : String(error) };
    }
  }

  #show(): void {
    if (this.#options.show === false) return;
    const unfinished = this.#candidates.length < this.#expected;
    const bundle = this.result().table(
      unfinished ? `${this.#candidates.length} of ${this.#expected} candidates` : undefined,
    );
    if (this.#shown) this.#shown.update(bundle, { transient: unfinished });
    else this.#shown = displayTarget().show(bundle);
  }
}

const unknownModel: Trainable = { fit: () => undefined, predict: () => undefined };
