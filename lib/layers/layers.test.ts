// Every layer's values against ones calculated by hand or by a slow reference, its gradients against finite
// differences on each backend, and its way through a file.

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { testedBackends } from "../backend/battery/backends.ts";
import { floats } from "../backend/battery/case.ts";
import { use } from "../backend/index.ts";
import { random, withRandomSource } from "../data/random.ts";
import * as layers from "./index.ts";

function tensor(shape: number[], seed = 1): tf.Tensor {
  return tf.tensor(floats(shape, seed).values as number[], shape);
}

function close(actual: tf.Tensor | number[], expected: number[], tolerance = 1e-5): void {
  const values = Array.isArray(actual) ? actual : Array.from(actual.dataSync());
  assert.equal(values.length, expected.length);
  values.forEach((value, index) => {
    const wanted = expected[index] as number;
    assert.ok(
      Math.abs(value - wanted) <= tolerance * Math.max(1, Math.abs(wanted)),
      `value ${index} is ${value}, expected ${wanted}`,
    );
  });
}

interface Specimen {
  make: () => tf.layers.Layer;
  shapes: number[][];
}

const specimens: Record<string, Specimen> = {
  "self-attention": {
    make: () => layers.multiHeadAttention({ heads: 2, keySize: 3 }),
    shapes: [[2, 4, 5]],
  },
  "causal attention": {
    make: () => layers.multiHeadAttention({ heads: 1, keySize: 2, causal: true, useBias: false }),
    shapes: [[1, 4, 3]],
  },
  "attention between two sequences": {
    make: () => layers.multiHeadAttention({ heads: 2, keySize: 2, valueSize: 3, outputSize: 6 }),
    shapes: [
      [2, 3, 4],
      [2, 5, 3],
    ],
  },
  "group normalization": {
    make: () => layers.groupNormalization({ groups: 2 }),
    shapes: [[2, 3, 3, 4]],
  },
  "instance normalization": { make: () => layers.instanceNormalization(), shapes: [[2, 4, 3]] },
  "root mean square normalization": { make: () => layers.rmsNormalization(), shapes: [[2, 3, 4]] },
  "L2 normalization": { make: () => layers.l2Normalization(), shapes: [[3, 4]] },
  "sinusoidal positions": { make: () => layers.positionalEncoding(), shapes: [[2, 3, 5]] },
  "learned positions": { make: () => layers.positionalEncoding({ learned: true }), shapes: [[2, 3, 4]] },
  "class token": { make: () => layers.classToken(), shapes: [[2, 3, 4]] },
  "one step": { make: () => layers.selectStep({ step: -1 }), shapes: [[2, 3, 4]] },
  "sinusoidal embedding": { make: () => layers.sinusoidalEmbedding({ features: 6 }), shapes: [[3, 1]] },
  reparameterize: {
    make: () => layers.reparameterize(),
    shapes: [
      [3, 2],
      [3, 2],
    ],
  },
  "dilated convolution": {
    make: () => tf.layers.conv2d({ filters: 3, kernelSize: 3, dilationRate: 2, padding: "same" }),
    shapes: [[2, 6, 5, 2]],
  },
  "dilated convolution, valid": {
    make: () => tf.layers.conv2d({ filters: 2, kernelSize: [2, 3], dilationRate: [3, 2] }),
    shapes: [[1, 7, 6, 2]],
  },
  "dilated causal convolution": {
    make: () => tf.layers.conv1d({ filters: 2, kernelSize: 2, dilationRate: 4, padding: "causal" }),
    shapes: [[2, 9, 3]],
  },
  "dilated depthwise convolution": {
    make: () => tf.layers.depthwiseConv2d({ kernelSize: 3, dilationRate: 2, padding: "same" }),
    shapes: [[1, 6, 6, 2]],
  },
  gelu: { make: () => tf.layers.activation({ activation: "gelu" }), shapes: [[3, 4]] },
  swish: { make: () => tf.layers.activation({ activation: "swish" }), shapes: [[3, 4]] },
};

