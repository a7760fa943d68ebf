// Shapes, parameters, multiply-adds, memory and receptive fields against numbers calculated by hand and published ones.

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { use } from "../backend/index.ts";
import * as layers from "../layers/index.ts";
import * as models from "../models/index.ts";
import { displaySymbol } from "../plot/display.ts";
import { type LayerSummary, summary } from "./index.ts";

function one(layer: tf.layers.Layer, inputShape: number[]): LayerSummary {
  const input = tf.input({ shape: inputShape });
  return summary(tf.model({ inputs: input, outputs: layer.apply(input) as tf.SymbolicTensor })).layers[1]!;
}

describe("summary", () => {
  before(() => use("wasm"));

  it("of LeNet-5, calculated by hand", () => {
    const found = summary(models.lenet());
    const rows = found.layers.map((row) => [
      row.name,
      row.outputShape.slice(1),
      row.parameters,
      row.multiplyAdds,
      row.activationBytes,
      row.receptiveField,
    ]);
    assert.deepEqual(rows, [
      ["lenet_input", [28, 28, 1], 0, 0, 4 * 784, [1, 1]],
      ["conv_1", [28, 28, 6], 156, 28 * 28 * 6 * 25, 4 * 4704, [5, 5]],
      ["pool_1", [14, 14, 6], 0, 0, 4 * 1176, [6, 6]],
      ["conv_2", [10, 10, 16], 2416, 10 * 10 * 16 * 25 * 6, 4 * 1600, [14, 14]],
      ["pool_2", [5, 5, 16], 0, 0, 4 * 400, [16, 16]],
      ["flatten", [400], 0, 0, 4 * 400, "all"],
      ["dense_1", [120], 48_120, 48_000, 4 * 120, "all"],
      ["dense_2", [84], 10_164, 10_080, 4 * 84, "all"],
      ["probabilities", [10], 850, 840, 4 * 10, "all"],
    ]);
    assert.deepEqual(found.totals, {
      layers: 9,
      parameters: 61_706,
      trainableParameters: 61_706,
      multiplyAdds: 416_520,
      weightBytes: 246_824,
      activationBytes: 4 * (784 + 4704 + 1176 + 1600 + 400 + 400 + 120 + 84 + 10),
    });
  });

  // Multiply-adds: torchvision's table (0.71, 1.81 GFLOPS), the paper of MobileNet (569 million).
  // Receptive fields: Araujo, Norris and Sim, 2019, Computing Receptive Fields of Convolutional Neural Networks.
  const published = [
    [
      "AlexNet",
      () => models.alexnet({ units: 8 }),
      714_188_480 - (9216 + 4096 + 1000) * 4096 + (9216 + 8 + 1000) * 8,
      195,
    ],
    ["ResNet-18", () => models.resnet(), 1_814_073_344, 435],
    ["MobileNet", () => models.mobilenet(), 568_740_352, 315],
  ] as const;
  for (const [name, make, multiplyAdds, field] of published) {
    it(`of ${name} has the published multiply-adds and receptive field`, () => {
      const found = summary(make());
      assert.equal(found.totals.multiplyAdds, multiplyAdds);
      assert.deepEqual(found.layers.findLast((row) => Array.isArray(row.receptiveField))?.receptiveField, [
        field,
        field,
      ]);
    });
  }

  it("tells weights that training does not change", () => {
    const row = one(tf.layers.batchNormalization(), [4, 4, 3]);
    assert.deepEqual([row.parameters, row.trainableParameters], [12, 6]);
  });

  it("counts products of each kind of layer", () => {
    const cases: [tf.layers.Layer, number[], number][] = [
      [tf.layers.dense({ units: 5 }), [7, 3], 7 * 3 * 5],
      [tf.layers.conv1d({ filters: 4, kernelSize: 3, strides: 2 }), [9, 2], 4 * 4 * 3 * 2],
      [
        tf.layers.conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, padding: "same" }),
        [5, 5, 2],
        25 * 2 * 9 * 4,
      ],
      [tf.layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 }), [5, 5, 3], 3 * 3 * 6 * 9],
      [
        tf.layers.separableConv2d({ filters: 4, kernelSize: 3, depthMultiplier: 2 }),
        [5, 5, 3],
        9 * (6 * 9 + 6 * 4),
      ],
      [tf.layers.lstm({ units: 4 }), [6, 3], 6 * 4 * 4 * (3 + 4)],
      [tf.layers.gru({ units: 4 }), [6, 3], 6 * 3 * 4 * (3 + 4)],
      [
        tf.layers.bidirectional({ layer: tf.layers.simpleRNN({ units: 4 }) as tf.RNN, mergeMode: "concat" }),
        [6, 3],
        2 * 6 * 4 * (3 + 4),
      ],
      [tf.layers.timeDistributed({ layer: tf.layers.dense({ units: 2 }) }), [6, 3], 6 * 3 * 2],
      [layers.multiHeadAttention({ heads: 2, keySize: 3 }), [4, 5], 4 * (4 * 5 * 6) + 2 * (2 * 4 * 4 * 3)],
      [tf.layers.maxPooling2d({ poolSize: 2 }), [4, 4, 1], 0],
    ];
    for (const [layer, shape, expected] of cases) {
      assert.equal(one(layer, shape).multiplyAdds, expected, layer.getClassName());
    }
  });

  it("does not guess the products of an unknown layer with weights", () => {
    class Bilinear extends tf.layers.Layer {
      static className = "Bilinear";
      override build(): void {
        this.addWeight("matrix", [3, 3], "float32", tf.initializers.ones());
        this.built = true;
      }
      override call(x: tf.Tensor): tf.Tensor {
        return x;
      }
    }
    const found = one(new Bilinear({}), [3]);
    assert.equal(found.multiplyAdds, undefined);
  });

  it("follows fields through strides, dilation, transposed convolution and branches", () => {
    const input = tf.input({ shape: [32, 32, 1] });
    const convolve = (x: tf.SymbolicTensor, more: object) =>
      tf.layers.conv2d({ filters: 1, kernelSize: 3, padding: "same", ...more }).apply(x) as tf.SymbolicTensor;
    const halved = convolve(input, { strides: 2, name: "halved" });
    const dilated = convolve(halved, { dilationRate: 2, name: "dilated" });
    const up = tf.layers.conv2dTranspose({
      filters: 1,
      kernelSize: 4,
      strides: 2,
      padding: "same",
      name: "up",
    });
    const enlarged = up.apply(dilated) as tf.SymbolicTensor;
    const sum = tf.layers.add({ name: "sum" }).apply([input, enlarged]) as tf.SymbolicTensor;
    const { layers: rows } = summary(tf.model({ inputs: input, outputs: sum }));
    const field = (name: string) => rows.find((row) => row.name === name)?.receptiveField;
    assert.deepEqual(field("halved"), [3, 3]);
    assert.deepEqual(field("dilated"), [3 + 4 * 2, 3 + 4 * 2]);
    assert.deepEqual(field("up"), [11 + 2, 11 + 2]);
    assert.deepEqual(field("sum"), [13, 13]);
  });

  it("lists a shared model twice and its weights once", () => {
    const { model, embedding } = models.siamese({ inputShape: [8, 8, 1], filters: [2], embedding: 3 });
    const found = summary(model);
    assert.equal(found.totals.parameters, embedding.countParams() + 2);
    const dense = found.layers.filter((row) => row.type === "Dense" && row.inside.length > 0);
    assert.deepEqual(
      dense.map(({ parameters, multiplyAdds }) => [parameters, multiplyAdds]),
      [
        [32 * 3 + 3, 96],
        [0, 96],
      ],
    );
  });

  it("takes sizes that the model leaves open", () => {
    const model = models.sequenceClassifier({ units: [4] });
    const perStep = 4 * 4 * (1 + 4);
    assert.equal(summary(model).totals.multiplyAdds, perStep + 8);
    const found = summary(model, { inputShape: [20, 1] });
    assert.equal(found.totals.multiplyAdds, 20 * perStep + 8);
    assert.deepEqual(found.layers[0]?.outputShape, [null, 20, 1]);
    assert.throws(
      () => summary(model, { inputShape: [20, 2] }),
      /inputShape is \[20,2\]; the model takes \[any,1\]/,
    );
  });

  it("is shown as a table", () => {
    const found = summary(models.mlp({ inputShape: [4], hidden: [3], outputs: 2 }));
    assert.match(
      String(found),
      /^mlp: 3 layers, 23 parameters \(23 trainable, 92 B\), 18 multiply-adds and 36 B of/,
    );
    assert.match(String(found), /hidden_1 +Dense +3 +15 +12 +12 B +all/);
    const html = String(found[displaySymbol]()["text/html"]);
    assert.equal(html.match(/<tr>/g)?.length, 4);
    assert.match(html, /<td style="text-align:right">15<\/td>/);
  });
});
