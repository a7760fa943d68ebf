import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "../../data/random.ts";
import { assertClose } from "../../metrics/battery/references.ts";
import { references } from "../battery/references.ts";
import { adaBoost } from "./ada-boost.ts";
import { decisionTree, decisionTreeRegressor } from "./decision-tree.ts";
import { gradientBoosting, gradientBoostingRegressor } from "./gradient-boosting.ts";
import { randomForest, randomForestRegressor } from "./random-forest.ts";

const { x, y, three, two, xTest, ...reference } = references.trees;

const leafy = { depth: 3, minimumLeaf: 3 };

for (const [name, make, labels] of [
  ["gini", () => decisionTree(leafy), three],
  ["entropy", () => decisionTree({ ...leafy, criterion: "entropy" }), three],
  ["adaBoost", () => adaBoost({ trees: 12 }), three],
  ["adaBoostTwo", () => adaBoost({ trees: 8, learningRate: 0.5 }), two],
  ["gradientBoosting", () => gradientBoosting({ rounds: 10, depth: 2, minimumLeaf: 4 }), three],
  ["gradientBoostingTwo", () => gradientBoosting({ rounds: 10, depth: 2, learningRate: 0.3 }), two],
] as const) {
  test(`${name} classifies as scikit-learn does`, () => {
    const model = make().fit(x, labels);
    assertClose(model.predictProbability(xTest), reference[name].predicted, name, 1e-9);
    if ("featureImportances" in model) {
      assertClose(model.featureImportances, reference[name].importances, "importances", 1e-9);
    }
  });
}

for (const [name, make] of [
  ["regressor", () => decisionTreeRegressor({ depth: 4 })],
  ["regressorLeaf", () => decisionTreeRegressor({ minimumLeaf: 4, minimumSplit: 10 })],
  ["gradientBoostingRegressor", () => gradientBoostingRegressor({ rounds: 20, depth: 2 })],
] as const) {
  test(`${name} predicts as scikit-learn does`, () => {
    const model = make().fit(x, y);
    assertClose(model.predict(xTest), reference[name].predicted, name, 1e-9);
    if ("featureImportances" in model) {
      assertClose(model.featureImportances, reference[name].importances, "importances", 1e-9);
    }
  });
}

test("a tree reads as questions", async () => {
  const points = [
    [0, 5],
    [1, 5],
    [10, 5],
    [11, 7],
    [10, 9],
  ];
  const tree = decisionTree().fit(points, ["near", "near", "far", "far", "high"]);
  assert.equal(
    tree.toText({ features: ["way", "height"] }),
    [
      "way ≤ 5.5",
      "│   → near (2)",
      "way > 5.5",
      "│   height ≤ 8",
      "│   │   → far (2)",
      "│   height > 8",
      "│   │   → high (1)",
    ].join("\n"),
  );
  assert.deepEqual([tree.depth, tree.leaves], [2, 3]);
  const mime = await tree.figure({ features: ["way", "<height>"] }).toMime();
  assert.match(decodeURIComponent(String(mime["text/html"])), /<svg .*yes.*near.*&lt;height&gt; ≤ 8/);
  const shallow = await tree.figure({ depth: 1 }).toMime();
  assert.match(decodeURIComponent(String(shallow["text/html"])), /x\[1\] ≤ 8 …/);
  assert.equal(
    decisionTreeRegressor({ depth: 1 }).fit(points, [1, 1, 3, 3, 3]).toText(),
    "x[0] ≤ 5.5\n│   → 1 (2)\nx[0] > 5.5\n│   → 3 (3)",
  );
});

test("a forest does better than its trees on what it has not seen", () => {
  const source = random(2);
  const make = (size: number) => {
    const rows = Array.from({ length: size }, () => Array.from({ length: 5 }, () => source.normal()));
    return {
      rows,
      labels: rows.map(([a, b, c]) =>
        Number((a as number) * (b as number) + (c as number) + source.normal() / 2 > 0),
      ),
    };
  };
  const [train, held] = [make(200), make(400)];
  const forest = randomForest({ trees: 60, seed: 1 }).fit(train.rows, train.labels);
  const tree = decisionTree().fit(train.rows, train.labels);
  const score = forest.score(held.rows, held.labels);
  assert.ok(score > tree.score(held.rows, held.labels) && score > 0.75, String(score));
  // An honest score: near that on new examples, far from that on known ones.
  assert.equal(forest.score(train.rows, train.labels), 1);
  assert.ok(Math.abs(forest.outOfBagScore - score) < 0.08, `${forest.outOfBagScore} ${score}`);
  const importances = forest.featureImportances;
  assert.ok(Math.min(...importances.slice(0, 3)) > Math.max(...importances.slice(3)), String(importances));
  assert.equal(forest.trees.length, 60);
});

test("without drawing anything a forest is its tree", () => {
  const options = { trees: 3, bootstrap: false };
  const forest = randomForestRegressor(options).fit(x, y);
  assertClose(forest.predict(xTest), decisionTreeRegressor().fit(x, y).predict(xTest), "regressor", 1e-12);
  const voting = randomForest({ ...options, features: 4 }).fit(x, three);
  assert.deepEqual(voting.predict(xTest), decisionTree().fit(x, three).predict(xTest));
  const sampled = randomForestRegressor({ trees: 80, seed: 3 }).fit(x, y);
  assert.ok(
    sampled.outOfBagScore > 0.5 && sampled.outOfBagScore < sampled.score(x, y),
    String(sampled.outOfBagScore),
  );
});

test("boosting ends early where a tree is perfect, and stands constant features", () => {
  const perfect = adaBoost().fit([[0], [1]], ["a", "b"]);
  assert.deepEqual([perfect.trees.length, perfect.treeWeights, perfect.treeErrors], [1, [1], [0]]);
  assert.deepEqual(
    adaBoost()
      .fit([[1], [1]], ["a", "b"])
      .predictProbability([[1]])
      .flat()
      .some(Number.isNaN),
    false,
  );
  const part = gradientBoosting({ subsample: 0.5, seed: 2, rounds: 30 }).fit(x, two);
  assert.ok(part.score(x, two) > 0.9);
  assert.throws(() => decisionTree({ features: 9 }).fit(x, two), /features is 9; x has 4/);
});
