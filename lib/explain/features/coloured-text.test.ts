import assert from "node:assert/strict";
import { afterEach, before, beforeEach, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { use } from "../../backend/index.ts";
import { colouredText } from "./coloured-text.ts";
import { neuronText } from "./neuron-text.ts";

let atStart: number;
before(() => use("cpu"));
beforeEach(() => {
  atStart = tf.memory().numTensors;
});
afterEach(() => assert.equal(tf.memory().numTensors, atStart, "tensors are left over"));

const colours = (html: unknown) =>
  [...String(html).matchAll(/display:block;background:(rgb\([^)]+\))/g)].map(([, colour]) => colour);

describe("colouredText", () => {
  it("is blue at −1, white at 0 and red at +1, with marks in plain text", async () => {
    const shown = await colouredText("a <b>\n", [-1, 0, 1, 0.3, -0.3, 5], { title: "unit 7" }).toMime();
    assert.deepEqual(colours(shown["text/html"]), [
      "rgb(33,102,172)",
      "rgb(255,255,255)",
      "rgb(178,24,43)",
      "rgb(232,186,191)",
      "rgb(188,209,230)",
      "rgb(178,24,43)",
    ]);
    assert.ok(!String(shown["text/html"]).includes("<b>"));
    assert.equal(
      shown["text/plain"],
      "unit 7: 6 characters, from -1.0 to 5.0, blue -1 · white 0 · red 1\na <b>↵\n= #+-#",
    );
  });

  it("shows the five likeliest next tokens beneath, and breaks long rows", async () => {
    const next = ["x", "y", "z"].map((token) =>
      Array.from({ length: 6 }, (_, rank) => ({ token: `${token}${rank}`, probability: rank === 0 ? 1 : 0 })),
    );
    const shown = await colouredText(["one", " two", "three"], [0, 0, 0], { next, columns: 7 }).toMime();
    const html = String(shown["text/html"]);
    assert.ok(html.includes(">x0<") && html.includes(">z4<") && !html.includes("x5"));
    assert.ok(html.includes("background:rgb(0,158,115)"));
    assert.equal(html.split("white-space:nowrap").length, 3);
    assert.match(String(shown["text/plain"]), /^3 tokens.*\none␣two\n\nthree\n$/);
  });

  it("refuses other numbers of values, and a range without 0", () => {
    assert.throws(
      () => colouredText("ab", [1]),
      /There are 2 characters or tokens, 1 numbers; they must be as many/,
    );
    assert.throws(() => colouredText("ab", [1, 1], { next: [[]] }), /2 numbers and 1 lists/);
    assert.throws(() => colouredText("ab", [1, 1], { range: [0, 1] }), /range is \[0,1\]/);
  });
});

/** A unit that is tanh of 2 after "(", of −2 after ")"; the next character is the one before in the alphabet "()a". */
function bracketModel(softmax: boolean, oneHot: boolean): tf.LayersModel {
  const input = oneHot ? { inputShape: [null as unknown as number, 3] } : {};
  const layers: tf.layers.Layer[] = [];
  if (!oneHot)
    layers.push(tf.layers.embedding({ inputDim: 3, outputDim: 3, inputShape: [null as unknown as number] }));
  layers.push(
    tf.layers.simpleRNN({ ...input, units: 3, returnSequences: true, useBias: false, name: "states" }),
    tf.layers.dense({ units: 3, activation: softmax ? "softmax" : "linear", useBias: false, name: "next" }),
  );
  const model = tf.sequential({ layers });
  tf.tidy(() => {
    const read = tf.tensor2d([
      [2, 0, 0],
      [-2, 0, 0],
      [0, 0, 0],
    ]);
    const write = tf.tensor2d([
      [0, 0, Math.log(2) / Math.tanh(2)],
      [0, 0, 0],
      [0, 0, 0],
    ]);
    model.setWeights([...(oneHot ? [] : [tf.eye(3)]), read, tf.zeros([3, 3]), write]);
  });
  return model;
}

describe("neuronText", () => {
  for (const [softmax, oneHot] of [
    [false, false],
    [true, true],
  ] as const) {
    it(`of a model ${softmax ? "with probabilities" : "with logits"} on ${oneHot ? "vectors" : "numbers"}`, async () => {
      const model = bracketModel(softmax, oneHot);
      const before = model.getWeights().map((weight) => [...weight.dataSync()]);
      const { activations, next, figure } = neuronText(model, "(a)", {
        vocabulary: "()a",
        layer: "states",
        unit: 0,
        next: 2,
      });
      const high = Math.fround(Math.tanh(2));
      for (const [index, value] of [high, 0, -high].entries()) {
        assert.ok(Math.abs((activations[index] as number) - value) < 1e-6);
      }
      // After "(" the third character is twice as likely as the others, after ")" half as likely.
      const known = next?.map((list) =>
        list.map(({ token, probability }) => [token, Number(probability.toFixed(5))]),
      );
      assert.deepEqual(known, [
        [
          ["a", 0.5],
          ["(", 0.25],
        ],
        [
          ["(", 0.33333],
          [")", 0.33333],
        ],
        [
          ["(", 0.4],
          [")", 0.4],
        ],
      ]);
      assert.match(
        String((await figure.toMime())["text/plain"]),
        /^states, unit 0: 3 characters, from -0.96 to 0.96.*\n\(a\)\n# =$/,
      );
      assert.deepEqual(
        model.getWeights().map((weight) => [...weight.dataSync()]),
        before,
      );
      model.dispose();
    });
  }

  it("names what is wrong", () => {
    const model = bracketModel(false, false);
    const ask = (text: string, layer = "states", unit = 0) =>
      neuronText(model, text, { vocabulary: "()a", layer, unit });
    assert.throws(() => ask("(b"), /"b" at place 1 is not in the vocabulary of 3 tokens/);
    assert.throws(() => ask(""), /The text is empty/);
    assert.throws(() => ask("(", "none"), /There is no layer "none"/);
    assert.throws(() => ask("(", "states", 3), /There is no unit 3 in "states"; it has 0 to 2/);
    model.dispose();
  });
});
