import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { use } from "../../backend/index.ts";
import { assertClose } from "../battery/compare.ts";
import { lrp } from "../lrp/lrp.ts";
import { stepThrough } from "./index.ts";

function makeModel(): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ inputShape: [3], units: 4, activation: "relu" }),
      tf.layers.dense({ units: 1 }),
    ],
  });
  tf.tidy(() =>
    model.setWeights([
      tf.randomNormal([3, 4], 0, 1, "float32", 1),
      tf.tensor1d([0.3, -0.2, 0.1, 0.5]),
      tf.randomNormal([4, 1], 0, 1, "float32", 2),
      tf.tensor1d([0.4]),
    ]),
  );
  return model;
}

describe("step by step", () => {
  before(() => use("cpu"));

  it("the usual network is what pencil and paper give", async () => {
    const { values, steps } = stepThrough();
    assertClose(values.hidden, [2, 0.4, 0], 1e-12, "hidden");
    assertClose([values.output, values.loss], [1.7, 0.245], 1e-12, "output");
    assertClose(values.gradient.outputWeights, [1.4, 0.28, 0], 1e-12, "gradient of the output's weights");
    assertClose(values.gradient.hiddenWeights.flat(), [0.7, -1.4, 0, 1.4, -2.8, 0], 1e-12, "gradient");
    assertClose(values.relevance.inputs, [3, 0.2], 1e-4, "relevance");
    const svg = decodeURIComponent(String((await steps[6]?.figure.toMime())?.["text/html"]));
    assert.match(svg, />R 3</);
    const text = String((await steps[6]?.figure.toMime())?.["text/plain"]);
    assert.match(text, /Together 3\.2, and −1\.5 to the biases: 1\.7 of 1\.7/);
  });

  it("a model's numbers are those of tf.grads, an optimizer and lrp", async () => {
    const model = makeModel();
    const inputs = [0.7, -1.2, 2];
    const x = tf.tensor2d([inputs]);
    const { values } = stepThrough({ model, inputs, wanted: 2, learningRate: 0.05 });

    const loss = (input: tf.Tensor) =>
      tf.sum(tf.mul(0.5, tf.square(tf.sub(model.apply(input) as tf.Tensor, 2))));
    const gradient = tf.grad(loss)(x);
    assertClose(values.gradient.inputs, gradient.dataSync(), 1e-5, "gradient of the inputs");

    const result = await lrp(model, x, { composite: "epsilon", target: 0 });
    assertClose(values.relevance.inputs, result.relevance.dataSync(), 1e-5, "relevance");
    assertClose(
      values.relevance.hidden,
      result.perLayer[model.layers[0]?.name ?? ""]?.dataSync() ?? [],
      1e-5,
      "hidden",
    );

    const optimizer = tf.train.sgd(0.05);
    optimizer.minimize(() => loss(x) as tf.Scalar);
    const [hidden, hiddenBias, output, outputBias] = model.getWeights().map((weight) => weight.dataSync());
    assertClose(values.next.hidden.flat(), hidden ?? [], 1e-5, "weights");
    assertClose(values.next.hiddenBias, hiddenBias ?? [], 1e-5, "biases");
    assertClose(values.next.output, output ?? [], 1e-5, "weights of the output");
    assertClose([values.next.outputBias], outputBias ?? [], 1e-5, "bias of the output");
    result.dispose();
    optimizer.dispose();
    tf.dispose([x, gradient]);
    model.dispose();
  });

  it("refuses what it can't draw", () => {
    const deep = tf.sequential({ layers: [tf.layers.dense({ inputShape: [9], units: 1 })] });
    assert.throws(() => stepThrough({ model: deep }), /Dense \(1\) on 9 inputs; .* two dense layers/);
    assert.throws(() => stepThrough({ inputs: [1] }), /1 inputs; the network has 2/);
    deep.dispose();
  });
});
