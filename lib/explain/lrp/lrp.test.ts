import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { use } from "../../backend/index.ts";
import { assertClose } from "../battery/compare.ts";
import { denseRules, gru, lstm, type Matrix, sum, type Vector } from "../battery/slow.ts";
import { makeInputs, makeSpecimen, zoo } from "../battery/zoo.ts";
import * as composites from "./composites.ts";
import { conservation } from "./conservation.ts";
import { type LrpOptions, lrp } from "./lrp.ts";
import type { Rule } from "./rule.ts";
import * as rules from "./rules.ts";

let warned: string[];
const warn = console.warn;
let atStart: number;

before(() => use("cpu"));
beforeEach(() => {
  warned = [];
  console.warn = (text: string) => warned.push(text);
  atStart = tf.memory().numTensors;
});
afterEach(() => {
  assert.equal(tf.memory().numTensors, atStart, "tensors are left over");
});
after(() => {
  console.warn = warn;
});

/** x = (1, 2) → two ReLUs that both give 3 → 9. */
function integerNet(): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ inputShape: [2], units: 2, activation: "relu", name: "hidden" }),
      tf.layers.dense({ units: 1, useBias: false, name: "output" }),
    ],
  });
  tf.tidy(() =>
    model.setWeights([
      tf.tensor([
        [1, -1],
        [1, 2],
      ]),
      tf.zeros([2]),
      tf.tensor([[2], [1]]),
    ]),
  );
  return model;
}

async function explain(model: tf.LayersModel, values: number[][], options: LrpOptions) {
  const x = tf.tensor2d(values);
  const result = await lrp(model, x, options).finally(() => x.dispose());
  const relevance = result.relevance.arraySync() as number[][];
  result.dispose();
  return { ...result, relevance };
}

describe("a network of whole numbers", () => {
  const expected: [string, Rule, number[]][] = [
    ["lrp0", rules.lrp0(), [1, 8]],
    ["zPlus", rules.zPlus({ stabiliser: 0 }), [2, 7]],
    ["alphaBeta", rules.alphaBeta({ stabiliser: 0 }), [1, 14]],
    ["flat", rules.flat({ stabiliser: 0 }), [4.5, 4.5]],
    ["wSquare", rules.wSquare({ stabiliser: 0 }), [3.6, 5.4]],
    // In the box [0, 4]²: 1 · 1 and 2 · 1; −1 + 4 and 2 · 2.
    ["zBox", rules.zBox({ low: 0, high: 4, stabiliser: 0 }), [2 + 9 / 7, 4 + 12 / 7]],
    ["gamma", rules.gamma({ gamma: 1, stabiliser: 0 }), [2 - 3 / 7, 4 + 24 / 7]],
  ];
  for (const [name, rule, relevance] of expected) {
    it(name, async () => {
      const model = integerNet();
      const composite = composites.layerMap([["dense", rules.lrp0()]], { names: { hidden: rule } });
      const result = await explain(model, [[1, 2]], { composite });
      assert.equal(result.total, 9);
      assertClose(result.relevance[0] as number[], relevance, 1e-6, name);
      assert.deepEqual(
        result.ledger.map((row) => [row.layer, row.rule]),
        [
          ["output", "lrp0"],
          ["hidden/relu", "pass"],
          ["hidden", name],
        ],
      );
      model.dispose();
    });
  }
});

const kernel: Matrix = [
  [1, -2, 0.5],
  [-1.5, 0.3, 2],
  [0.7, 1.1, -0.4],
  [-0.2, 0.9, 0.8],
];
const bias: Vector = [0.3, -0.4, 0.2];
const input: Vector = [1.2, -0.7, 0.4, -2];
const arrived: Vector = [0.9, -1.3, 0.5];