/** Gradients of a weighted sum of the layer's output by its inputs and weights, by backpropagation and differences. */
function compareGradients({ make, shapes }: Specimen): void {
  const layer = make();
  const inputs = shapes.map((shape, index) => tensor(shape, index + 1));
  const run = () =>
    withRandomSource(random(3), () =>
      layer.apply(inputs.length === 1 ? (inputs[0] as tf.Tensor) : inputs, { training: true }),
    ) as tf.Tensor;
  const outputShape = run().shape;
  const weights = layer.trainableWeights.map((weight, index) => {
    // Zeros and ones would hide mistakes.
    weight.write(tf.add(weight.read(), tf.mul(tensor(weight.shape as number[], index + 20), 0.5)));
    return weight;
  });
  const factors = tensor(outputShape, 9);
  const values = [...inputs, ...weights.map((weight) => weight.read())].map((each) =>
    Array.from(each.dataSync()),
  );
  const total = (given: tf.Tensor[]) =>
    withRandomSource(random(3), () => {
      weights.forEach((weight, index) => {
        (weight as unknown as { val: tf.Tensor }).val = given[inputs.length + index] as tf.Tensor;
      });
      const x = given.slice(0, inputs.length);
      const y = layer.apply(x.length === 1 ? (x[0] as tf.Tensor) : x, { training: true }) as tf.Tensor;
      return tf.sum(tf.mul(y, factors));
    }) as tf.Scalar;
  const shapesOfAll = [...shapes, ...weights.map(({ shape }) => shape as number[])];
  const tensors = (changed: number[][]) =>
    changed.map((each, index) => tf.tensor(each, shapesOfAll[index] as number[]));
  const gradients = tf.grads((...given: tf.Tensor[]) => total(given))(tensors(values));
  const step = 1e-2;
  gradients.forEach((gradient, which) => {
    const found = gradient.dataSync();
    const checked = Array.from({ length: Math.min(found.length, 12) }, (_, index) =>
      Math.floor((index * found.length) / 12),
    );
    for (const index of new Set(checked)) {
      const at = (change: number) => {
        const moved = values.map((each) => [...each]);
        (moved[which] as number[])[index] = (values[which]?.[index] as number) + change;
        return total(tensors(moved)).dataSync()[0] as number;
      };
      const expected = (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step);
      const difference = Math.abs((found[index] as number) - expected);
      assert.ok(
        difference <= 4e-3 * Math.max(1, Math.abs(expected)),
        `gradient ${which} at ${index} is ${found[index]}, finite differences give ${expected}`,
      );
    }
  });
}

for (const { name, available, reason } of testedBackends()) {
  describe(`gradients of the layers on ${name}`, { skip: available ? false : reason }, () => {
    before(() => use(name));
    for (const [title, specimen] of Object.entries(specimens)) {
      it(title, () => tf.tidy(() => compareGradients(specimen)));
    }
  });
}

function modelOf({ make, shapes }: Specimen): tf.LayersModel {
  const inputs = shapes.map((shape) => tf.input({ shape: shape.slice(1) }));
  const outputs = make().apply(inputs.length === 1 ? (inputs[0] as tf.SymbolicTensor) : inputs);
  return tf.model({ inputs, outputs: outputs as tf.SymbolicTensor });
}

const seeded = { seed: 4 };
const saved: Record<string, Specimen> = {
  ...specimens,
  "random flip": { make: () => layers.randomFlip({ mode: "both", ...seeded }), shapes: [[2, 6, 6, 1]] },
  "random rotation": {
    make: () => layers.randomRotation({ factor: 0.1, ...seeded }),
    shapes: [[2, 6, 6, 1]],
  },
  "random zoom": {
    make: () => layers.randomZoom({ heightFactor: 0.2, fillMode: "nearest", ...seeded }),
    shapes: [[2, 6, 6, 1]],
  },
  "random translation": {
    make: () => layers.randomTranslation({ heightFactor: 0.2, widthFactor: [0, 0.1], ...seeded }),
    shapes: [[2, 6, 6, 1]],
  },
  "random crop": {
    make: () => layers.randomCrop({ height: 4, width: 3, ...seeded }),
    shapes: [[2, 6, 6, 1]],
  },
  "random contrast": {
    make: () => layers.randomContrast({ factor: 0.5, ...seeded }),
    shapes: [[2, 6, 6, 1]],
  },
  "random brightness": {
    make: () => layers.randomBrightness({ factor: 0.5, ...seeded }),
    shapes: [[2, 6, 6, 1]],
  },
  "spatial dropout": { make: () => layers.spatialDropout2d({ rate: 0.5 }), shapes: [[2, 3, 3, 4]] },
  "stochastic depth": { make: () => layers.stochasticDepth({ rate: 0.5 }), shapes: [[4, 3]] },
};

