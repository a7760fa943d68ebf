// Every builder: parameters as published, shapes of the output, a step of training, and the way through a file.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { use } from "../backend/index.ts";
import { random, withRandomSource } from "../data/random.ts";
import * as models from "./index.ts";

interface Published {
  /** Who counts so. */
  source: string;
  make(): tf.LayersModel;
  trainable?: number;
  all?: number;
}

/** Parameters of dense layers of these sizes. */
const dense = (...sizes: number[]) =>
  sizes.slice(1).reduce((sum, size, index) => sum + size * ((sizes[index] as number) + 1), 0);
const published: Record<string, Published> = {
  "LeNet-5": {
    source: "LeCun et al., 1998, table of layers, all maps joined",
    make: () => models.lenet(),
    all: 61_706,
  },
  "multilayer perceptron": { source: "784·128 + 128 + 128·10 + 10", make: () => models.mlp(), all: 101_770 },
  AlexNet: { source: "torchvision alexnet", make: () => models.alexnet(), all: 61_100_840 },
  "VGG-11": { source: "torchvision vgg11", make: () => models.vgg({ depth: 11 }), all: 132_863_336 },
  "VGG-13": { source: "torchvision vgg13", make: () => models.vgg({ depth: 13 }), all: 133_047_848 },
  "VGG-16": { source: "torchvision vgg16, Keras VGG16", make: () => models.vgg(), all: 138_357_544 },
  "VGG-19": {
    source: "torchvision vgg19, Keras VGG19",
    make: () => models.vgg({ depth: 19 }),
    all: 143_667_240,
  },
  "VGG-16 with batch normalization": {
    source: "torchvision vgg16_bn",
    make: () => models.vgg({ batchNormalization: true }),
    trainable: 138_365_992,
  },
  "ResNet-18": { source: "torchvision resnet18", make: () => models.resnet(), trainable: 11_689_512 },
  "ResNet-34": {
    source: "torchvision resnet34",
    make: () => models.resnet({ depth: 34 }),
    trainable: 21_797_672,
  },
  "ResNet-50": {
    source: "torchvision resnet50",
    make: () => models.resnet({ depth: 50 }),
    trainable: 25_557_032,
  },
  "ResNet-101": {
    source: "torchvision resnet101",
    make: () => models.resnet({ depth: 101 }),
    trainable: 44_549_160,
  },
  "ResNet-152": {
    source: "torchvision resnet152",
    make: () => models.resnet({ depth: 152 }),
    trainable: 60_192_808,
  },
  "SE-ResNet-50": {
    source: "timm seresnet50",
    make: () => models.resnet({ depth: 50, squeezeExcite: 16 }),
    trainable: 28_088_024,
  },
  GoogLeNet: {
    source: "Caffe bvlc_googlenet without its further outputs",
    make: () => models.googlenet({ batchNormalization: false }),
    all: 6_998_552,
  },
  "GoogLeNet with batch normalization": {
    source: "torchvision googlenet",
    make: () => models.googlenet({ largestKernel: 3 }),
    trainable: 6_624_904,
  },
  "DenseNet-121": {
    source: "torchvision densenet121, Keras DenseNet121",
    make: () => models.densenet(),
    trainable: 7_978_856,
    all: 8_062_504,
  },
  MobileNet: {
    source: "Keras MobileNet",
    make: () => models.mobilenet(),
    all: 4_253_864,
    trainable: 4_231_976,
  },
  "U-Net": { source: "milesial/Pytorch-UNet, one class", make: () => models.unet(), trainable: 31_037_633 },
  "U-Net of 32 filters": {
    source: "PyTorch Hub mateuszbuda/brain-segmentation-pytorch",
    make: () => models.unet({ filters: 32 }),
    trainable: 7_763_041,
  },
  "DCGAN generator": {
    source: "PyTorch DCGAN example",
    make: () => models.adversarial({ inputShape: [64, 64, 3] }).generator,
    trainable: 3_576_704,
  },
  "DCGAN discriminator": {
    source: "PyTorch DCGAN example",
    make: () => models.adversarial({ inputShape: [64, 64, 3] }).discriminator,
    trainable: 2_765_568,
  },
  "GPT-2": {
    source: "GPT-2 small, 124,439,808, and an output layer of its own",
    make: () => models.gpt({ vocabulary: 50_257, steps: 1024, features: 768, blocks: 12, heads: 12 }),
    all: 124_439_808 + 768 * 50_257,
  },
  "ViT-B/16": {
    source: "torchvision vit_b_16",
    make: () =>
      models.vit({
        inputShape: [224, 224, 3],
        classes: 1000,
        patch: 16,
        features: 768,
        blocks: 12,
        heads: 12,
      }),
    all: 86_567_656,
  },
  "Mixer-B/16": {
    source: "timm mixer_b16_224",
    make: () =>
      models.mixer({ inputShape: [224, 224, 3], classes: 1000, patch: 16, features: 768, blocks: 12 }),
    all: 59_880_472,
  },
  "diffusion U-Net": {
    source: "Ho et al., 2020, CIFAR-10 (35.7 M); pesser/pytorch_diffusion",
    make: () => models.diffusionUnet({ channels: 128 }),
    all: 35_746_307,
  },
  YOLO: {
    source: "figure 3 of the paper: 24 convolutions and two dense layers, all with biases",
    make: () => models.yolo({ backbone: "full" }),
    all: 271_703_550,
  },
  "Fast YOLO": {
    source: "nine convolutions and two dense layers, all with biases",
    make: () => models.yolo({ backbone: "tiny" }),
    all:
      [3, 16, 32, 64, 128, 256, 512, 1024, 1024, 1024].reduce(
        (sum, filters, index, all) =>
          index === 0 ? 0 : sum + filters * (9 * (all[index - 1] as number) + 1),
        0,
      ) + dense(7 * 7 * 1024, 4096, 7 * 7 * 30),
  },
  PointNet: {
    source: "the paper says 3.5 M; the first transform has 803,081 as fxia22/pointnet.pytorch's STN3d",
    make: () => models.pointnet(),
    trainable: 803_081 + 1_857_344 + 151_680 + 667_944,
  },
  "FCN-8s": {
    source: "VGG-16's convolutions, fc6 and fc7, three scores of 21 classes, three enlargements without bias",
    make: () => models.fcn({ classes: 21 }),
    all: 14_714_688 + 102_764_544 + 16_781_312 + 21 * (4097 + 513 + 257) + 21 * 21 * (16 + 16 + 256),
  },
  "ResNet-20": {
    source: "Keras's CIFAR-10 example, 273,066, less its 784 biases and with the shortcuts normalized",
    make: () => models.resnet({ depth: 20 }),
    trainable: 273_066 - 784 + 2 * (32 + 64),
  },
};

