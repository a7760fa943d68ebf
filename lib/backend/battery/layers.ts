// What networks are built of: convolutions, pooling, normalisation, resizing, losses.
import * as tf from "@tensorflow/tfjs";
import { between, type Case, check, floats, given } from "./case.ts";

const image = floats([2, 7, 6, 3]);

const convolutions: [string, number | [number, number], "same" | "valid" | number, number][] = [
  ["valid", 1, "valid", 3],
  ["same", 1, "same", 3],
  ["same, even filter", 1, "same", 2],
  ["valid, stride 2", 2, "valid", 3],
  ["same, stride 2", 2, "same", 3],
  ["same, stride 3 × 2", [3, 2], "same", 3],
  ["pad 1", 1, 1, 3],
  ["pad 2, stride 2", 2, 2, 3],
  ["1 × 1", 1, "valid", 1],
  ["5 × 5, same", 1, "same", 5],
];

const activations = ["linear", "relu", "relu6", "elu", "sigmoid"] as const;

export const layers: Case[] = [
  ...convolutions.map(([name, strides, pad, size]) =>
    check(`conv2d, ${name}`, [image, floats([size, size, 3, 4], 2)], (x, f) => tf.conv2d(x, f, strides, pad)),
  ),
  // Filters shorter than the stride along one axis.
  check("conv2d, 1 × 3, same, stride 2", [image, floats([1, 3, 3, 4], 2)], (x, f) =>
    tf.conv2d(x, f, 2, "same"),
  ),
  check("depthwiseConv2d, 3 × 1, same, stride 2", [image, floats([3, 1, 3, 2], 2)], (x, f) =>
    tf.depthwiseConv2d(x, f, 2, "same"),
  ),
  check(
    "fused.conv2d, 2 × 1, same, stride 2",
    [image, floats([2, 1, 3, 4], 2), floats([4], 3)],
    (x, filter, bias) => tf.fused.conv2d({ x, filter, strides: 2, pad: "same", bias, activation: "relu" }),
  ),
  check("conv2d, dilation 2", [image, floats([3, 3, 3, 4], 2)], (x, f) =>
    tf.conv2d(x, f, 1, "same", "NHWC", 2),
  ),
  check("conv2d, pads of each side", [image, floats([3, 3, 3, 4], 2)], (x, f) =>
    tf.conv2d(x, f, 1, [
      [0, 0],
      [1, 2],
      [0, 1],
      [0, 0],
    ]),
  ),
  ...activations.map((activation) =>
    check(
      `fused.conv2d, ${activation}`,
      [image, floats([3, 3, 3, 4], 2), floats([4], 3)],
      (x, filter, bias) => tf.fused.conv2d({ x, filter, strides: 1, pad: "same", bias, activation }),
      { gradient: activation === "linear" || activation === "relu" },
    ),
  ),
  ...convolutions
    .map(([name, strides, pad, size]) =>
      check(
        `depthwiseConv2d, ${name}`,
        [image, floats([size, size, 3, 2], 2)],
        (x, f) => tf.depthwiseConv2d(x, f, strides, pad),
        // TensorFlow's own kernel wants equal strides.
        { gradient: !Array.isArray(strides) },
      ),
    )
    .filter(({ name }) => !name.includes("×") || name.includes("1 × 1") || name.includes("5 × 5")),
  check("depthwiseConv2d, one multiple", [image, floats([3, 3, 3, 1], 2)], (x, f) =>
    tf.depthwiseConv2d(x, f, 2, "same"),
  ),
  check("depthwiseConv2d, dilation 2", [image, floats([3, 3, 3, 2], 2)], (x, f) =>
    tf.depthwiseConv2d(x, f, 1, "same", "NHWC", 2),
  ),
  check("separableConv2d", [image, floats([3, 3, 3, 2], 2), floats([1, 1, 6, 4], 3)], (x, d, p) =>
    tf.separableConv2d(x, d, p, 1, "same"),
  ),
  check("conv2dTranspose, stride 2", [floats([2, 3, 3, 4]), floats([3, 3, 2, 4], 2)], (x, f) =>
    tf.conv2dTranspose(x, f, [2, 6, 6, 2], 2, "same"),
  ),
  check("conv2dTranspose, valid", [floats([2, 3, 3, 4]), floats([2, 2, 2, 4], 2)], (x, f) =>
    tf.conv2dTranspose(x, f, [2, 4, 4, 2], 1, "valid"),
  ),
  check("conv1d", [floats([2, 9, 3]), floats([3, 3, 4], 2)], (x, f) => tf.conv1d(x, f, 2, "same")),
  check("conv1d, causal by hand", [floats([2, 9, 3]), floats([3, 3, 4], 2)], (x, f) => {
    const padded = tf.pad(x, [
      [0, 0],
      [2, 0],
      [0, 0],
    ]);
    return tf.conv1d(padded as tf.Tensor3D, f, 1, "valid");
  }),
  check("conv3d", [floats([1, 4, 4, 4, 2]), floats([2, 2, 2, 2, 3], 2)], (x, f) =>
    tf.conv3d(x, f, 1, "same"),
  ),
  check("conv3d, stride 2", [floats([1, 4, 4, 4, 2]), floats([2, 2, 2, 2, 3], 2)], (x, f) =>
    tf.conv3d(x, f, 2, "valid"),
  ),

  ...(["valid", "same"] as const).flatMap((pad) =>
    [
      [2, 2],
      [3, 2],
      [3, 1],
    ].flatMap(([size, stride]) => [
      check(`maxPool ${size}, stride ${stride}, ${pad}`, [image], (x) => tf.maxPool(x, size, stride, pad)),
      check(`avgPool ${size}, stride ${stride}, ${pad}`, [image], (x) => tf.avgPool(x, size, stride, pad)),
    ]),
  ),
  check("maxPool3d", [floats([1, 4, 4, 4, 2])], (x) => tf.maxPool3d(x, 2, 2, "valid")),
  check("avgPool3d", [floats([1, 4, 4, 4, 2])], (x) => tf.avgPool3d(x, 2, 2, "valid")),
  check(
    "maxPoolWithArgmax",
    [floats([1, 4, 4, 2])],
    (x) => Object.values(tf.maxPoolWithArgmax(x, 2, 2, "valid")),
    {
      gradient: false,
    },
  ),
  check("pool with dilation", [image], (x) => tf.pool(x, 2, "max", "valid", 2, 1), { gradient: false }),
  check("dilation2d", [floats([1, 5, 5, 2]), floats([2, 2, 2], 2)], (x, f) =>
    tf.dilation2d(x, f, 1, "valid"),
  ),

  check(
    "batchNorm",
    [image, floats([3], 2), between(0.5, 2, [3], 3), floats([3], 4), floats([3], 5)],
    (x, mean, variance, offset, scale) => tf.batchNorm(x, mean, variance, offset, scale, 1e-3),
  ),
  check(
    "batchNorm of a matrix",
    [floats([4, 3]), floats([3], 2), between(0.5, 2, [3], 3), floats([3], 4), floats([3], 5)],
    (x, mean, variance, offset, scale) => tf.batchNorm(x, mean, variance, offset, scale),
  ),
  check(
    "batchNorm without offset and scale",
    [image, floats([3], 2), between(0.5, 2, [3], 3)],
    (x, mean, variance) => tf.batchNorm(x, mean, variance),
    { gradient: false },
  ),
  check("localResponseNormalization", [image], (x) => tf.localResponseNormalization(x, 1, 1, 0.5, 0.75)),

  ...[true, false].flatMap((alignCorners) => [
    check(`resizeBilinear, larger${alignCorners ? ", corners aligned" : ""}`, [image], (x) =>
      tf.image.resizeBilinear(x, [11, 9], alignCorners),
    ),
    check(`resizeBilinear, smaller${alignCorners ? ", corners aligned" : ""}`, [image], (x) =>
      tf.image.resizeBilinear(x, [3, 4], alignCorners),
    ),
    check(`resizeNearestNeighbor${alignCorners ? ", corners aligned" : ""}`, [image], (x) =>
      tf.image.resizeNearestNeighbor(x, [14, 12], alignCorners),
    ),
  ]),
  check(
    "resizeBilinear, half pixel centers",
    [image],
    (x) => tf.image.resizeBilinear(x, [11, 9], false, true),
    { gradient: false },
  ),
  ...(["constant", "reflect", "wrap", "nearest"] as const).flatMap((fillMode) =>
    (["bilinear", "nearest"] as const).map((interpolation) =>
      check(
        `transform, ${interpolation}, ${fillMode}`,
        [
          image,
          given(
            [0.8, -0.6, 2.23, 0.6, 0.8, -1.47, 0, 0, 1.1, 0.2, -2.13, 0.03, 0.7, 1.21, 0.01, 0.02],
            [2, 8],
          ),
        ],
        (x, maps) => tf.image.transform(x, maps, interpolation, fillMode, 0.5),
        { gradient: false },
      ),
    ),
  ),
  check(
    "transform to another size",
    [image, given([2, 0, 0, 0, 2, 0, 0, 0], [1, 8])],
    (x, maps) => tf.image.transform(x, maps, "bilinear", "constant", 0, [4, 5]),
    { gradient: false },
  ),
  check(
    "cropAndResize",
    [image, given([0, 0, 0.5, 0.5, 0.1, 0.2, 0.9, 0.8], [2, 4]), given([0, 1], [2], "int32")],
    (x, boxes, index) => tf.image.cropAndResize(x, boxes, index, [3, 3]),
    { gradient: false },
  ),
  check(
    "nonMaxSuppression",
    [given([0, 0, 1, 1, 0, 0.1, 1, 1.1, 2, 2, 3, 3], [3, 4]), given([0.8, 0.9, 0.5])],
    (boxes, scores) => tf.image.nonMaxSuppression(boxes, scores, 3, 0.5),
    { gradient: false },
  ),
  check(
    "nonMaxSuppressionWithScore",
    [given([0, 0, 1, 1, 0, 0.1, 1, 1.1, 2, 2, 3, 3], [3, 4]), given([0.8, 0.9, 0.5])],
    (boxes, scores) => {
      const result = tf.image.nonMaxSuppressionWithScore(boxes, scores, 3, 0.5, 0, 0);
      return [result.selectedIndices, result.selectedScores];
    },
    { gradient: false },
  ),
  check("flipLeftRight", [image], (x) => tf.image.flipLeftRight(x), { gradient: false }),
  check("rotateWithOffset", [image], (x) => tf.image.rotateWithOffset(x, 0.5, 0, 0.5), { gradient: false }),
  check("transform", [image], (x) => tf.image.transform(x, tf.tensor2d([[1, 0, 1, 0, 1, 1, 0, 0]])), {
    gradient: false,
  }),

  check("loss, meanSquaredError", [floats([3, 4]), floats([3, 4], 2)], (a, b) =>
    tf.losses.meanSquaredError(a, b),
  ),
  check("loss, absoluteDifference", [floats([3, 4]), floats([3, 4], 2)], (a, b) =>
    tf.losses.absoluteDifference(a, b),
  ),
  check("loss, huber", [floats([3, 4]), floats([3, 4], 2)], (a, b) => tf.losses.huberLoss(a, b)),
  check("loss, log", [given([0, 1, 1, 0]), between(0.1, 0.9, [4])], (a, b) => tf.losses.logLoss(a, b), {
    gradient: false,
  }),
  check("loss, sigmoid cross-entropy", [given([0, 1, 1, 0]), floats([4])], (a, b) =>
    tf.losses.sigmoidCrossEntropy(a, b),
  ),
  check(
    "loss, softmax cross-entropy",
    [given([1, 0, 0, 0, 1, 0], [2, 3]), floats([2, 3])],
    (labels, logits) => tf.losses.softmaxCrossEntropy(labels, logits),
  ),
  check("loss, cosine distance", [floats([3, 4]), floats([3, 4], 2)], (a, b) =>
    tf.losses.cosineDistance(a, b, 1),
  ),
  check("loss, hinge", [given([0, 1, 1, 0]), floats([4])], (a, b) => tf.losses.hingeLoss(a, b), {
    gradient: false,
  }),

  check(
    "basicLSTMCell",
    [floats([2, 3]), floats([2, 4], 2), floats([2, 4], 3), floats([7, 16], 4), floats([16], 5)],
    (x, c, h, kernel, bias) => tf.basicLSTMCell(tf.scalar(1), kernel, bias, x, c, h),
  ),
];