/** What every rule for layers with weights must keep. */
function ruleContract(name: string, rule: Rule): void {
  describe(`the rule "${name}"`, () => {
    const composite = composites.layerMap([["dense", rule]]);
    const makeModel = (useBias = true) => {
      const model = tf.sequential({ layers: [tf.layers.dense({ inputShape: [4], units: 3, useBias })] });
      tf.tidy(() => model.setWeights([tf.tensor(kernel), ...(useBias ? [tf.tensor(bias)] : [])]));
      return model;
    };
    // A score with the wanted relevance: Σ_j R_j y_j / y_j, with y_j in the denominator held fixed.
    const target = (logits: tf.Tensor) => tf.mul(logits, tf.div(tf.tensor(arrived), outputs));
    let outputs: tf.Tensor;

    it("is what the paper says", async () => {
      const model = makeModel();
      const x = tf.tensor2d([input]);
      outputs = model.predict(x) as tf.Tensor;
      const { relevance } = await explain(model, [input], { composite, target });
      const slow = denseRules[name]?.(input, kernel, bias, arrived) as Vector;
      assertClose(relevance[0] as number[], slow, 2e-6, name);
      tf.dispose([x, outputs]);
      model.dispose();
    });

    it("accounts for all relevance, each example for itself", async () => {
      const model = makeModel();
      const other = [0.1, 0.6, -1, 0.8];
      const both = await explain(model, [input, other], { composite, target: 1 });
      const alone = await explain(model, [other], { composite, target: 1 });
      assertClose(both.relevance[1] as number[], alone.relevance[0] as number[], 1e-6, "second of two");
      for (const { sumIn, sumOut, toBias, toStabiliser, lost } of both.ledger) {
        assert.ok(Math.abs(lost) < 1e-5, String(lost));
        assert.ok(Math.abs(sumIn - sumOut - toBias - toStabiliser) < 1e-5);
      }
      model.dispose();
    });

    it("keeps relevance where there is no bias", async () => {
      const model = makeModel(false);
      // αβ keeps it only where an output has both kinds of contributions, as here.
      const { relevance, total } = await explain(model, [input], { composite, target: 1 });
      assert.ok(Math.abs(sum(relevance[0] as Vector) - total) < 1e-4 * Math.abs(total));
      model.dispose();
    });

    it("gives numbers, not NaN, for an input of zeros", async () => {
      const model = makeModel();
      const { relevance } = await explain(model, [[0, 0, 0, 0]], { composite, target: 0 });
      assert.ok((relevance[0] as Vector).every(Number.isFinite));
      model.dispose();
    });

    it("refuses operations without weights", {
      skip: name === "epsilon" && "ε needs no weights",
    }, async () => {
      const model = tf.sequential({ layers: [tf.layers.reLU({ inputShape: [4] })] });
      const composite = composites.layerMap([["activation", rule]]);
      await assert.rejects(explain(model, [input], { composite }), /shares relevance out by weights/);
      model.dispose();
    });
  });
}

ruleContract("epsilon", rules.epsilon());
ruleContract("zPlus", rules.zPlus());
ruleContract("alphaBeta", rules.alphaBeta());
ruleContract("gamma", rules.gamma());
ruleContract("zBox", rules.zBox({ low: -3, high: 3 }));
ruleContract("wSquare", rules.wSquare());
ruleContract("flat", rules.flat());

describe("recurrent layers", () => {
  for (const [name, make, slow] of [
    ["lstm", tf.layers.lstm, lstm],
    ["gru", tf.layers.gru, gru],
  ] as const) {
    it(`${name}: the signal takes it all`, async () => {
      const model = tf.sequential({
        layers: [make({ inputShape: [4, 3], units: 2, recurrentActivation: "sigmoid" })],
      });
      const blocks = name === "lstm" ? 8 : 6;
      const draw = (rows: number, columns: number, shift: number) =>
        Array.from({ length: rows }, (_, i) =>
          Array.from({ length: columns }, (_, j) => Math.sin(3 * i + 1.7 * j + shift)),
        );
      const [w, u, [b]] = [draw(3, blocks, 0), draw(2, blocks, 1), draw(1, blocks, 2)] as [
        Matrix,
        Matrix,
        [Vector],
      ];
      tf.tidy(() => model.setWeights([tf.tensor(w), tf.tensor(u), tf.tensor(b)]));
      const steps = draw(4, 3, 5);
      const x = tf.tensor3d([steps]);
      const composite = composites.layerMap([["recurrent", rules.signalTakeAll({ epsilon: 1e-3 })]]);
      const result = await lrp(model, x, { target: (logits) => logits, composite });
      const last = Array.from(result.logits.dataSync());
      const expected = slow({ kernel: w, recurrent: u, bias: b }, steps, last, 1e-3);
      assertClose(result.relevance, expected.flat(), 1e-5, name);
      assert.ok(Math.abs(result.ledger[0]?.lost as number) < 1e-5);
      result.dispose();
      x.dispose();
      model.dispose();
    });
  }
});

