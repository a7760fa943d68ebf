import assert from "node:assert/strict";
import { afterEach, before, beforeEach, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { list, use } from "../../backend/index.ts";
import { assertClose } from "../battery/compare.ts";
import { buildReference, references, unpack } from "../battery/references.ts";
import { makeInputs, makeSpecimen } from "../battery/zoo.ts";
import { network } from "../network.ts";
import { overlay } from "../pictures/overlay.ts";
import { detection, segmentation } from "../target.ts";
import { type CamMethod, cam } from "./cam.ts";
import { scoreParts } from "./full-gradient.ts";

let atStart: number;
before(() => use("cpu"));
beforeEach(() => {
  atStart = tf.memory().numTensors;
});
afterEach(() => assert.equal(tf.memory().numTensors, atStart, "tensors are left over"));

for (const backend of ["cpu", "tensorflow", "wasm"] as const) {
  const status = list().find(({ name }) => name === backend);
  describe(`pytorch-grad-cam, on ${backend}`, { skip: status?.available ? false : status?.reason }, () => {
    before(() => use(backend));
    for (const reference of references.networks) {
      it(reference.name, async () => {
        const model = buildReference(reference);
        const x = unpack(reference.input);
        for (const [method, { data }] of Object.entries(reference.cams.raw)) {
          const result = await cam(model, x, { method: method as CamMethod });
          assert.equal(result.layer, reference.cams.layer);
          assert.deepEqual(result.classes, reference.target);
          // The sign of a principal component is free.
          const size = data.length / 2;
          const signs = [0, 1].map((example) => {
            if (!method.startsWith("eigen")) return 1;
            const part = data.slice(example * size, (example + 1) * size);
            return Math.max(...part) >= -Math.min(...part) ? 1 : -1;
          });
          const expected = data.map((value, index) => value * (signs[Math.floor(index / size)] as number));
          assertClose(result.raw, expected, 1e-4, method);
          const map = reference.cams.map[method];
          if (map) assertClose(result.map, map.data, 1e-4, `${method}, enlarged`);
          result.dispose();
        }
        assert.deepEqual(Object.keys(reference.cams.map), ["gradcam", "layercam"]);
        x.dispose();
        model.dispose();
      });
    }
  });
}

/** Convolution, ReLU, global average pooling and a dense layer with softmax. */
const pooledNet = {
  name: "",
  inputs: [[6, 6, 2]],
  make: () =>
    tf.sequential({
      layers: [
        tf.layers.conv2d({
          inputShape: [6, 6, 2],
          filters: 4,
          kernelSize: 3,
          activation: "relu",
          name: "maps",
        }),
        tf.layers.globalAveragePooling2d({}),
        tf.layers.dense({ units: 5, activation: "softmax" }),
      ],
    }),
};

function setUp() {
  const model = makeSpecimen(pooledNet);
  const [x] = makeInputs(pooledNet) as [tf.Tensor4D];
  const tearDown = () => {
    x.dispose();
    model.dispose();
  };
  return { model, x, tearDown };
}

describe("on a network with global average pooling", () => {
  before(() => use("cpu"));

  it("the mean of CAM plus the bias is the logit, for the five likeliest classes", async () => {
    const { model, x, tearDown } = setUp();
    const result = await cam(model, x, { method: "cam", classes: { top: 5 } });
    assert.equal(result.layer, "maps");
    assert.deepEqual(result.raw.shape, [10, 4, 4]);
    assert.deepEqual(result.map.shape, [10, 6, 6]);
    const bias = model.getWeights()[3]?.dataSync() as Float32Array;
    const means = tf.tidy(() => Array.from(tf.mean(result.raw, [1, 2]).dataSync()));
    const logits = means.map((mean, index) => mean + (bias[result.classes?.[index] as number] as number));
    assertClose(logits, result.scores, 1e-5, "logits");
    const first = result.scores.slice(0, 5);
    assert.deepEqual(
      first,
      first.toSorted((a, b) => b - a),
      "likeliest first",
    );
    assert.deepEqual(result.classes?.slice(0, 5).toSorted(), [0, 1, 2, 3, 4]);
    result.dispose();
    tearDown();
  });

  it("Grad-CAM and HiResCAM are CAM over the number of places", async () => {
    const { model, x, tearDown } = setUp();
    const plain = await cam(model, x, { method: "cam", target: 3 });
    const expected = Array.from(plain.raw.dataSync(), (value) => value / 16);
    for (const method of ["gradcam", "hirescam"] as const) {
      const result = await cam(model, x, { method, target: 3 });
      assertClose(result.raw, expected, 1e-5, method);
      result.dispose();
    }
    plain.dispose();
    tearDown();
  });

  it("the parts that FullGrad draws add up to the score", async () => {
    const { model, x, tearDown } = setUp();
    tf.tidy(() => {
      const { input, biases } = scoreParts(network(model, x), 2);
      const total = tf.addN([input, ...biases].map((part) => tf.sum(tf.reshape(part, [2, -1]), 1)));
      const logits = tf.log(model.predict(x) as tf.Tensor) as tf.Tensor2D;
      // Logits are known from probabilities up to a constant of each example; differences are compared.
      const other = scoreParts(network(model, x), 0);
      const others = tf.addN(
        [other.input, ...other.biases].map((part) => tf.sum(tf.reshape(part, [2, -1]), 1)),
      );
      const difference = tf.sub(tf.slice(logits, [0, 2], [-1, 1]), tf.slice(logits, [0, 0], [-1, 1]));
      assertClose(tf.sub(total, others), Array.from(difference.dataSync()), 1e-5, "score");
    });
    const result = await cam(model, x, { method: "fullgrad", target: 2 });
    assert.deepEqual(result.raw.shape, [2, 6, 6]);
    result.dispose();
    tearDown();
  });

  it("Score-CAM and Ablation-CAM are what their papers say, channel by channel", async () => {
    const { model, x, tearDown } = setUp();
    const head = tf.sequential({
      layers: [tf.layers.globalAveragePooling2d({ inputShape: [4, 4, 4] }), tf.layers.dense({ units: 5 })],
    });
    head.setWeights(model.getWeights().slice(2));
    const body = tf.model({
      inputs: model.inputs,
      outputs: model.getLayer("maps").output as tf.SymbolicTensor,
    });
    const [scored, ablated] = tf.tidy(() => {
      const maps = body.predict(x) as tf.Tensor4D;
      const logitOf = (features: tf.Tensor) =>
        Array.from((head.predict(features) as tf.Tensor2D).slice([0, 1], [-1, 1]).dataSync());
      const whole = logitOf(maps);
      const weights = [0, 1].map((example) =>
        [0, 1, 2, 3].map((channel) => {
          const map = tf.slice(maps, [example, 0, 0, channel], [1, -1, -1, 1]) as tf.Tensor4D;
          const large = tf.image.resizeBilinear(map, [6, 6], true);
          const mask = large.sub(large.min()).div(large.max().sub(large.min()).add(1e-8));
          const image = tf.slice(x, [example, 0, 0, 0], [1, -1, -1, -1]);
          const score = logitOf(body.predict(image.mul(mask)) as tf.Tensor)[0] as number;
          const others = tf.tensor1d([0, 1, 2, 3].map((other) => (other === channel ? 0 : 1)));
          const without = logitOf(
            tf.slice(maps, [example, 0, 0, 0], [1, -1, -1, -1]).mul(others),
          )[0] as number;
          return { score, drop: ((whole[example] as number) - without) / (whole[example] as number) };
        }),
      );
      const sumUp = (of: (row: { score: number; drop: number }[]) => number[]) =>
        Array.from(
          maps
            .mul(tf.tensor4d(weights.map((row) => [[of(row)]])))
            .sum(-1)
            .dataSync(),
        );
      const exponentials = (row: { score: number }[]) => row.map(({ score }) => Math.exp(score));
      return [
        sumUp((row) => exponentials(row).map((value) => value / exponentials(row).reduce((a, b) => a + b))),
        sumUp((row) => row.map(({ drop }) => drop)),
      ];
    });
    // A batch of 3 cuts through the channels of an example.
    for (const [method, expected] of [
      ["scorecam", scored],
      ["ablationcam", ablated],
    ] as const) {
      const result = await cam(model, x, { method, target: 1, batchSize: 3 });
      assertClose(result.raw, expected as number[], 1e-4, method);
      result.dispose();
    }
    head.dispose();
    tearDown();
  });

  it("maps are scaled to 0 … 1 and laid over the images", async () => {
    const { model, x, tearDown } = setUp();
    const result = await cam(model, x, { classes: [0, 4] });
    assert.deepEqual(result.classes, [0, 4, 0, 4]);
    for (const [index, row] of (tf.tidy(() => result.map.max([1, 2]).arraySync()) as number[]).entries()) {
      assert.ok(row <= 1 && row >= 0, `map ${index} goes up to ${row}`);
    }
    const grey = tf.tidy(() => x.slice([0, 0, 0, 0], [-1, -1, -1, 1]));
    const bundle = await overlay(grey, result, { range: [-2, 2] }).toMime();
    assert.match(
      String(bundle["text/plain"]),
      /^Overlay, 4 of 4 × 4: \n {2}0: sum .*, explained logit of class 0 /,
    );
    assert.ok(decodeURIComponent(String(bundle["text/html"])).includes("class 4: "));
    assert.throws(() => overlay(x, result), /images are \[n, height, width, 1 or 3\]/);
    grey.dispose();
    result.dispose();
    tearDown();
  });

  it("can be interrupted", async () => {
    const { model, x, tearDown } = setUp();
    const abort = new AbortController();
    abort.abort(new Error("enough"));
    await assert.rejects(cam(model, x, { method: "scorecam", signal: abort.signal }), /enough/);
    tearDown();
  });
});

it("explains a region of a segmentation and a value of a box", async () => {
  const model = makeSpecimen({
    name: "",
    inputs: [[4, 4, 1]],
    make: () =>
      tf.sequential({
        layers: [
          tf.layers.conv2d({
            inputShape: [4, 4, 1],
            filters: 3,
            kernelSize: 3,
            padding: "same",
            activation: "relu",
            name: "maps",
          }),
          tf.layers.conv2d({ filters: 2, kernelSize: 1 }),
        ],
      }),
  });
  const x = tf.ones([1, 4, 4, 1]);
  const mask = tf.tensor2d([
    [0, 0, 0, 0],
    [0, 1, 1, 0],
    [0, 0, 0, 0],
    [0, 0, 0, 0],
  ]);
  const output = tf.tidy(() => (model.predict(x) as tf.Tensor4D).arraySync()[0] as number[][][]);
  const region = await cam(model, x, {
    method: "hirescam",
    layer: "maps",
    target: segmentation({ class: 1, mask }),
  });
  const inside = (output[1]?.[1]?.[1] as number) + (output[1]?.[2]?.[1] as number);
  assert.ok(Math.abs((region.scores[0] as number) - inside) < 1e-5);
  const raw = region.raw.arraySync()[0] as number[][];
  assert.ok(
    raw.flat().every((value, index) => value === 0 || index === 5 || index === 6),
    "only the region counts",
  );
  const box = await cam(model, x, { layer: "maps", target: detection({ box: 6, value: 0 }) });
  assert.ok(Math.abs((box.scores[0] as number) - (output[1]?.[2]?.[0] as number)) < 1e-5);
  region.dispose();
  box.dispose();
  tf.dispose([x, mask]);
  model.dispose();
});

it("refuses what has no maps, naming it", async () => {
  const { model, x, tearDown } = setUp();
  await assert.rejects(cam(model, x, { layer: "map" }), /no layer "map"; there are maps,/);
  await assert.rejects(
    cam(model, x, { method: "none" as "cam" }),
    /no CAM method "none"; choose one of gradcam/,
  );
  await assert.rejects(cam(model, x, { classes: { top: 6 } }), /6 classes were asked for; the model has 5/);
  await assert.rejects(cam(model, x, { classes: [7] }), /class 7; the model's classes are 0 to 4/);
  const flat = tf.sequential({ layers: [tf.layers.dense({ inputShape: [3], units: 2, name: "flat" })] });
  const vector = tf.ones([1, 3]);
  await assert.rejects(cam(flat, vector), /no layer with maps/);
  await assert.rejects(cam(flat, vector, { layer: "flat" }), /"flat" gives \[1,2\]/);
  await assert.rejects(cam(flat, vector, { method: "cam" }), /needs global average pooling/);
  vector.dispose();
  flat.dispose();
  tearDown();
});