describe("a model with the layer goes through JSON and computes the same", () => {
  before(() => use("cpu"));
  for (const [title, specimen] of Object.entries(saved)) {
    it(title, async () => {
      const model = modelOf(specimen);
      const json = JSON.parse(model.toJSON() as string);
      const loaded = await tf.models.modelFromJSON(json);
      loaded.setWeights(model.getWeights());
      const x = specimen.shapes.map((shape, index) => tensor(shape, index + 1));
      const [first, second] = [model, loaded].map((each) => each.predict(x) as tf.Tensor);
      assert.deepEqual(first?.shape.slice(1), (model.outputs[0] as tf.SymbolicTensor).shape.slice(1));
      assert.deepEqual(second?.dataSync(), first?.dataSync());
      const trained = [model, loaded].map((each) =>
        withRandomSource(random(1), () => each.apply(x, { training: true }) as tf.Tensor),
      );
      assert.deepEqual(trained[1]?.dataSync(), trained[0]?.dataSync());
    });
  }
});

describe("values", () => {
  before(() => use("cpu"));

  it("attention is softmax(QKᵀ/√d)·V, written out", () => {
    const layer = layers.multiHeadAttention({ heads: 2, keySize: 3, returnAttention: true });
    const x = tensor([1, 4, 5]);
    const [output, attention] = layer.apply(x) as tf.Tensor[];
    const [wq, , wk, , wv, , wo] = layer.getWeights().map((weight) => weight.arraySync() as number[][]);
    const steps = (x.arraySync() as number[][][])[0] as number[][];
    const product = (row: number[], w: number[][]) =>
      w[0]!.map((_, column) =>
        row.reduce((sum, value, index) => sum + value * (w[index]![column] as number), 0),
      );
    const expectedWeights: number[] = [];
    const mixed = steps.map(() => [] as number[]);
    for (const head of [0, 1]) {
      const part = (row: number[]) => row.slice(head * 3, head * 3 + 3);
      const [q, k, v] = [wq, wk, wv].map((w) => steps.map((row) => part(product(row, w!))));
      q!.forEach((query, step) => {
        const powers = k!.map((key) =>
          Math.exp(key.reduce((s, value, i) => s + value * query[i]!, 0) / Math.sqrt(3)),
        );
        const total = powers.reduce((a, b) => a + b);
        expectedWeights.push(...powers.map((power) => power / total));
        mixed[step]!.push(
          ...[0, 1, 2].map((i) => powers.reduce((s, p, at) => s + (p / total) * v![at]![i]!, 0)),
        );
      });
    }
    close(attention!, expectedWeights);
    close(
      output!,
      mixed.flatMap((row) => product(row, wo!)),
    );
  });

  it("causal attention looks at no later step, and a mask is heeded", () => {
    const causal = layers.multiHeadAttention({ heads: 1, keySize: 2, causal: true, returnAttention: true });
    const [, weights] = causal.apply(tensor([1, 3, 2])) as tf.Tensor[];
    const [first, second] = (weights!.arraySync() as number[][][][])[0]![0]!;
    assert.deepEqual(first, [1, 0, 0]);
    assert.equal(second![2], 0);
    const given = layers.multiHeadAttention({
      heads: 1,
      keySize: 2,
      attentionMask: true,
      returnAttention: true,
    });
    const mask = tf.tensor3d([
      [
        [0, 0, 1],
        [1, 1, 0],
        [1, 1, 1],
      ],
    ]);
    const x = tensor([1, 3, 2]);
    const [, masked] = given.apply([x, x, mask]) as tf.Tensor[];
    const rows = (masked!.arraySync() as number[][][][])[0]![0]!;
    assert.deepEqual(rows[0], [0, 0, 1]);
    assert.equal(rows[1]![2], 0);
  });

  it("attention does not look at steps that an embedding masks", () => {
    const input = tf.input({ shape: [4] });
    const embedded = tf.layers.embedding({ inputDim: 5, outputDim: 3, maskZero: true }).apply(input);
    const layer = layers.multiHeadAttention({ heads: 1, keySize: 2, returnAttention: true });
    const outputs = layer.apply(embedded) as tf.SymbolicTensor[];
    const [, weights] = tf
      .model({ inputs: input, outputs })
      .predict(tf.tensor2d([[1, 2, 0, 0]])) as tf.Tensor[];
    for (const row of (weights!.arraySync() as number[][][][])[0]![0]!)
      assert.deepEqual(row.slice(2), [0, 0]);
  });

  it("normalizes groups, single channels and root mean squares", () => {
    const x = tf.tensor3d([
      [
        [1, 3, 10, 20],
        [5, 7, 30, 40],
      ],
    ]);
    const std = [Math.sqrt(5 + 1e-3), Math.sqrt(125 + 1e-3)];
    const expected = [
      -3 / std[0]!,
      -1 / std[0]!,
      -15 / std[1]!,
      -5 / std[1]!,
      1 / std[0]!,
      3 / std[0]!,
      5 / std[1]!,
      15 / std[1]!,
    ];
    close(layers.groupNormalization({ groups: 2 }).apply(x) as tf.Tensor, expected);
    const alone = layers.instanceNormalization({ epsilon: 0 }).apply(x) as tf.Tensor;
    close(alone, [-1, -1, -1, -1, 1, 1, 1, 1]);
    close(
      layers.rmsNormalization().apply(tf.tensor2d([[3, 4]])) as tf.Tensor,
      [3, 4].map((v) => v / Math.sqrt(12.5)),
    );
    close(layers.l2Normalization().apply(tf.tensor2d([[3, 4]])) as tf.Tensor, [0.6, 0.8]);
    assert.throws(
      () => layers.groupNormalization({ groups: 3 }).apply(x),
      /divides 4 channels into 3 groups/,
    );
  });

  it("adds sines and cosines", () => {
    const y = layers.positionalEncoding().apply(tf.zeros([1, 2, 4])) as tf.Tensor;
    close(y, [0, 1, 0, 1, Math.sin(1), Math.cos(1), Math.sin(0.01), Math.cos(0.01)]);
  });

  it("draws with the given mean and variance in training and gives the mean otherwise", () => {
    const [mean, logVariance] = [tf.fill([20000], 3), tf.fill([20000], Math.log(4))];
    const layer = layers.reparameterize();
    const drawn = tf.moments(
      withRandomSource(random(1), () => layer.apply([mean, logVariance], { training: true })) as tf.Tensor,
    );
    close(drawn.mean, [3], 0.02);
    close(drawn.variance, [4], 0.03);
    assert.deepEqual((layer.apply([mean, logVariance]) as tf.Tensor).dataSync(), mean.dataSync());
  });

  it("drops whole maps and whole examples", () => {
    const maps = withRandomSource(random(2), () =>
      layers.spatialDropout2d({ rate: 0.25 }).apply(tf.ones([40, 3, 3, 50]), { training: true }),
    ) as tf.Tensor;
    const perMap = Array.from(tf.mean(maps, [1, 2]).dataSync());
    assert.ok(perMap.every((value) => value === 0 || Math.abs(value - 4 / 3) < 1e-6));
    assert.ok(Math.abs(perMap.filter((value) => value === 0).length / perMap.length - 0.25) < 0.03);
    const rows = withRandomSource(random(2), () =>
      layers.stochasticDepth({ rate: 0.5 }).apply(tf.ones([200, 3]), { training: true }),
    ) as tf.Tensor;
    const sums = Array.from(tf.sum(rows, 1).dataSync());
    assert.deepEqual([...new Set(sums)].sort(), [0, 6]);
  });

  it("runs a function as a layer, and says why it can't be loaded", async () => {
    const model = tf.sequential({ layers: [layers.lambda((x) => tf.abs(x), { inputShape: [2] })] });
    assert.deepEqual(Array.from((model.predict(tf.tensor2d([[-1, 2]])) as tf.Tensor).dataSync()), [1, 2]);
    await assert.rejects(
      async () => tf.models.modelFromJSON(JSON.parse(model.toJSON() as string)),
      /files can't hold one/,
    );
  });
});

