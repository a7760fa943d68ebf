import assert from "node:assert/strict";
import { test } from "node:test";
import { assertClose } from "../metrics/battery/references.ts";
import { associationRules, frequentItemSets } from "./association-rules.ts";
import { references } from "./battery/references.ts";

const { baskets, sets, rules } = references.rules;

function byItems<Row extends unknown[]>(rows: Row[]): Row[] {
  return [...rows].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

test("frequent sets and rules are those of mlxtend", () => {
  const found = frequentItemSets(baskets, { support: 0.2 }).map(({ items, support }) => [items, support]);
  assertClose(byItems(found), byItems(sets), "sets", 1e-12);
  const ruled = associationRules(baskets, { support: 0.2, confidence: 0.6 }).map((rule) => [
    ...[rule.antecedent, rule.consequent],
    ...[rule.support, rule.confidence, rule.lift],
  ]);
  assert.ok(ruled.length > 10);
  assertClose(byItems(ruled), byItems(rules), "rules", 1e-10);
});

test("support, confidence and lift by hand", () => {
  const few = [["a", "b"], ["a", "b", "b"], ["a"], ["c"]];
  const [sure, likely] = associationRules(few, { support: 0.5, confidence: 0.1 });
  assertClose(
    sure,
    { antecedent: ["b"], consequent: ["a"], support: 0.5, confidence: 1, lift: 4 / 3 },
    "sure",
    1e-12,
  );
  assertClose(
    likely,
    { antecedent: ["a"], consequent: ["b"], support: 0.5, confidence: 2 / 3, lift: 4 / 3 },
    "likely",
    1e-12,
  );
  assert.deepEqual(associationRules(few, { support: 0.5, size: 1 }), []);
  assert.deepEqual(frequentItemSets(few, { support: 1 }), []);
  assert.throws(() => frequentItemSets([]), /no baskets/);
  assert.throws(() => associationRules(few, { support: 2 }), /support is 2/);
});
