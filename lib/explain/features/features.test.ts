import assert from "node:assert/strict";
import { afterEach, before, beforeEach, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { list, use } from "../../backend/index.ts";
import { random } from "../../data/random.ts";
import { assertClose } from "../battery/compare.ts";
import {
  activationMaps,
  filters,
  maximize,
  objectives,
  receptiveField,
  topImages,
  transforms,
} from "./index.ts";
import { waves } from "./parameters.ts";

let atStart: number;
before(() => use("cpu"));
beforeEach(() => {
  atStart = tf.memory().numTensors;
});
afterEach(() => assert.equal(tf.memory().numTensors, atStart, "tensors are left over"));

const { layers } = tf;

/** Two logits of 8 × 8 pixels: the left half for the first, the right half for the second. */
function halves(): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      layers.flatten({ inputShape: [8, 8, 1] }),
      layers.dense({ units: 2, activation: "softmax", useBias: false }),
    ],
  });
  const weights = Array.from({ length: 64 }, (_, pixel) => (pixel % 8 < 4 ? [0.1, -0.1] : [-0.1, 0.1]));
  tf.tidy(() => model.setWeights([tf.tensor2d(weights)]));
  return model;
}

function smallNet(): tf.LayersModel {
  return tf.sequential({
    layers: [
      layers.conv2d({ name: "one", inputShape: [12, 12, 3], filters: 4, kernelSize: 3, activation: "relu" }),
      layers.maxPooling2d({ poolSize: 2, strides: 2 }),
      layers.conv2d({ name: "two", filters: 5, kernelSize: 3, activation: "relu" }),
      layers.flatten(),
      layers.dense({ units: 2 }),
    ],
  });
}

for (const backend of ["cpu", "tensorflow", "wasm"] as const) {
  const status = list().find(({ name }) => name === backend);
  describe(`maximize, on ${backend}`, { skip: status?.available ? false : status?.reason }, () => {
    before(() => use(backend));

    for (const parameters of ["pixel", "fourier", "pyramid"] as const) {
      it(`finds the image that a linear model wants (${parameters})`, async () => {
        const model = halves();
        const both = [objectives.logit(0), objectives.logit(1)];
        const options = { parameters, transforms: [], steps: 150, progress: false, learningRate: 0.2 };
        const result = await maximize(model, both, options);
        assert.deepEqual(result.image.shape, [2, 8, 8, 1]);
        // The best there is, is 32 pixels at 1 and 32 at 0.
        for (const value of result.values) assert.ok(value > 2.6 && value < 3.2, `reached ${value}`);
        assert.equal(result.trace.length, 150);
        result.dispose();
        model.dispose();
      });
    }

    it("is the same for a seed, through transforms, and leaves the weights alone", async () => {
      const model = smallNet();
      const weights = model.getWeights().map((one) => [...one.dataSync()]);
      const aim = objectives.channel("two", 3).plus(objectives.smoothness().times(0.1));
      const run = async (seed: number) => {
        const result = await maximize(model, aim, { steps: 3, seed, progress: false });
        const values = [...result.image.dataSync()];
        result.dispose();
        return values;
      };
      const [first, again, other] = [await run(1), await run(1), await run(2)];
      assert.deepEqual(first, again);
      assert.notDeepEqual(first, other);
      assert.ok(first.every((value) => value >= 0 && value <= 1));
      const now = model.getWeights().map((one) => [...one.dataSync()]);
      assert.deepEqual(now, weights);
      model.dispose();
    });
  });
}