// What the documentation says of the defaults, layer by layer.
const attention = 4 * (64 * 64 + 64);
const perStep = 64 * 256 + 256 + 256 * 64 + 64;
const normalization = 2 * 64;
const lstm = (inputs: number, units: number) => 4 * units * (inputs + units + 1);
const gru = (inputs: number, units: number) => 3 * units * (inputs + units + 1);
const documented: Record<string, [make: () => tf.LayersModel, parameters: number]> = {
  perceptron: [() => models.perceptron(), dense(2, 1)],
  smallCnn: [() => models.smallCnn(), 9 * (16 + 16 * 32 + 32 * 64) + 4 * (16 + 32 + 64) + dense(64, 10)],
  autoencoder: [() => models.autoencoder(), dense(784, 128, 64, 32, 64, 128, 784)],
  convolutionalAutoencoder: [
    () => models.convolutionalAutoencoder(),
    dense(9, 16) + dense(9 * 16, 32) + dense(1568, 32, 1568) + dense(9 * 32, 16) + dense(9 * 16, 1),
  ],
  siamese: [() => models.siamese().model, dense(9, 16) + dense(9 * 16, 32) + dense(1568, 32) + dense(1, 1)],
  sequenceClassifier: [() => models.sequenceClassifier(), lstm(1, 64) + dense(64, 2)],
  recurrentLanguageModel: [
    () => models.recurrentLanguageModel(),
    128 * 32 + lstm(32, 128) + lstm(128, 128) + dense(128, 128),
  ],
  sequenceToSequence: [
    () => models.sequenceToSequence(),
    2 * 128 * 32 + 2 * gru(32, 64) + dense(128, 64) + dense(64, 128),
  ],
  transformerClassifier: [
    () => models.transformerClassifier(),
    128 * 64 + 2 * (attention + perStep + 2 * normalization) + dense(64, 2),
  ],
  transformer: [
    () => models.transformer(),
    2 * 128 * 64 + 2 * (3 * attention + 2 * perStep + 5 * normalization) + dense(64, 128),
  ],
  gpt: [
    () => models.gpt(),
    128 * 64 + 64 * 64 + 2 * (attention + perStep + 2 * normalization) + normalization + 64 * 128,
  ],
  vit: [
    () => models.vit(),
    dense(48, 64) +
      64 +
      65 * 64 +
      4 * (attention + perStep + 2 * normalization) +
      normalization +
      dense(64, 10),
  ],
  mixer: [
    () => models.mixer(),
    dense(48, 64) + 4 * (dense(64, 32, 64) + perStep + 2 * normalization) + normalization + dense(64, 10),
  ],
};

