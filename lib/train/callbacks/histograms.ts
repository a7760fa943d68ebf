// What flows through each layer while it learns: activations, gradients and weights, as fastai's colourful dimension
// shows them: one column an epoch, brighter where more values are.

import * as tf from "@tensorflow/tfjs";
import { requireOneOf } from "../../data/nearest.ts";
import { Figure } from "../../plot/figure.ts";
import { chart } from "../../plot/vega.ts";
import type { FitCallback } from "../callback.ts";

/** What is counted. */
export type Flow = "activations" | "gradients" | "weights";

export interface HistogramsOptions {
  /** What is counted. Defaults to all three. */
  of?: readonly Flow[];
  /** Inputs whose activations are counted, `[n, …]`; they stay the caller's. Without it those of each epoch's last batch. */
  x?: tf.Tensor;
  /** How many bins there are. Defaults to `40`. */
  bins?: number;
  /** Values beyond ± this count at the edge. Defaults to `{ activations: 5, gradients: 0.05, weights: 1 }`. */
  limits?: Partial<Record<Flow, number>>;
}

/** Counts of one tensor after one epoch. */
export interface HistogramRecord {
  epoch: number;
  /** Name of the layer, or of the weight. */
  name: string;
  mean: number;
  standardDeviation: number;
  /** Part of the values that are 0, 0 to 1: after a ReLU those of units that are off. */
  zeros: number;
  /** How many values are in each bin, from −limit to limit. */
  counts: number[];
}

export interface Histograms extends FitCallback {
  /** What was counted, epoch by epoch. */
  readonly records: Readonly<Record<Flow, HistogramRecord[]>>;
  /**
   * One panel for each layer or weight: epochs to the right, values upwards, colour by the logarithm of the count.
   *
   * @param names Layers or weights. Defaults to all.
   */
  figure(flow?: Flow, names?: readonly string[]): Figure;
}

const usualLimits: Record<Flow, number> = { activations: 5, gradients: 0.05, weights: 1 };

/** Count activations, gradients and weights of every layer after each epoch. */
export function histograms(options: HistogramsOptions = {}): Histograms {
  const { of = ["activations", "gradients", "weights"], bins = 40 } = options;
  if (!(Number.isInteger(bins) && bins > 1)) {
    throw new RangeError(`bins is ${bins}; it must be a whole number of at least 2.`);
  }
  for (const flow of of) requireOneOf<string>("of", flow, Object.keys(usualLimits));
  const limits = { ...usualLimits, ...options.limits };
  const records: Record<Flow, HistogramRecord[]> = { activations: [], gradients: [], weights: [] };
  const gradients = new Map<tf.Variable, tf.Variable>();
  let lastInputs: tf.Tensor | undefined;
  const forget = () => {
    tf.dispose([...gradients.values()]);
    gradients.clear();
    lastInputs?.dispose();
    lastInputs = undefined;
  };
  const add = async (flow: Flow, epoch: number, name: string, tensor: tf.Tensor) => {
    records[flow].push({ epoch, name, ...count((await tensor.data()) as Float32Array, limits[flow], bins) });
  };
  return {
    name: "histograms",
    numbers: () => [],
    records,
    figure: (flow = of[0] ?? "weights", names) => draw(flow, records[flow], names, limits[flow], bins),
    onStart({ epoch }) {
      forget();
      if (epoch === 0) for (const list of Object.values(records)) list.length = 0;
    },
    ...(of.includes("activations") && {
      onBatch(batch) {
        lastInputs?.dispose();
        lastInputs = batch.x.clone();
        return batch;
      },
    }),
    ...(of.includes("gradients") && {
      onGradients(given) {
        for (const { variable, gradient } of given) {
          const known = gradients.get(variable);
          if (known) known.assign(gradient);
          else gradients.set(variable, tf.variable(gradient, false));
        }
        return given;
      },
    }),
    async onEpochEnd({ model, epoch }) {
      if (of.includes("weights")) {
        for (const weight of model.weights) await add("weights", epoch, weight.originalName, weight.read());
      }
      const named = new Map(model.weights.map((weight) => [weight.read(), weight.originalName]));
      for (const [variable, gradient] of gradients) {
        await add("gradients", epoch, named.get(variable) ?? variable.name, gradient);
      }
      const x = options.x ?? lastInputs;
      if (!x || !of.includes("activations")) return;
      const outputs = activations(model, x);
      try {
        for (const { name, output } of outputs) await add("activations", epoch, name, output);
      } finally {
        tf.dispose(outputs.map(({ output }) => output));
      }
    },
    onEnd: forget,
    save: () => ({ values: records }),
    restore({ values }) {
      Object.assign(records, values);
    },
  };
}