describe("attention", () => {
  it("softmax, product and layer normalisation are what the paper says", async () => {
    const x = tf.tensor3d([
      [
        [1, -0.5],
        [0.3, 2],
        [-1, 0.7],
      ],
    ]);
    const numbers = x.arraySync()[0] as Matrix;
    const start = tf.input({ shape: [3, 2] });
    const one = (layer: tf.layers.Layer, inputs: tf.SymbolicTensor | tf.SymbolicTensor[]) =>
      tf.model({ inputs: start, outputs: layer.apply(inputs) as tf.SymbolicTensor });
    const explainWith = async (model: tf.LayersModel) => {
      const composite = { ...composites.epsilonEverywhere(), canonizers: [] };
      const result = await lrp(model, x, { target: (logits) => logits, composite });
      const [relevance, y] = [result.relevance.arraySync(), result.logits.arraySync()] as Matrix[][];
      result.dispose();
      return { relevance: relevance?.[0] as Matrix, y: y?.[0] as Matrix };
    };

    const softmax = await explainWith(one(tf.layers.softmax({ axis: -1 }), start));
    const taylor = softmax.y.map((row, t) =>
      row.map((s, i) => ((numbers[t] as Vector)[i] as number) * (s - s * sum(row))),
    );
    assertClose(
      softmax.relevance.flat().map((value) => value + 1),
      taylor.flat().map((value) => value + 1),
      1e-6,
      "softmax",
    );

    const product = await explainWith(one(tf.layers.dot({ axes: [2, 2] }), [start, start]));
    // y_ts = Σ_i x_ti x_si: half of each product goes to either factor.
    const halves = numbers.map((row) =>
      row.map((value, i) => {
        const asEither = sum(numbers.map((other) => (value * (other[i] as number)) / 2));
        return 2 * asEither;
      }),
    );
    assertClose(product.relevance.flat(), halves.flat(), 1e-4, "product");

    const normal = tf.layers.layerNormalization({});
    const model = one(normal, start);
    const normalized = await explainWith(model);
    const shares = numbers.map((row) => {
      const mean = sum(row) / 2;
      const deviation = Math.sqrt(sum(row.map((value) => (value - mean) ** 2)) / 2 + 1e-3);
      // With R = y: x_i Σ_j ∂y_j/∂x_i for a fixed deviation, which is 0 as the mean takes out what is common.
      return row.map((value, i) => sum(row.map((_, j) => (value * ((i === j ? 1 : 0) - 1 / 2)) / deviation)));
    });
    assertClose(
      normalized.relevance.flat().map((v) => v + 1),
      shares.flat().map((v) => v + 1),
      1e-4,
      "normalisation",
    );
    model.dispose();
    x.dispose();
  });
});