const scaling = Object.getPrototypeOf(Object.getPrototypeOf(tf.initializers.glorotUniform({}))) as {
  apply(shape: number[]): tf.Tensor;
};

describe("parameters", () => {
  const original = scaling.apply;
  before(async () => {
    await use("cpu");
    // Hundreds of millions of random numbers would take their time.
    scaling.apply = (shape) => tf.zeros(shape);
  });
  after(() => {
    scaling.apply = original;
  });

  const count = (weights: { shape: (number | null)[] }[]) =>
    weights.reduce((sum, { shape }) => sum + shape.reduce<number>((a, b) => a * (b as number), 1), 0);

  for (const [name, { source, make, trainable, all }] of Object.entries(published)) {
    it(`${name}: ${source}`, () => {
      const model = make();
      if (trainable !== undefined) assert.equal(count(model.trainableWeights), trainable);
      if (all !== undefined) assert.equal(model.countParams(), all);
      model.dispose();
    });
  }

  for (const [name, [make, parameters]] of Object.entries(documented)) {
    it(`${name} by default`, () => {
      assert.equal(make().countParams(), parameters);
    });
  }
});

const float = (shape: number[], low = 0, high = 1) => tf.randomUniform(shape, low, high, "float32", 1);
const tokens = (shape: number[], below: number) => tf.randomUniform(shape, 0, below, "int32", 2);

/** A batch of class numbers. */
const classes = (count: number, below: number) => tf.reshape(tokens([count], below), [count, 1]);

interface Specimen {
  make(): tf.LayersModel;
  x(): tf.Tensor[];
  y(): tf.Tensor;
  loss: "classes" | "logits" | "squares" | "pixels" | "binary";
  /** Defaults to `0.003`. */
  learningRate?: number;
}

const image =
  (size: number, channels = 1) =>
  () => [float([4, size, size, channels])];
