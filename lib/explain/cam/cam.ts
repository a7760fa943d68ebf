// Class activation maps: where in a layer's maps the evidence for a class lies.

import * as tf from "@tensorflow/tfjs";
import { didYouMean } from "../../data/nearest.ts";
import { inBatches } from "../batches.ts";
import { stripSoftmax } from "../graph/canonizers.ts";
import type { Graph, Operation } from "../graph/graph.ts";
import { checkFinite, from, layerValue, logitsOf, type Network, network, run } from "../network.ts";
import { recorded } from "../recorded.ts";
import { checkScores, scoreOf, type Target, type TargetTensor, targetTensor } from "../target.ts";
import { chooseTarget } from "./classes.ts";
import { fullGradient } from "./full-gradient.ts";
import { gradientMethods, weightedSum } from "./methods.ts";

export type CamMethod = keyof typeof gradientMethods | "cam" | "scorecam" | "ablationcam" | "fullgrad";

export interface CamOptions {
  /** Defaults to `"gradcam"`. `"cam"` needs global average pooling followed by one dense layer. */
  method?: CamMethod;
  /** Layer whose maps are weighted. Defaults to `"auto"`: the last with maps, after its activation. */
  layer?: string;
  /** What is explained of each example. Defaults to `"argmax"`. */
  target?: Target;
  /** Several classes for each example instead of a target: their numbers, or those with the largest logits. */
  classes?: readonly number[] | { top: number };
  /** Which of a model's outputs is explained. Defaults to `0`. */
  output?: number;
  /** Examples run at a time by the methods that run many. Defaults to `32`. */
  batchSize?: number;
  signal?: AbortSignal;
}

/** Maps of each example after the other, and for each those of its classes. The tensors are the caller's. */
export interface CamResult {
  /** `[maps, h, w]` in the size of the layer, in the unit of the score (`scorecam`, `fullgrad`: none). */
  raw: tf.Tensor3D;
  /** `[maps, height, width]` in the size of the input: evidence for the class only, scaled to [0, 1]. */
  map: tf.Tensor3D;
  /** Class of each map; undefined for a target that is a function. */
  classes: number[] | undefined;
  /** Score (logit) that each map explains. */
  scores: number[];
  /** The layer whose maps were weighted. */
  layer: string;
  dispose(): void;
}

/**
 * Class activation maps of images.
 *
 * @param x Images, `[n, height, width, channels]`.
 * @throws RangeError if the model has no such layer or class, the layer has no maps, or the method can't be used on it.
 */
export async function cam(model: tf.LayersModel, x: tf.Tensor, options: CamOptions = {}): Promise<CamResult> {
  const { method = "gradcam", batchSize = 32, signal } = options;
  if (!(method in gradientMethods) && !(method in otherMethods)) {
    const methods = [...Object.keys(gradientMethods), ...Object.keys(otherMethods)];
    throw new RangeError(
      `There is no CAM method "${method}"; choose one of ${methods.join(", ")}.${didYouMean(method, methods)}`,
    );
  }
  const { layer: chosen = "auto", output, classes } = options;
  await checkFinite(x);
  const settings = { by: cam, layer: chosen, output, classes, method };
  const prepared = tf.tidy(() => recorded(model, settings, prepare, x));
  const { images, activations, layer } = prepared;
  try {
    const logits = (await prepared.logits.array()) as number[][];
    const { target, ...explained } = chooseTarget(logits, options, prepared.logits.rank);
    const job: Job = { model, images, activations, layer, target, options, batchSize, signal };
    // First, as TensorFlow.js leaks when a function throws that is being differentiated.
    const ofExamples = tf.tidy(() => scoreOf(target, prepared.logits)(prepared.logits));
    const scores = Array.from(await ofExamples.data());
    ofExamples.dispose();
    checkScores(scores);
    const { raw, map } =
      method in gradientMethods
        ? tf.tidy(() => withGradient(job, gradientMethods[method as keyof typeof gradientMethods]))
        : await otherMethods[method as keyof typeof otherMethods](job).then((raw) => ({
            raw,
            map: tf.tidy(() => toImageSize(raw, sizeOf(images))),
          }));
    return { raw, map, ...explained, scores, layer, dispose: () => tf.dispose([raw, map]) };
  } finally {
    tf.dispose([images, activations, prepared.logits]);
  }
}

function sizeOf({ shape }: tf.Tensor4D): [number, number] {
  return [shape[1], shape[2]];
}

/** One call's work: images, once for each class, and what the layer makes of them. */
interface Job {
  model: tf.LayersModel;
  images: tf.Tensor4D;
  activations: tf.Tensor4D;
  layer: string;
  target: Target;
  options: CamOptions;
  batchSize: number;
  signal: AbortSignal | undefined;
}