describe("objectives", () => {
  before(() => use("cpu"));

  it("add, subtract and multiply", () => {
    const maps = tf.tensor4d([1, 5, 2, 6, 3, 7, 4, 8], [1, 2, 2, 2]);
    const logits = tf.tensor2d([[10, 20]]);
    const seen = { layer: () => maps, logits, image: maps };
    const value = (objective: objectives.Objective) => {
      const found = tf.tidy(() => objective.value(seen));
      const [number] = found.dataSync();
      found.dispose();
      return number;
    };
    const { channel, neuron, layer, direction, logit, mean } = objectives;
    assert.equal(value(channel("a", 1)), 6.5);
    assert.equal(value(neuron("a", 0)), 4);
    assert.equal(value(neuron("a", 1, [0, 1])), 6);
    assert.equal(value(layer("a")), 25.5);
    assert.equal(value(direction("a", [1, -1])), -4);
    assert.equal(value(logit(1)), 20);
    assert.equal(value(channel("a", 1).minus(logit(0)).times(2).plus(0.5)), -6.5);
    assert.equal(value(channel("a", 0).times(logit(1))), 50);
    assert.equal(value(mean(logit(0), logit(1))), 15);
    assert.equal(value(objectives.smoothness()), -3);
    assert.equal(channel("a", 1).minus(logit(0)).name, "(a:1 − logit 0)");
    tf.dispose([maps, logits]);
  });

  it("say what is not there", async () => {
    const model = smallNet();
    const fails = (objective: objectives.Objective, message: RegExp) =>
      assert.rejects(maximize(model, objective, { progress: false }), message);
    await fails(objectives.channel("one", 4), /no channel 4 in "one"; there are 0 to 3/);
    await fails(objectives.channel("three", 0), /no layer "three"/);
    await fails(objectives.neuron("one", 0, [99, 0]), /place \[99,0\] is not in the maps/);
    await assert.rejects(
      maximize(model, objectives.logit(0), { progress: false, signal: AbortSignal.abort(new Error("stop")) }),
      /stop/,
    );
    model.dispose();
  });
});

describe("parameters and transforms", () => {
  before(() => use("cpu"));

  it("waves are orthonormal", () => {
    for (const size of [7, 8]) {
      const matrix = waves(size);
      const product = tf.matMul(matrix, matrix, true);
      const eye = tf.eye(size);
      assertClose(product, eye.dataSync(), 1e-6, `size ${size}`);
      tf.dispose([matrix, product, eye]);
    }
  });

  it("turning by nothing changes nothing, turning a uniform image changes only its corners", () => {
    tf.tidy(() => {
      const image = tf.randomUniform([2, 5, 6, 3]) as tf.Tensor4D;
      assertClose(transforms.rotate(0)(image, random(0)), image.dataSync(), 1e-6, "turned");
    });
    tf.tidy(() => {
      const turned = transforms.rotate(30)(tf.ones([1, 9, 9, 1]), random(1));
      assert.ok(Math.abs((turned.arraySync()[0]?.[4]?.[4]?.[0] as number) - 1) < 1e-6);
      assert.ok((turned.arraySync()[0]?.[0]?.[0]?.[0] as number) < 1);
      assert.deepEqual(transforms.jitter(2)(tf.ones([1, 9, 9, 1]), random(1)).shape, [1, 7, 7, 1]);
      assert.deepEqual(transforms.pad(2)(tf.ones([1, 9, 9, 1]), random(1)).shape, [1, 13, 13, 1]);
    });
  });
});

