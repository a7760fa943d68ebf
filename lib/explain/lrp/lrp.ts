// Layer-wise relevance propagation: the explained logit is handed back through the network, operation by
// operation, and a ledger says where all of it went.
//
// Patent notice: layer-wise relevance propagation is covered by patents, among them US 12 061 966 B2 and
// EP 3 271 863 B1. Research and teaching may be free to use it; for commercial use, ask the holders first.

import * as tf from "@tensorflow/tfjs";
import { didYouMean } from "../../data/nearest.ts";
import { backward, type Operation } from "../graph/graph.ts";
import { checkFinite, type Inputs, logitsOf, network, run } from "../network.ts";
import { recorded } from "../recorded.ts";
import {
  checkScores,
  classesOf,
  scoreGradient,
  scoreOf,
  type Target,
  type TargetTensor,
  targetTensor,
} from "../target.ts";
import { assignRules } from "./assign.ts";
import { type Composite, type CompositeName, named } from "./composites.ts";
import type { Misfit, Rule } from "./rule.ts";

export interface LrpOptions {
  /** What to explain. Defaults to `"argmax"`. */
  target?: Target;
  /** The rules, by name or as made by `composites`. Defaults to `"epsilonPlusFlat"`. */
  composite?: CompositeName | Composite;
  /** Layers whose relevance is kept in `perLayer`. Defaults to all. */
  layers?: readonly string[];
  /** Which of a model's outputs is explained. Defaults to `0`. */
  output?: number;
}

/** Where the relevance of one operation went, summed over its output and the batch, in logits. */
export interface LedgerRow {
  /** The operation: a layer, or a part of one, as "conv1/relu". */
  layer: string;
  rule: string;
  /** Relevance that arrived at the output. */
  sumIn: number;
  /** Relevance handed to the inputs. */
  sumOut: number;
  toBias: number;
  toStabiliser: number;
  /** `sumIn − sumOut − toBias − toStabiliser`: near 0 for relevance rules; gradients conserve nothing. */
  lost: number;
}

/** An explanation. Its tensors are the caller's: `dispose()` frees them all. */
export interface LrpResult<T extends Inputs = tf.Tensor> {
  /** Shaped as the input, in logits: how much each number spoke for (above 0) or against the target. */
  relevance: T extends readonly tf.Tensor[] ? tf.Tensor[] : tf.Tensor;
  /** Relevance that arrived at the output of each layer, by its name. */
  perLayer: Record<string, tf.Tensor>;
  /** The model's output before softmax or sigmoid, `[n, …, classes]`. */
  logits: tf.Tensor;
  /** The class explained for each example; undefined for a target that is a function, or for maps of classes. */
  target: number[] | undefined;
  /** Score (logit) of each example that was explained. */
  scores: number[];
  /** From the output down to the input. */
  ledger: LedgerRow[];
  /** What was explained, summed over the batch; the relevance, the biases' and the stabilisers' parts add up to it. */
  total: number;
  /** Where the composite does not fit the network, as sentences; also written to the console. */
  warnings: readonly string[];
  dispose(): void;
}

/**
 * Explain a model's output by layer-wise relevance propagation.
 *
 * Batch normalisation is merged and softmax stripped beforehand; the model itself is not changed. Mind the patents
 * US 12 061 966 B2 and EP 3 271 863 B1 before commercial use. Source: Bach et al. 2015, "On pixel-wise explanations".
 *
 * @param x Input, `[n, …]`, or one tensor for each of the model's inputs.
 * @throws RangeError if an input, the target or a layer's name does not fit the model, or a score is not finite.
 */
export async function lrp<T extends Inputs>(
  model: tf.LayersModel,
  x: T,
  options: LrpOptions = {},
): Promise<LrpResult<T>> {
  const { target = "argmax", layers, output } = options;
  const composite = compositeOf(options.composite);
  const inputs = Array.isArray(x) ? (x as readonly tf.Tensor[]) : [x as tf.Tensor];
  await checkFinite(inputs);
  const { operations, misfits, ...tensors } = tf.tidy(() => {
    const classes = targetTensor(target, model, { examples: inputs[0]?.shape[0] as number, output });
    const settings = { by: composite, layers, output };
    if (typeof classes === "function") return explain(model, settings, inputs, classes);
    return recorded(model, settings, explain, inputs, classes);
  });
  const sums = (await tensors.sums.array()) as [number, number, number, number][];
  const outside = (await tensors.outside.array()) as number[];
  const chosen = (await tensors.classes?.array()) as number[] | undefined;
  const total = (await tensors.total.array()) as number;
  const scores = Array.from(await tensors.scores.data());
  tf.dispose([tensors.sums, tensors.outside, tensors.classes ?? [], tensors.total, tensors.scores]);
  checkScores(scores, () => tf.dispose([tensors.relevance, tensors.perLayer, tensors.logits]));
  const warnings = [...tensors.warnings, ...misfits.filter((_, index) => outside[index])];
  const { relevance, perLayer, logits } = tensors;
  const ledger = operations.map(({ layer, rule }, index): LedgerRow => {
    const [sumIn, sumOut, toBias, toStabiliser] = sums[index] as [number, number, number, number];
    return { layer, rule, sumIn, sumOut, toBias, toStabiliser, lost: sumIn - sumOut - toBias - toStabiliser };
  });
  if (!ledger.every(({ sumOut }) => Number.isFinite(sumOut))) {
    warnings.push("The relevance is not finite everywhere; a larger stabiliser may help.");
  }
  for (const warning of warnings) console.warn(warning);
  return {
    relevance: (Array.isArray(x) ? relevance : relevance[0]) as LrpResult<T>["relevance"],
    perLayer,
    logits,
    target: chosen,
    scores,
    ledger,
    total,
    warnings,
    dispose: () => tf.dispose([relevance, perLayer, logits]),
  };
}