function activations(model: tf.LayersModel, x: tf.Tensor): { name: string; output: tf.Tensor }[] {
  const layers = model.layers.filter((layer) => layer.getClassName() !== "InputLayer");
  const outputs = layers.map((layer) => [layer.getOutputAt(0)].flat()[0] as tf.SymbolicTensor);
  return tf.tidy(() => {
    const values = [tf.model({ inputs: model.inputs, outputs }).predict(x)].flat() as tf.Tensor[];
    return values.map((output, index) => ({ name: (layers[index] as tf.layers.Layer).name, output }));
  });
}

function count(values: Float32Array, limit: number, bins: number): Omit<HistogramRecord, "epoch" | "name"> {
  const counts = new Array<number>(bins).fill(0);
  let [sum, squares, zeros] = [0, 0, 0];
  for (const value of values) {
    sum += value;
    squares += value * value;
    if (value === 0) zeros++;
    const bin = Math.floor(((value + limit) / (2 * limit)) * bins);
    if (!Number.isNaN(bin)) {
      const inside = Math.min(bins - 1, Math.max(0, bin));
      counts[inside] = (counts[inside] as number) + 1;
    }
  }
  const mean = sum / values.length;
  const standardDeviation = Math.sqrt(Math.max(0, squares / values.length - mean * mean));
  return { counts, mean, standardDeviation, zeros: zeros / values.length };
}

function draw(
  flow: Flow,
  records: readonly HistogramRecord[],
  names: readonly string[] | undefined,
  limit: number,
  bins: number,
): Figure {
  const known = [...new Set(records.map(({ name }) => name))];
  const missing = names?.find((name) => !known.includes(name));
  if (missing !== undefined || known.length === 0) {
    const found = known.length === 0 ? "none: run fit with this callback first" : known.join(", ");
    throw new RangeError(`There are no ${flow} of ${missing ?? "any layer"}; there are those of ${found}.`);
  }
  const width = (2 * limit) / bins;
  const panel = (name: string) => ({
    title: name,
    width: 200,
    height: 120,
    data: {
      values: records
        .filter((record) => record.name === name)
        .flatMap(({ epoch, counts }) =>
          counts.map((number, bin) => ({
            ...{ epoch: epoch - 0.5, next: epoch + 0.5 },
            ...{ low: -limit + bin * width, high: -limit + (bin + 1) * width },
            count: Math.log1p(number),
          })),
        ),
    },
    mark: { type: "rect", stroke: null },
    encoding: {
      x: {
        field: "epoch",
        type: "quantitative",
        title: "epoch",
        axis: { tickMinStep: 1 },
        scale: { zero: false, nice: false },
      },
      x2: { field: "next" },
      y: {
        field: "low",
        type: "quantitative",
        title: "value",
        scale: { domain: [-limit, limit], nice: false },
      },
      y2: { field: "high" },
      color: { field: "count", type: "quantitative", title: "log(1 + count)", scale: { scheme: "viridis" } },
    },
  });
  const shown = names ?? known;
  const title = `Distribution of ${flow}`;
  const spec = chart({ title, subtitle: "brighter: more values" }, { columns: 3, concat: shown.map(panel) });
  return new Figure({
    vegaLite: spec,
    text: `${title} over ${records.at(-1)?.epoch} epochs: ${shown.join(", ")}`,
  });
}
