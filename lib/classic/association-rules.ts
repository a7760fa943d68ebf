// Association rules (Agrawal, Imieliński and Swami 1993) from frequent item sets found by Apriori (Agrawal and Srikant
// 1994): a set can only be frequent if all its parts are.

import { compareLabels, type Label } from "../metrics/values.ts";
import { requireAbove } from "./estimator.ts";

/** Items that are bought, seen or said together. */
export interface ItemSet {
  items: Label[];
  /** Part of the baskets that hold all of them. */
  support: number;
}

/** Baskets with the items of the antecedent tend to hold those of the consequent. */
export interface AssociationRule {
  antecedent: Label[];
  consequent: Label[];
  /** Part of the baskets that hold both. */
  support: number;
  /** Part of the baskets with the antecedent that hold the consequent too. */
  confidence: number;
  /** How much more often than if they were independent. */
  lift: number;
}

export interface FrequentItemSetsOptions {
  /** Least part of the baskets. Defaults to `0.1`. */
  support?: number;
  /** Most items in a set. Defaults to as many as there are. */
  size?: number;
}

export interface AssociationRulesOptions extends FrequentItemSetsOptions {
  /** Least confidence. Defaults to `0.5`. */
  confidence?: number;
  /** Least lift. Defaults to `0`. */
  lift?: number;
}

/**
 * Sets of items that come together often, small sets first: `frequentItemSets(baskets, { support: 0.2 })`.
 *
 * @param baskets The items of each basket; one that is there twice counts once.
 * @throws RangeError if there is no basket or an option is not a part.
 */
export function frequentItemSets(
  baskets: readonly (readonly Label[])[],
  options: FrequentItemSetsOptions = {},
): ItemSet[] {
  const { support: least = 0.1, size: most = Infinity } = options;
  requireAbove("support", least, 0, 1);
  if (baskets.length === 0) throw new RangeError("There are no baskets; rules need at least one.");
  const holders = new Map<Label, Set<number>>();
  for (const [index, basket] of baskets.entries()) {
    for (const item of basket) {
      const set = holders.get(item) ?? new Set();
      holders.set(item, set.add(index));
    }
  }
  // Rounding must not lose a set that reaches the support exactly.
  const enough = (count: number) => count / baskets.length >= least - 1e-12;
  let level = [...holders]
    .filter(([, held]) => enough(held.size))
    .sort(([a], [b]) => compareLabels(a, b))
    .map(([item, held]) => ({ items: [item], held }));
  const found: ItemSet[] = [];
  for (let size = 1; level.length > 0 && size <= most; size++) {
    found.push(...level.map(({ items, held }) => ({ items, support: held.size / baskets.length })));
    const known = new Set(level.map(({ items }) => keyOf(items)));
    // Two sets that differ in the last item only make one that is larger by one.
    level = level.flatMap((one, at) =>
      level.slice(at + 1).flatMap((other) => {
        if (keyOf(one.items.slice(0, -1)) !== keyOf(other.items.slice(0, -1))) return [];
        const items = [...one.items, other.items.at(-1) as Label];
        const partsKnown = items.every((_, left) => known.has(keyOf(items.filter((__, i) => i !== left))));
        if (!partsKnown) return [];
        const held = new Set([...one.held].filter((basket) => other.held.has(basket)));
        return enough(held.size) ? [{ items, held }] : [];
      }),
    );
  }
  return found;
}

/**
 * Rules "who takes these also takes those", surest first: `associationRules(baskets, { support: 0.1, confidence: 0.6 })`.
 *
 * @param baskets The items of each basket.
 * @throws RangeError as `frequentItemSets`.
 */
export function associationRules(
  baskets: readonly (readonly Label[])[],
  options: AssociationRulesOptions = {},
): AssociationRule[] {
  const { confidence: leastConfidence = 0.5, lift: leastLift = 0, ...rest } = options;
  if (leastConfidence !== 0) requireAbove("confidence", leastConfidence, 0, 1);
  const sets = frequentItemSets(baskets, rest);
  const supports = new Map(sets.map(({ items, support }) => [keyOf(items), support]));
  const rules = sets.flatMap(({ items, support }) =>
    parts(items).map(([antecedent, consequent]): AssociationRule => {
      const confidence = support / (supports.get(keyOf(antecedent)) as number);
      const lift = confidence / (supports.get(keyOf(consequent)) as number);
      return { antecedent, consequent, support, confidence, lift };
    }),
  );
  return rules
    .filter(({ confidence, lift }) => confidence >= leastConfidence - 1e-12 && lift >= leastLift - 1e-12)
    .sort((a, b) => b.confidence - a.confidence || b.lift - a.lift || b.support - a.support);
}

/** All ways to split a set in two that are not empty. */
function parts(items: Label[]): [Label[], Label[]][] {
  return Array.from({ length: Math.max(0, 2 ** items.length - 2) }, (_, index) => {
    const inFirst = (at: number) => Math.floor((index + 1) / 2 ** at) % 2 === 1;
    return [items.filter((__, at) => inFirst(at)), items.filter((__, at) => !inFirst(at))];
  });
}

function keyOf(items: readonly Label[]): string {
  return JSON.stringify(items);
}