interface Settings {
  by: Composite;
  layers: readonly string[] | undefined;
  output: number | undefined;
}

function explain(
  model: tf.LayersModel,
  { by: composite, layers, output }: Settings,
  x: readonly tf.Tensor[],
  target: TargetTensor,
) {
  const net = network(model, x, { output, canonizers: composite.canonizers });
  const { graph } = net;
  const assignment = assignRules(graph, composite);

  const values = run(net);
  const logits = logitsOf(net, values);
  const selected = scoreGradient(target, logits);
  const start = composite.start === "one" ? selected : tf.mul(selected, logits);

  const operations: { layer: string; rule: string }[] = [];
  const sums: tf.Tensor[] = [];
  const misfits: Misfit[] = [];
  const arrived = backward(graph, values, new Map([[net.output, start]]), (situation) => {
    const rule = assignment.rules.get(situation.operation) as Rule;
    const misfit = rule.misfit?.(situation);
    if (misfit) misfits.push(misfit);
    operations.push({ layer: situation.operation.name, rule: rule.name });
    const [row, ...inputs] = tf.tidy(() => {
      const { inputs, bias = 0, stabiliser = 0 } = rule.propagate(situation);
      const sumOut = tf.addN(inputs.map((handed) => tf.sum(handed)));
      const numbers = [tf.sum(situation.arrived), sumOut, bias, stabiliser];
      return [
        tf.stack(numbers.map((one) => tf.reshape(one, []))),
        ...inputs.map((handed) => tf.clone(handed)),
      ];
    });
    sums.push(row as tf.Tensor);
    return inputs;
  });

  return {
    relevance: graph.inputs.map((value, index) => {
      const found = arrived.get(value);
      return found ? tf.clone(found) : tf.zeros((net.inputs[index] as tf.Tensor).shape);
    }),
    perLayer: relevancePerLayer(graph.operations, arrived, layers),
    logits: tf.clone(logits),
    classes: classesOf(target, logits),
    scores: scoreOf(target, logits)(logits),
    total: tf.sum(start),
    sums: sums.length > 0 ? tf.stack(sums) : tf.zeros([0, 4]),
    outside: tf.stack([tf.scalar(0), ...misfits.map(({ when }) => tf.cast(when, "float32"))]).slice(1),
    misfits: misfits.map(({ warning }) => warning),
    operations,
    warnings: [...graph.warnings, ...assignment.warnings],
  };
}

// Whoever chose no composite need not hear that another would fit better.
const usual: Composite = { ...named.epsilonPlusFlat(), expects: [] };
const made = new Map<CompositeName, Composite>();

function compositeOf(composite: CompositeName | Composite | undefined): Composite {
  if (composite === undefined) return usual;
  if (typeof composite !== "string") return composite;
  const make = Object.hasOwn(named, composite) ? named[composite] : undefined;
  if (!make) {
    throw new RangeError(
      `There is no composite "${composite}"; choose one of ${Object.keys(named).join(", ")}.` +
        didYouMean(String(composite), Object.keys(named)),
    );
  }
  const found = made.get(composite) ?? make();
  made.set(composite, found);
  return found;
}

/** Relevance at the output of each layer, which is that of its last operation. */
function relevancePerLayer(
  operations: readonly Operation[],
  arrived: ReadonlyMap<number, tf.Tensor>,
  layers: readonly string[] | undefined,
): Record<string, tf.Tensor> {
  const outputs = new Map(operations.map(({ layer, output }) => [layer, output]));
  for (const layer of layers ?? []) {
    if (outputs.has(layer)) continue;
    throw new RangeError(
      `There is no layer "${layer}" to keep relevance of; there are ${[...outputs.keys()].join(", ")}.` +
        didYouMean(layer, [...outputs.keys()]),
    );
  }
  const kept = [...outputs].filter(([layer]) => !layers || layers.includes(layer));
  return Object.fromEntries(
    kept.flatMap(([layer, output]) => {
      const found = arrived.get(output);
      return found ? [[layer, tf.clone(found)]] : [];
    }),
  );
}