// Maps are of the layers as they are, so batch normalisation is not merged.
function netOf(model: tf.LayersModel, x: tf.Tensor, output?: number): Network {
  return network(model, x, { output, canonizers: [stripSoftmax] });
}

function prepare(
  model: tf.LayersModel,
  { layer, classes, output, method }: Pick<CamOptions, "classes" | "output" | "method"> & { layer: string },
  x: tf.Tensor,
) {
  const net = netOf(model, x, output);
  const values = run(net);
  const name =
    method === "cam" ? (pooledHead(net).layer ?? layer) : layer === "auto" ? lastMaps(net.graph) : layer;
  const activations = values.get(
    method === "cam" ? pooledHead(net).value : layerValue(net, name),
  ) as tf.Tensor;
  if (activations.rank !== 4) {
    throw new RangeError(
      `The layer "${name}" gives [${activations.shape}]; class activation maps need [n, height, width, channels].`,
    );
  }
  const times = classes === undefined ? 1 : "top" in classes ? classes.top : classes.length;
  const repeat = (tensor: tf.Tensor) => tf.clone(times === 1 ? tensor : repeated(tensor, times));
  return {
    images: repeat(x) as tf.Tensor4D,
    activations: repeat(activations) as tf.Tensor4D,
    logits: repeat(logitsOf(net, values)),
    layer: name,
  };
}

/** Each example several times in a row. */
function repeated(tensor: tf.Tensor, times: number): tf.Tensor {
  const indices = Array.from({ length: (tensor.shape[0] as number) * times }, (_, i) =>
    Math.floor(i / times),
  );
  return tf.gather(tensor, tf.tensor1d(indices, "int32"));
}

/** The last layer with maps: that of the last operation that has places to tell apart. */
function lastMaps({ operations, values }: Graph): string {
  const kinds: Operation["kind"][] = ["convolution", "activation", "batchNormalization", "add"];
  const found = operations.findLast(({ kind, output }) => {
    const [, height, width, channels] = values[output]?.shape ?? [];
    return kinds.includes(kind) && channels !== undefined && height !== 1 && width !== 1;
  });
  if (found) return found.layer;
  throw new RangeError("The model has no layer with maps [n, height, width, channels]; CAM is for such.");
}

type GradientMethod = (typeof gradientMethods)[keyof typeof gradientMethods];

function withGradient({ model, images, activations, layer, target, options }: Job, method: GradientMethod) {
  const { output } = options;
  const settings = { by: method, layer, output };
  const classes = targetTensor(target, model, { examples: images.shape[0], output });
  if (typeof classes === "function") return byGradient(model, settings, images, activations, classes);
  return recorded(model, settings, byGradient, images, activations, classes);
}

function byGradient(
  model: tf.LayersModel,
  { by: method, layer, output }: { by: GradientMethod; layer: string; output: number | undefined },
  images: tf.Tensor4D,
  activations: tf.Tensor4D,
  target: TargetTensor,
): { raw: tf.Tensor3D; map: tf.Tensor3D } {
  const net = netOf(model, images, output);
  const value = layerValue(net, layer);
  const score = (maps: tf.Tensor) => {
    const logits = from(net, value, maps);
    return tf.sum(scoreOf(target, logits)(logits));
  };
  const raw = method(activations, tf.grad(score)(activations) as tf.Tensor4D);
  return { raw, map: toImageSize(raw, sizeOf(images)) };
}