const classifier = (make: () => tf.LayersModel, x: () => tf.Tensor[]): Specimen => ({
  ...{ make, x, loss: "classes" },
  y: () => classes(4, 3),
});
const inputShape = [32, 32, 1] as const;
const specimens: Record<string, Specimen> = {
  perceptron: {
    ...{ make: () => models.perceptron(), x: () => [float([4, 2])], loss: "binary" },
    y: () => tf.tensor2d([[0], [1], [1], [0]]),
  },
  mlp: classifier(
    () => models.mlp({ inputShape: [6, 6], hidden: [8, 8], outputs: 3, dropout: 0.1 }),
    () => [float([4, 6, 6])],
  ),
  lenet: classifier(() => models.lenet({ classes: 3 }), image(28)),
  smallCnn: classifier(() => models.smallCnn({ classes: 3, filters: [4, 8] }), image(28)),
  alexnet: classifier(
    () => models.alexnet({ inputShape: [67, 67, 1], classes: 3, width: 0.1, units: 16, dropout: 0 }),
    image(67),
  ),
  vgg: classifier(
    () =>
      models.vgg({
        inputShape,
        classes: 3,
        depth: 11,
        width: 0.1,
        units: 16,
        dropout: 0,
        batchNormalization: true,
      }),
    image(32),
  ),
  resnet: classifier(
    () => models.resnet({ inputShape: [16, 16, 1], classes: 3, depth: 8, filters: 4 }),
    image(16),
  ),
  "resnet of bottlenecks that squeeze and excite": {
    ...classifier(
      () =>
        models.resnet({
          inputShape,
          classes: 3,
          depth: 50,
          filters: 2,
          squeezeExcite: 2,
          stochasticDepth: 0.1,
        }),
      image(32),
    ),
    learningRate: 0.001,
  },
  googlenet: classifier(
    () => models.googlenet({ inputShape, classes: 3, width: 0.1, dropout: 0 }),
    image(32),
  ),
  densenet: classifier(
    () => models.densenet({ inputShape: [16, 16, 1], classes: 3, blocks: [2, 2], growth: 4, stem: false }),
    image(16),
  ),
  mobilenet: classifier(
    () => models.mobilenet({ inputShape, classes: 3, width: 0.1, dropout: 0 }),
    image(32),
  ),
  vit: classifier(
    () => models.vit({ inputShape: [8, 8, 1], classes: 3, features: 8, blocks: 1, heads: 2, dropout: 0 }),
    image(8),
  ),
  mixer: classifier(
    () => models.mixer({ inputShape: [8, 8, 1], classes: 3, features: 8, blocks: 1 }),
    image(8),
  ),
  pointnet: classifier(
    () => models.pointnet({ classes: 3, width: 0.1, dropout: 0 }),
    () => [float([4, 12, 3])],
  ),
  unet: {
    ...{
      make: () => models.unet({ inputShape: [16, 16, 1], filters: 4, levels: 2, classes: 3 }),
      x: image(16),
    },
    ...{ y: () => tokens([4, 16, 16], 3), loss: "pixels" },
  },
  fcn: {
    make: () => models.fcn({ inputShape: [16, 16, 1], filters: [4, 8, 8], units: 8, stride: 2, classes: 3 }),
    ...{ x: image(16), y: () => tokens([4, 16, 16], 3), loss: "pixels" },
  },
  autoencoder: {
    ...{
      make: () => models.autoencoder({ inputShape: [4, 4], hidden: [8], code: 3 }),
      x: () => [float([4, 4, 4])],
    },
    ...{ y: () => float([4, 4, 4]), loss: "squares" },
  },
  convolutionalAutoencoder: {
    make: () => models.convolutionalAutoencoder({ inputShape: [8, 8, 1], hidden: [4, 8] }),
    ...{ x: image(8), y: () => float([4, 8, 8, 1]), loss: "squares" },
  },
  "yolo, small": {
    make: () => models.yolo({ inputShape: [32, 32, 1], classes: 2 }),
    ...{ x: image(32), y: () => float([4, 4, 4, 12]), loss: "squares" },
  },
  siamese: {
    make: () => models.siamese({ inputShape: [8, 8, 1], filters: [4], embedding: 4 }).model,
    x: () => [float([4, 8, 8, 1]), float([4, 8, 8, 1], 0.2)],
    ...{ y: () => tf.tensor2d([[0], [1], [1], [0]]), loss: "binary" },
  },
  "sequenceClassifier of vectors": classifier(
    () => models.sequenceClassifier({ cell: "simple", units: [4, 5], inputShape: [null, 2], classes: 3 }),
    () => [float([4, 6, 2])],
  ),
  "sequenceClassifier of tokens, both ways": classifier(
    () =>
      models.sequenceClassifier({ cell: "gru", units: [4], vocabulary: 7, bidirectional: true, classes: 3 }),
    () => [tokens([4, 6], 7)],
  ),
  recurrentLanguageModel: {
    make: () => models.recurrentLanguageModel({ vocabulary: 7, units: [8], embedding: 4 }),
    ...{ x: () => [tokens([4, 6], 7)], y: () => tokens([4, 6], 7), loss: "logits" },
  },
  sequenceToSequence: {
    make: () =>
      models.sequenceToSequence({ sourceVocabulary: 7, targetVocabulary: 5, embedding: 4, units: 6 }),
    ...{ x: () => [tokens([4, 6], 7), tokens([4, 3], 5)], y: () => tokens([4, 3], 5), loss: "logits" },
  },
  transformerClassifier: classifier(
    () => models.transformerClassifier({ vocabulary: 7, features: 8, heads: 2, classes: 3, dropout: 0 }),
    () => [tokens([4, 6], 7)],
  ),
  transformer: {
    make: () =>
      models.transformer({ sourceVocabulary: 7, targetVocabulary: 5, features: 8, heads: 2, dropout: 0 }),
    ...{ x: () => [tokens([4, 6], 7), tokens([4, 3], 5)], y: () => tokens([4, 3], 5), loss: "logits" },
  },
  gpt: {
    make: () => models.gpt({ vocabulary: 7, steps: 6, features: 8, heads: 2, dropout: 0 }),
    ...{ x: () => [tokens([4, 6], 7)], y: () => tokens([4, 6], 7), loss: "logits" },
  },
  diffusionUnet: {
    make: () =>
      models.diffusionUnet({ inputShape: [8, 8, 1], channels: 4, multipliers: [1, 2], attention: [4] }),
    x: () => [float([4, 8, 8, 1]), tf.tensor2d([[0], [3], [50], [999]])],
    ...{ y: () => float([4, 8, 8, 1]), loss: "squares" },
  },
};

