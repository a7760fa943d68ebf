// Activation maximisation: images that a channel, a neuron or a class reacts to most, found by gradient ascent from
// noise (Erhan et al. 2009; parameters and transforms as by Olah et al. 2017, "Feature visualization").

import * as tf from "@tensorflow/tfjs";
import { type RandomSource, random } from "../../data/random.ts";
import { displayTarget } from "../../plot/display.ts";
import type { Figure } from "../../plot/figure.ts";
import { images } from "../../plot/images.ts";
import { stripSoftmax } from "../graph/canonizers.ts";
import { evaluate } from "../graph/graph.ts";
import { layerValue, type Network, network } from "../network.ts";
import type { Objective } from "./objectives.ts";
import { makeParameters, type ParameterName, type Parameters, toColours } from "./parameters.ts";
import { defaultTransforms, type Transform } from "./transforms.ts";

export interface MaximizeOptions {
  /** Height and width of the image. Defaults to those of the model's input. */
  size?: readonly [height: number, width: number];
  /** What is optimised: pixels, waves, or a pyramid of images. Defaults to `"fourier"`. */
  parameters?: ParameterName;
  /** Let colours move together as in photographs. Defaults to `true`. */
  decorrelate?: boolean;
  /** Random changes before each step. Defaults to padding, jitter, scaling and turning by a few pixels; `[]` for none. */
  transforms?: readonly Transform[];
  /** Steps of gradient ascent (Adam). Defaults to `256`. */
  steps?: number;
  /** Defaults to `0.05`. */
  learningRate?: number;
  /** Smallest and largest input that the model takes. Defaults to 0 and 1. */
  range?: readonly [low: number, high: number];
  /** Seed of the first image and the transforms. Defaults to `0`. */
  seed?: number;
  /** Show how the images grow. Defaults to `true`. */
  progress?: boolean;
  /** Called after each step with the value of each objective. */
  onStep?: (step: number, values: number[]) => void;
  signal?: AbortSignal;
}

/** Ideal images. The tensor is the caller's. */
export interface MaximizeResult {
  /** `[objectives, height, width, channels]`, from 0 to 1. */
  image: tf.Tensor4D;
  /** Value of each objective for its image as it is, without transforms. */
  values: number[];
  /** Value of each objective at each step, `[steps][objectives]`, seen through the transforms. */
  trace: number[][];
  figure: Figure;
  dispose(): void;
}

/**
 * Make an image for each objective, all in one batch.
 *
 * @throws RangeError if the model takes no images, an objective names a layer or channel that is not there, or there
 *   is nothing to do. The signal's reason once it is aborted.
 */
export async function maximize(
  model: tf.LayersModel,
  objective: Objective | readonly Objective[],
  options: MaximizeOptions = {},
): Promise<MaximizeResult> {
  const objectives = [objective].flat() as Objective[];
  const { steps = 256, learningRate = 0.05, progress = true, seed = 0, onStep } = options;
  if (objectives.length === 0 || !(Number.isInteger(steps) && steps >= 1)) {
    throw new RangeError(
      `There are ${objectives.length} objectives and ${steps} steps; at least 1 of each is needed.`,
    );
  }
  const studio = new Studio(model, objectives, options, random(seed));
  const stop = options.signal ?? displayTarget().interruptSignal();
  const optimizer = tf.train.adam(learningRate);
  const trace: number[][] = [];
  const show = progress
    ? displayTarget().show({ "text/plain": `Ideal images: ${steps} steps …` })
    : undefined;
  let shownAt = performance.now();
  try {
    // First without a gradient, as TensorFlow.js leaks when a function throws that is being differentiated.
    studio.look().image.dispose();
    for (let step = 1; step <= steps; step++) {
      stop?.throwIfAborted();
      const values = studio.step(optimizer);
      trace.push(values);
      onStep?.(step, values);
      if (step % 4 === 0) await new Promise((resolve) => setImmediate(resolve));
      if (show && performance.now() - shownAt > 500) {
        const { image } = studio.look();
        const figure = draw(image, objectives, values, `Step ${step} of ${steps}`);
        image.dispose();
        show.update(await figure.toMime(), { transient: true });
        shownAt = performance.now();
      }
    }
    const { image, values } = studio.look();
    const figure = draw(image, objectives, values, "Ideal images");
    show?.update(await figure.toMime());
    return { image, values, trace, figure, dispose: () => image.dispose() };
  } finally {
    optimizer.dispose();
    studio.dispose();
  }
}