describe("the orthogonal initializer", () => {
  before(() => use("cpu"));

  it("gives what TensorFlow.js gives, in no time", () => {
    for (const shape of [
      [6, 4],
      [4, 6],
      [2, 3, 5],
    ]) {
      const columns = shape.at(-1) as number;
      const rows = shape.slice(0, -1).reduce((a, b) => a * b);
      const size: [number, number] = [Math.max(rows, columns), Math.min(rows, columns)];
      const [q, r] = tf.linalg.qr(tf.randomNormal(size, 0, 1, "float32", 5));
      const signs = tf.sign(
        tf.tensor1d((r.arraySync() as number[][]).map((row, index) => row[index] as number)),
      );
      const expected = tf.mul(q as tf.Tensor, signs);
      const found = tf.initializers.orthogonal({ seed: 5, gain: 2 }).apply(shape);
      const wanted = tf.mul(rows < columns ? tf.transpose(expected) : expected, 2);
      close(found, Array.from(wanted.dataSync()), 1e-4);
    }
    const square = tf.initializers.orthogonal({ seed: 1 }).apply([100, 100]) as tf.Tensor2D;
    close(tf.matMul(square, square, true), Array.from(tf.eye(100).dataSync()), 1e-5);
  });
});

describe("random images", () => {
  before(() => use("cpu"));
  const image = tf.range(0, 12).reshape([1, 3, 4, 1]) as tf.Tensor4D;
  const changed = (layer: tf.layers.Layer, x: tf.Tensor = image) =>
    Array.from((layer.apply(x, { training: true }) as tf.Tensor).dataSync());

  it("stay as they are outside training, and the crop is from the middle", () => {
    const layer = layers.randomRotation({ factor: 0.5 });
    assert.deepEqual((layer.apply(image) as tf.Tensor).dataSync(), image.dataSync());
    const crop = layers.randomCrop({ height: 1, width: 2 }).apply(image) as tf.Tensor;
    assert.deepEqual(Array.from(crop.dataSync()), [5, 6]);
  });

  it("turn by the drawn angle, counter-clockwise for positive ones", () => {
    const square = tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
    const three = tf.tile(square, [3, 1, 1, 1]);
    const turned = [2, 4, 1, 3];
    const quarter = layers.randomRotation({ factor: [0.25, 0.25] });
    close(changed(quarter, three), [...turned, ...turned, ...turned]);
    close(changed(layers.randomRotation({ factor: [0.5, 0.5] }), square), [4, 3, 2, 1]);
  });

  it("shift down and to the right for positive factors", () => {
    const layer = layers.randomTranslation({
      heightFactor: [1 / 3, 1 / 3],
      widthFactor: [0.25, 0.25],
      fillMode: "constant",
    });
    close(changed(layer), [0, 0, 0, 0, 0, 0, 1, 2, 0, 4, 5, 6]);
  });

  it("shrink for positive zoom factors", () => {
    const layer = layers.randomZoom({ heightFactor: [1, 1], fillMode: "constant" });
    const x = tf.ones([1, 8, 8, 1]);
    assert.ok(changed(layer, x).reduce((a, b) => a + b) < 17);
  });

  it("flip about half of the images", () => {
    const x = tf.tile(tf.tensor4d([1, 2], [1, 1, 2, 1]), [400, 1, 1, 1]);
    const first = changed(layers.randomFlip({ seed: 1 }), x).filter((_, index) => index % 2 === 0);
    const flipped = first.filter((value) => value === 2).length;
    assert.ok(flipped > 160 && flipped < 240, `${flipped} of 400`);
  });

  it("are the same for the same seed, another at the next call, and fit's where there is no seed", () => {
    const make = () => layers.randomContrast({ factor: 0.5, seed: 7 });
    const layer = make();
    const first = changed(layer);
    assert.deepEqual(changed(make()), first);
    assert.notDeepEqual(changed(layer), first);
    const free = () => withRandomSource(random(5), () => changed(layers.randomContrast({ factor: 0.5 })));
    assert.deepEqual(free(), free());
  });

  it("cut every part that is possible", () => {
    const layer = layers.randomCrop({ height: 2, width: 2, seed: 1 });
    const corners = new Set(Array.from({ length: 200 }, () => changed(layer)[0]));
    assert.deepEqual([...corners].sort(), [0, 1, 2, 4, 5, 6]);
    assert.throws(() => layers.randomCrop({ height: 9, width: 1 }).apply(image), /from images of 3 × 4/);
  });
});