const otherMethods = {
  /** Zhou et al. 2016: the maps before global average pooling, weighted as the class weights their means. */
  async cam({ model, images, activations, target, options }: Job): Promise<tf.Tensor3D> {
    return tf.tidy(() => {
      const net = netOf(model, images, options.output);
      const { kernel } = pooledHead(net);
      const logits = logitsOf(net, run(net));
      const ofLogits = tf.grad((values) => tf.sum(scoreOf(target, logits)(values)))(logits);
      const weights = tf.matMul(ofLogits as tf.Tensor2D, kernel, false, true);
      return weightedSum(activations, tf.reshape(weights, [weights.shape[0], 1, 1, -1]));
    });
  },

  /** Wang et al. 2020: channels by the score of the image seen through them, in a softmax. */
  async scorecam(job: Job): Promise<tf.Tensor3D> {
    const { images, activations } = job;
    const [, height, width] = images.shape;
    const masks = tf.tidy(() => {
      const large = tf.image.resizeBilinear(activations, [height, width], true);
      const low = tf.min(large, [1, 2], true);
      const scaled = tf.div(tf.sub(large, low), tf.add(tf.sub(tf.max(large, [1, 2], true), low), 1e-8));
      return tf.reshape(tf.transpose(scaled, [0, 3, 1, 2]), [-1, height, width, 1]);
    });
    try {
      const scores = await scoresOfChannels(job, (net, { start, examples }) => {
        const mask = tf.slice(masks, start, examples.shape[0]);
        return logitsOf(net, run({ ...net, inputs: [tf.mul(tf.gather(images, examples), mask)] }));
      });
      return tf.tidy(() => {
        const weights = tf.softmax(tf.tensor2d(scores));
        return weightedSum(activations, tf.expandDims(tf.expandDims(weights, 1), 1));
      });
    } finally {
      masks.dispose();
    }
  },

  /** Desai and Ramaswamy 2020: channels by the share of the score that is gone without them. */
  async ablationcam(job: Job): Promise<tf.Tensor3D> {
    const { activations, images, layer, model, options, target } = job;
    const all = tf.range(0, activations.shape[3], 1, "int32");
    const without = await scoresOfChannels(job, (net, { examples, channels }) => {
      const others = tf.cast(tf.notEqual(tf.expandDims(channels, -1), all), "float32");
      const maps = tf.mul(tf.gather(activations, examples), tf.expandDims(tf.expandDims(others, 1), 1));
      return from({ ...net, inputs: [tf.gather(images, examples)] }, layerValue(net, layer), maps);
    }).finally(() => all.dispose());
    return tf.tidy(() => {
      const net = netOf(model, images, options.output);
      const logits = logitsOf(net, run(net));
      const whole = tf.expandDims(scoreOf(target, logits)(logits), 1);
      const weights = tf.div(tf.sub(whole, tf.tensor2d(without)), whole);
      return weightedSum(activations, tf.expandDims(tf.expandDims(weights, 1), 1));
    });
  },

  /** Srinivas and Fleuret 2019: see full-gradient.ts; it needs no layer. */
  async fullgrad({ model, images, target, options }: Job): Promise<tf.Tensor3D> {
    return tf.tidy(() => fullGradient(network(model, images, { output: options.output }), target));
  },
};

/** Runs with one channel of one example each, in order; the first has the number `start`. */
interface ChannelRuns {
  start: number;
  examples: tf.Tensor1D;
  channels: tf.Tensor1D;
}

/** Score of each example with something done for each channel, `[examples][channels]`. */
async function scoresOfChannels(
  { model, images, activations, target, options, batchSize, signal }: Job,
  logits: (net: Network, runs: ChannelRuns) => tf.Tensor,
): Promise<number[][]> {
  const [count, , , channels] = activations.shape;
  const scores = await inBatches(count * channels, batchSize, signal, (start, end) =>
    tf.tidy(() => {
      const numbers = Array.from({ length: end - start }, (_, i) => start + i);
      const examples = numbers.map((number) => Math.floor(number / channels));
      const output = logits(netOf(model, images, options.output), {
        start,
        examples: tf.tensor1d(examples, "int32"),
        channels: tf.tensor1d(
          numbers.map((number) => number % channels),
          "int32",
        ),
      });
      return Array.from(scoreOf(targetOf(target, examples), output)(output).dataSync());
    }),
  );
  const all = scores.flat();
  return Array.from({ length: count }, (_, i) => all.slice(i * channels, (i + 1) * channels));
}

/** The target of chosen examples; classes found by "argmax" were fixed before. */
function targetOf(target: Target, examples: number[]): Target {
  return Array.isArray(target) ? examples.map((example) => target[example] as number) : target;
}

/** Global average pooling and the dense layer that makes the logits of it. */
function pooledHead({ graph, output }: Network): { value: number; layer?: string; kernel: tf.Tensor2D } {
  const head = graph.operations.find((operation) => operation.output === output);
  const pooling = graph.operations.find((operation) => operation.output === head?.inputs[0]);
  if (head?.kind !== "dense" || !head.linear || !pooling?.tags.includes("GlobalAveragePooling2D")) {
    throw new RangeError(
      'The method "cam" needs global average pooling and one dense layer at the end; use "gradcam" for this model.',
    );
  }
  const value = pooling.inputs[0] as number;
  const source = graph.operations.find((operation) => operation.output === value);
  return { value, layer: source?.layer, kernel: head.linear.kernel as tf.Tensor2D };
}

/** Positive parts, scaled to [0, 1], enlarged, and scaled once more, as enlarging takes off the tips. */
function toImageSize(raw: tf.Tensor3D, size: [number, number]): tf.Tensor3D {
  const maps = tf.expandDims(scaled(tf.relu(raw)), -1) as tf.Tensor4D;
  return scaled(tf.squeeze(tf.image.resizeBilinear(maps, size, false, true), [3]));
}

function scaled(maps: tf.Tensor3D): tf.Tensor3D {
  const low = tf.min(maps, [1, 2], true);
  return tf.div(tf.sub(maps, low), tf.add(tf.sub(tf.max(maps, [1, 2], true), low), 1e-7));
}
