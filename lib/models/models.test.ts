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
  YOLO: { source: "x", make: () => models.yolo({ backbone: "full" }), all: 271_703_550 },
  pointnet: { source: "x", make: () => models.pointnet(), all: 1 },
  fcn: { source: "x", make: () => models.fcn({ classes: 21 }), all: 1 },
  resnet20: { source: "x", make: () => models.resnet({ depth: 20 }), trainable: 1 },
};

// What the documentation says of the defaults, calculated by hand in the comments.
const documented: Record<string, [make: () => tf.LayersModel, parameters: number]> = {
  perceptron: [() => models.perceptron(), 3],
  smallCnn: [() => models.smallCnn(), 1],
  autoencoder: [() => models.autoencoder(), 1],
  convolutionalAutoencoder: [() => models.convolutionalAutoencoder(), 1],
  siamese: [() => models.siamese().model, 1],
  sequenceClassifier: [() => models.sequenceClassifier(), 1],
  recurrentLanguageModel: [() => models.recurrentLanguageModel(), 1],
  sequenceToSequence: [() => models.sequenceToSequence(), 1],
  transformerClassifier: [() => models.transformerClassifier(), 1],
  transformer: [() => models.transformer(), 1],
  gpt: [() => models.gpt(), 1],
  vit: [() => models.vit(), 1],
  mixer: [() => models.mixer(), 1],
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