describe("invariants", () => {
  it("for epsilon → 0, a ReLU network's relevance is input × gradient", async () => {
    const model = makeSpecimen({
      name: "",
      inputs: [[5]],
      make: () =>
        tf.sequential({
          layers: [
            tf.layers.dense({ inputShape: [5], units: 8, activation: "relu" }),
            tf.layers.dense({ units: 6, activation: "relu" }),
            tf.layers.dense({ units: 3 }),
          ],
        }),
    });
    const x = tf.tensor2d([[0.5, -1, 2, 0.3, -0.2]]);
    const result = await lrp(model, x, {
      target: 1,
      composite: composites.epsilonEverywhere({ epsilon: 0 }),
    });
    const gradient = tf.tidy(() => {
      const score = (input: tf.Tensor) => tf.slice(model.predict(input) as tf.Tensor, [0, 1], [1, 1]).sum();
      return Array.from(tf.mul(x, tf.grad(score)(x)).dataSync());
    });
    assertClose(result.relevance, gradient, 1e-5, "input × gradient");
    result.dispose();
    x.dispose();
    model.dispose();
  });

  it("a linear model is explained exactly: each input times its weight", async () => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ inputShape: [4], units: 3, activation: "softmax" })],
    });
    tf.tidy(() => model.setWeights([tf.tensor(kernel), tf.tensor(bias)]));
    const { relevance } = await explain(model, [input], { target: 2, composite: "epsilon" });
    assertClose(
      relevance[0] as Vector,
      input.map((value, i) => value * ((kernel[i] as Vector)[2] as number)),
      1e-5,
      "products",
    );
    model.dispose();
  });

  it("the difference of two logits is explained by the difference of their relevances", async () => {
    const model = integerClasses();
    const composite = composites.epsilonEverywhere();
    const a = await explain(model, [input], { target: 0, composite });
    const b = await explain(model, [input], { target: 2, composite });
    const difference = await explain(model, [input], {
      target: (logits) => tf.sub(tf.slice(logits, [0, 0], [-1, 1]), tf.slice(logits, [0, 2], [-1, 1])),
      composite,
    });
    const expected = (a.relevance[0] as Vector).map(
      (value, i) => value - ((b.relevance[0] as Vector)[i] as number),
    );
    assertClose(difference.relevance[0] as Vector, expected, 1e-6, "difference");
    assert.equal(difference.target, undefined);
    model.dispose();
  });
});

function integerClasses(): tf.LayersModel {
  const model = tf.sequential({ layers: [tf.layers.dense({ inputShape: [4], units: 3 })] });
  tf.tidy(() => model.setWeights([tf.tensor(kernel), tf.tensor(bias)]));
  return model;
}

it("batch normalisation of another axis than the last", async () => {
  // Not against the model, whose batch normalisation of axis 1 TensorFlow.js 4.22 gets wrong on "cpu" and "wasm".
  const model = tf.sequential({
    layers: [tf.layers.batchNormalization({ inputShape: [2, 3], axis: 1, epsilon: 0 })],
  });
  tf.tidy(() =>
    model.setWeights(
      [
        [2, 3],
        [1, -1],
        [1, 2],
        [4, 0.25],
      ].map((values) => tf.tensor(values)),
    ),
  );
  const x = tf.tensor3d([
    [
      [1, 3, 5],
      [2, 3, 4],
    ],
  ]);
  const result = await lrp(model, x, { target: (output) => output });
  assert.deepEqual(Array.from(result.logits.dataSync()), [1, 3, 5, -1, 5, 11]);
  assert.deepEqual(Array.from(result.relevance.dataSync()), [1, 3, 5, -1, 5, 11]);
  result.dispose();
  x.dispose();
  model.dispose();
});

describe("the result", () => {
  it("has the relevance of every layer, or of those asked for", async () => {
    const model = integerNet();
    const x = tf.tensor2d([[1, 2]]);
    const all = await lrp(model, x, { composite: "epsilon" });
    assert.deepEqual(Object.keys(all.perLayer), ["hidden", "output"]);
    assertClose(all.perLayer.hidden as tf.Tensor, [6, 3], 1e-5, "hidden");
    const one = await lrp(model, x, { composite: "epsilon", layers: ["output"] });
    assert.deepEqual(Object.keys(one.perLayer), ["output"]);
    await assert.rejects(lrp(model, x, { layers: ["hiden"] }), /no layer "hiden".*hidden, output/);
    all.dispose();
    one.dispose();
    x.dispose();
    model.dispose();
  });

  it("draws where relevance went", async () => {
    const model = integerNet();
    const result = await explain(model, [[1, 2]], { composite: "epsilon" });
    const bundle = await conservation(result).toMime();
    assert.match(String(bundle["text/plain"]), /^Relevance 9\.000: input 9\.000, bias 0\.000/);
    assert.match(String(bundle["image/svg+xml"]), /hidden\/relu/);
    model.dispose();
  });

  it("leaves no tensor behind, a thousand times", async () => {
    const model = integerNet();
    const x = tf.tensor2d([[1, 2]]);
    const start = tf.memory().numTensors;
    for (let turn = 0; turn < 1000; turn++) (await lrp(model, x)).dispose();
    assert.equal(tf.memory().numTensors, start);
    x.dispose();
    model.dispose();
  });
});