function lossOf({ loss }: Specimen, target: tf.Tensor, found: tf.Tensor): tf.Scalar {
  if (loss === "squares") return tf.losses.meanSquaredError(target, found);
  if (loss === "binary") return tf.mean(tf.metrics.binaryCrossentropy(target, found)) as tf.Scalar;
  const count = found.shape.at(-1) as number;
  const oneHot = tf.oneHot(tf.reshape(target, [-1]), count);
  const flat = tf.reshape(found, [-1, count]);
  if (loss === "logits") return tf.losses.softmaxCrossEntropy(oneHot, flat);
  return tf.mean(tf.metrics.categoricalCrossentropy(oneHot, flat)) as tf.Scalar;
}

describe("every builder", () => {
  before(() => use("wasm"));

  for (const [name, specimen] of Object.entries(specimens)) {
    it(`${name}: a seed decides its weights, steps lower the loss, a file holds it`, async () => {
      const { make, x, y, learningRate = 0.003 } = specimen;
      const [model, again] = [make(), make()];
      model.getWeights().forEach((weight, index) => {
        assert.deepEqual(weight.dataSync(), again.getWeights()[index]?.dataSync());
      });
      again.dispose();

      const [inputs, target] = [x(), y()];
      const given = inputs.length === 1 ? (inputs[0] as tf.Tensor) : inputs;
      const found = model.predict(given) as tf.Tensor;
      assert.equal(found.shape[0], 4);
      assert.equal(found.size, lossSize(specimen, target, found));
      assert.ok(found.dataSync().every(Number.isFinite));

      const optimizer = tf.train.adam(learningRate);
      const losses = Array.from({ length: 5 }, () =>
        tf.tidy(() =>
          withRandomSource(random(1), () => {
            const cost = optimizer.minimize(
              () => lossOf(specimen, target, model.apply(given, { training: true }) as tf.Tensor),
              true,
              model.trainableWeights.map((weight) => weight.read() as tf.Variable),
            );
            return (cost as tf.Scalar).dataSync()[0] as number;
          }),
        ),
      );
      assert.ok((losses[4] as number) < (losses[0] as number), `losses ${losses}`);

      const loaded = await tf.models.modelFromJSON(JSON.parse(model.toJSON() as string));
      loaded.setWeights(model.getWeights());
      assert.deepEqual(
        (loaded.predict(given) as tf.Tensor).dataSync(),
        (model.predict(given) as tf.Tensor).dataSync(),
      );
    });
  }
});

/** How many numbers the output has to have for the target. */
function lossSize({ loss }: Specimen, target: tf.Tensor, found: tf.Tensor): number {
  return loss === "squares" || loss === "binary" ? target.size : target.size * (found.shape.at(-1) as number);
}

it("a perceptron with one output says what it is for", () => {
  assert.throws(() => models.mlp({ outputs: 1 }), /needs outputActivation: "sigmoid" for a probability/);
  const model = models.mlp({ inputShape: [2], hidden: [2], outputs: 1, outputActivation: "linear" });
  assert.equal(model.getLayer("output").getConfig().activation, "linear");
  model.dispose();
});