describe("receptive fields", () => {
  before(() => use("cpu"));

  it("are what the gradient sees", () => {
    const input = tf.input({ shape: [48, 48, 1] });
    const apply = (layer: tf.layers.Layer, x: tf.SymbolicTensor | tf.SymbolicTensor[]) =>
      layer.apply(x) as tf.SymbolicTensor;
    const conv = (options: object) =>
      layers.conv2d({ filters: 1, kernelSize: 3, kernelInitializer: "ones", ...options });
    const one = apply(conv({ padding: "same", strides: 2 }), input);
    const pooled = apply(
      layers.averagePooling2d({ poolSize: [2, 3], strides: [1, 2], padding: "same" }),
      one,
    );
    const two = apply(conv({ dilationRate: 2, padding: "same" }), pooled);
    const sum = apply(layers.add({ name: "sum" }), [pooled, two]);
    const three = apply(
      conv({ kernelSize: [1, 2], name: "last" }),
      apply(layers.zeroPadding2d({ padding: 1 }), sum),
    );
    for (const output of [one, pooled, two, sum, three]) {
      const name = output.sourceLayer.name;
      const { size, stride, start } = receptiveField(tf.model({ inputs: input, outputs: three }), name);
      const model = tf.model({ inputs: input, outputs: output });
      const [row, column] = [8, 6];
      const seen = tf.tidy(
        () =>
          tf
            .grad((x) => tf.slice(model.predict(x) as tf.Tensor, [0, row, column, 0], [1, 1, 1, 1]))(
              tf.ones([1, 48, 48, 1]),
            )
            .arraySync() as number[][][][],
      );
      const hit = (seen[0] as number[][][]).flatMap((line, y) =>
        line.flatMap(([value], x) => (value === 0 ? [] : [[y, x]])),
      );
      [row, column].forEach((at, axis) => {
        const positions = hit.map((place) => place[axis] as number);
        const from = (start[axis] as number) + at * (stride[axis] as number);
        assert.equal(Math.min(...positions), from, `${name}: first`);
        assert.equal(Math.max(...positions), from + (size[axis] as number) - 1, `${name}: last`);
      });
    }
    assert.throws(
      () => receptiveField(tf.model({ inputs: input, outputs: three }), "none"),
      /no layer "none"/,
    );
    tf.model({ inputs: input, outputs: three }).dispose();
  });
});

describe("figures", () => {
  before(() => use("cpu"));

  it("filters, activation maps, and the images that a channel likes best", async () => {
    const model = smallNet();
    const text = async (figure: ReturnType<typeof filters>) => String((await figure.toMime())["text/plain"]);
    assert.equal(await text(filters(model, "one")), 'Filters of "one": 4 of 4 filters of 3 × 3 × 3');
    assert.equal(
      await text(filters(model, "two", { count: 2 })),
      'Filters of "two": 2 of 5 filters of 3 × 3 × 4',
    );
    assert.throws(() => filters(model, "dense"), /no layer with filters; there are one, two/);
    const x = tf.randomUniform([1, 12, 12, 3]);
    assert.match(
      await text(activationMaps(model, x)),
      /^Activation maps: one \(4 channels\).*two \(5 channels\)$/,
    );
    assert.throws(() => activationMaps(model, x, { layers: ["flatten_Flatten1"] }), /no layer/);
    x.dispose();
    model.dispose();
  });

  it("top images come in order, cut to what the place sees", async () => {
    const model = tf.sequential({
      layers: [
        layers.conv2d({
          name: "look",
          inputShape: [4, 4, 1],
          filters: 2,
          kernelSize: 2,
          strides: 2,
          useBias: false,
        }),
        layers.flatten(),
        layers.dense({ units: 1 }),
      ],
    });
    const before = model.getWeights();
    tf.tidy(() =>
      model.setWeights([tf.tensor([1, -1, 1, -1, 1, -1, 1, -1], [2, 2, 1, 2]), ...before.slice(1)]),
    );
    const brightness = [0.2, 0.9, 0.1, 0.5];
    const x = tf.tidy(() => tf.mul(tf.ones([4, 4, 4, 1]), tf.tensor(brightness, [4, 1, 1, 1])));
    const y = tf.zeros([4]);
    const { channels, figure } = await topImages(model, { x, y }, "look", {
      count: 2,
      batchSize: 3,
      crop: true,
    });
    assert.deepEqual(
      channels.map(({ indices }) => indices),
      [
        [1, 3],
        [2, 0],
      ],
    );
    assertClose(channels[0]?.activations ?? [], [3.6, 2], 1e-6, "activations");
    assert.match(String((await figure.toMime())["text/plain"]), /channel 0: 1, 3; channel 1: 2, 0/);
    await assert.rejects(topImages(model, { x, y }, "look", { channels: [2] }), /no channel 2/);
    tf.dispose([x, y]);
    model.dispose();
  });
});