describe("what does not fit", () => {
  it("warns where a composite does not fit the network", async () => {
    const model = integerNet();
    const { warnings } = await explain(model, [[1, 2]], { composite: "epsilonGammaBox" });
    assert.match(
      warnings[0] as string,
      /"epsilonGammaBox" does not fit this network: nothing in it is "convolution"/,
    );
    assert.match(warnings[1] as string, /no layer at the input is "convolution"/);
    assert.deepEqual(warned, warnings);
    const fitting = await explain(model, [[1, 2]], { composite: "epsilon" });
    assert.deepEqual(fitting.warnings, []);
    model.dispose();
  });

  it("warns of inputs outside the box", async () => {
    const specimen = zoo[0] as (typeof zoo)[number];
    const model = makeSpecimen(specimen);
    const [x] = makeInputs(specimen) as [tf.Tensor];
    const result = await lrp(model, x, { composite: "epsilonGammaBox" });
    assert.match(result.warnings[0] as string, /lie outside the box from 0 to 1/);
    const channels = composites.epsilonGammaBox({ low: [-9, -9], high: [9, 9] });
    const wide = await lrp(model, x, { composite: channels });
    assert.deepEqual(wide.warnings, []);
    result.dispose();
    wide.dispose();
    x.dispose();
    model.dispose();
  });

  it("warns of layers that it has no rule for", async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.globalAveragePooling1d({ inputShape: [3, 2] }),
        tf.layers.dense({ units: 2, name: "unruled" }),
      ],
    });
    const x = tf.ones([1, 3, 2]);
    const composite: composites.Composite = { name: "mine", layers: [["averagePooling", rules.norm()]] };
    const result = await lrp(model, x, { composite });
    assert.match(result.warnings[0] as string, /"mine" has no rule for "unruled" \(dense, Dense, linear\)/);
    result.dispose();
    x.dispose();
    model.dispose();
  });

  it("refuses what can't be explained, naming it", async () => {
    const model = integerClasses();
    const x = tf.ones([2, 4]);
    await assert.rejects(lrp(model, x, { target: 3 }), /class 3; the model's classes are 0 to 2/);
    await assert.rejects(lrp(model, x, { target: [0] }), /1 targets for 2 examples/);
    await assert.rejects(lrp(model, x, { output: 1 }), /no output 1; the model has 1/);
    await assert.rejects(lrp(model, [x, x]), /2 inputs; the model has 1/);
    await assert.rejects(
      lrp(model, x, { composite: "none" as "epsilon" }),
      /no composite "none"; choose one of/,
    );
    const names = { stem: rules.flat() };
    await assert.rejects(
      lrp(model, x, { composite: composites.layerMap([], { names }) }),
      /a rule for "stem"/,
    );
    const narrow = tf.ones([2, 3]);
    await assert.rejects(lrp(model, narrow), /shape \[2,3\]; the model takes \[any, 4\]/);
    tf.dispose([x, narrow]);
    model.dispose();
    assert.throws(() => rules.alphaBeta({ alpha: 2, beta: 2 }), /alpha − beta must be 1/);
    assert.throws(() => rules.epsilon({ epsilon: -1 }), /epsilon is -1/);
    assert.throws(() => rules.gamma({ gamma: Number.NaN }), /gamma is NaN/);
  });
});
