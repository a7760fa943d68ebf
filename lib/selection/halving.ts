// Successive halving (Jamieson and Talwalkar 2016): give all candidates few examples, keep the best third, give those
// three times as many, and so on, so that most of the time goes to the promising ones.

import { random } from "../data/random.ts";
import { requireWhole } from "../metrics/values.ts";
import { combinations, type Grid } from "./candidates.ts";
import type { LabelledData } from "./learn.ts";
import { Evaluation, type ModelMaker, type SearchOptions } from "./search.ts";
import type { SearchResult } from "./search-result.ts";
import type { Split } from "./splits.ts";

export interface HalvingOptions<Settings> extends SearchOptions {
  /** One candidate in so many goes on to the next round, with so many times the resource. Defaults to `3`. */
  factor?: number;
  /**
   * What grows from round to round: `"examples"` to learn from, or a whole-number setting such as `"epochs"`, which
   * is then given to the maker. Defaults to `"examples"`.
   */
  resource?: "examples" | Extract<keyof Settings, string>;
  /** Resource of the last round; needed for a setting. Defaults to all examples that a fold learns from. */
  maximum?: number;
}

/**
 * Search in rounds that become smaller and more thorough:
 * `await halving(make, { c: [0.1, 1, 10], gamma: [0.1, 1, 10] }, { x, y })`.
 *
 * All candidates of a round learn from the same examples. Scores of different rounds can't be compared; the best
 * candidate is one of the last round.
 *
 * @param candidates A grid, or a list of settings.
 * @throws RangeError as `gridSearch`, or if a resource to grow is named without `maximum`.
 */
export async function halving<Settings extends object>(
  make: ModelMaker<Settings>,
  candidates: Grid<Settings> | readonly Settings[],
  data: LabelledData,
  options: HalvingOptions<Settings> = {},
): Promise<SearchResult<Settings>> {
  const { factor = 3, resource = "examples", seed = 0 } = options;
  requireWhole("factor", factor, 2);
  let remaining = isList(candidates) ? [...candidates] : combinations(candidates);
  const [first] = remaining;
  if (!first) throw new RangeError("There are no candidates; a search needs at least one.");
  const evaluation = new Evaluation(make, data, options);
  try {
    const splits = await evaluation.splits(first);
    const maximum = options.maximum ?? Math.min(...splits.map(({ train }) => train.length));
    if (resource !== "examples" && options.maximum === undefined) {
      throw new RangeError(`maximum is missing: the value of ${resource} in the last round.`);
    }
    requireWhole("maximum", maximum, 1);
    const order = new Map(splits.map((split) => [split, mixed(split.train, seed)]));
    // As many rounds as it takes to come down to fewer candidates than the factor.
    const rounds = 1 + Math.floor(Math.log(remaining.length) / Math.log(factor) + 1e-9);
    for (let round = 1; round <= rounds; round++) {
      const amount =
        round === rounds ? maximum : Math.max(1, Math.floor(maximum / factor ** (rounds - round)));
      const cut = (split: Split): Split => ({
        train: (order.get(split) as number[]).slice(0, amount).sort((a, b) => a - b),
        test: split.test,
      });
      const used = resource === "examples" ? splits.map(cut) : splits;
      const given = remaining.map((each) =>
        resource === "examples" ? each : { ...each, [resource]: amount },
      );
      const results = await evaluation.round(given, () => used, { round, resource: amount });
      const kept = new Set(
        evaluation
          .result()
          .ranked.filter((candidate) => candidate.round === round)
          .slice(0, Math.max(1, Math.floor(remaining.length / factor)))
          .map(({ parameters }) => parameters),
      );
      remaining = remaining.filter((_, index) => kept.has(results[index]?.parameters as Settings));
      if (remaining.length === 0) break;
    }
    return await evaluation.finish();
  } finally {
    evaluation.stop();
  }
}

function isList<Settings>(
  candidates: Grid<Settings> | readonly Settings[],
): candidates is readonly Settings[] {
  return Array.isArray(candidates);
}

function mixed(indices: readonly number[], seed: number): number[] {
  return Array.from(random(seed).permutation(indices.length), (place) => indices[place] as number);
}