/** The images in the making, and the network that looks at them. */
class Studio {
  readonly #model: tf.LayersModel;
  readonly #objectives: readonly Objective[];
  readonly #options: MaximizeOptions;
  readonly #parameters: Parameters;
  readonly #transforms: readonly Transform[];
  readonly #source: RandomSource;
  /** Size of the model's input, which transformed images are brought to. */
  readonly #inputSize: [number | null, number | null];

  constructor(
    model: tf.LayersModel,
    objectives: readonly Objective[],
    options: MaximizeOptions,
    source: RandomSource,
  ) {
    const [, height, width, channels] = model.inputs[0]?.shape ?? [];
    const [rows, columns] = options.size ?? [height, width];
    if (model.inputs.length !== 1 || !rows || !columns || (channels !== 1 && channels !== 3)) {
      throw new RangeError(
        `Ideal images need a model of one input [n, height, width, 1 or 3] and a size; this one takes ` +
          `${model.inputs.map(({ shape }) => `[${shape.map((one) => one ?? "any")}]`).join(" and ")}.`,
      );
    }
    this.#model = model;
    this.#objectives = objectives;
    this.#options = options;
    this.#source = source;
    this.#inputSize = [height ?? null, width ?? null];
    this.#transforms = options.transforms ?? defaultTransforms(Math.min(rows, columns));
    const shape: [number, number, number, number] = [objectives.length, rows, columns, channels];
    this.#parameters = makeParameters(options.parameters ?? "fourier", shape, source);
  }

  /** One step upwards; the value of each objective before it. */
  step(optimizer: tf.Optimizer): number[] {
    const values: tf.Tensor1D[] = [];
    const { value, grads } = tf.variableGrads(() => {
      let image = this.#image();
      for (const transform of this.#transforms) image = transform(image, this.#source);
      const found = this.#values(image);
      values.push(tf.keep(tf.clone(found)) as tf.Tensor1D);
      return tf.neg(tf.sum(found)) as tf.Scalar;
    }, this.#parameters.variables);
    optimizer.applyGradients(grads);
    const numbers = [...(values[0] as tf.Tensor1D).dataSync()];
    tf.dispose([value, grads, values]);
    return numbers;
  }

  /** The images as they are. */
  look(): { image: tf.Tensor4D; values: number[] } {
    const { image, values } = tf.tidy(() => {
      const image = this.#image();
      return { image: tf.clone(image), values: this.#values(image) };
    });
    const numbers = [...values.dataSync()];
    values.dispose();
    return { image, values: numbers };
  }

  dispose(): void {
    this.#parameters.dispose();
  }

  #image(): tf.Tensor4D {
    return toColours(this.#parameters.image(), this.#options.decorrelate ?? true);
  }

  /** Each image's value by its own objective. */
  #values(image: tf.Tensor4D): tf.Tensor1D {
    const [low, high] = this.#options.range ?? [0, 1];
    const [height, width] = [this.#inputSize[0] ?? image.shape[1], this.#inputSize[1] ?? image.shape[2]];
    const fits = image.shape[1] === height && image.shape[2] === width;
    const resized = fits ? image : tf.image.resizeBilinear(image, [height, width], false, true);
    const x = tf.add(tf.mul(resized, high - low), low);
    const seen = see(network(this.#model, x, { canonizers: [stripSoftmax] }), this.#objectives, x);
    return tf.stack(
      this.#objectives.map((objective, index) => {
        const value = objective.value(seen);
        return tf.reshape(tf.slice(value, index, 1), []);
      }),
    ) as tf.Tensor1D;
  }
}

function see(net: Network, objectives: readonly Objective[], image: tf.Tensor) {
  const layers = new Map(
    objectives.flatMap((objective) => objective.layers).map((name) => [name, layerValue(net, name)]),
  );
  const feeds = new Map([[net.graph.inputs[0] as number, net.inputs[0] as tf.Tensor]]);
  const values = evaluate(net.graph, feeds, [...layers.values(), net.output]);
  return {
    image,
    logits: values.get(net.output) as tf.Tensor,
    layer: (name: string) => values.get(layers.get(name) as number) as tf.Tensor,
  };
}

function draw(
  image: tf.Tensor4D,
  objectives: readonly Objective[],
  values: readonly number[],
  title: string,
): Figure {
  const captions = objectives.map(
    ({ name }, index) => `${name} = ${(values[index] as number).toPrecision(3)}`,
  );
  return images(image, { title, captions, text: `${title}: ${captions.join(", ")}` });
}
