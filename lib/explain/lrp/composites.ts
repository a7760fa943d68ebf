// Composites are data: which rule goes to which operation. The named ones are those of zennit's publications and
// software (Anders et al. 2021): ε for dense layers above, another rule for convolutions, a third at the input.

import type { Canonizer } from "../graph/canonizers.ts";
import type { Operation } from "../graph/graph.ts";
import type { Rule } from "./rule.ts";
import * as rules from "./rules.ts";
import type { Stabiliser } from "./stabiliser.ts";
import type { Bound } from "./weighted.ts";

/**
 * What operations a rule is for: words of which one must fit. Kinds (`"dense"`, `"convolution"`, `"linear"` for
 * both, `"batchNormalization"`, `"activation"`, `"add"`, `"averagePooling"`, …), classes of layers (`"Conv2D"`) or
 * activations (`"relu"`).
 */
export type Selector = string | readonly string[];

/** Rules for a network. The first that fits is taken: by name, at the input, by kind. */
export interface Composite {
  readonly name: string;
  readonly layers: readonly (readonly [Selector, Rule])[];
  /** For the dense layers and convolutions that no other comes before. */
  readonly first?: readonly (readonly [Selector, Rule])[];
  /** By the name of the layer. */
  readonly names?: Readonly<Record<string, Rule>>;
  /**
   * What the explained output starts with: its logit, or 1 as for gradients. Defaults to `"logit"`.
   */
  readonly start?: "logit" | "one";
  /** What a network must have for the composite to fit it; else there is a warning. */
  readonly expects?: readonly Selector[];
  /** Defaults to merging batch normalisation and stripping softmax. */
  readonly canonizers?: readonly Canonizer[];
}

export interface CompositeOptions {
  /** Of the ε rule. Defaults to `1e-6`. */
  epsilon?: Stabiliser;
  /** Of the other rules. Defaults to `1e-6`. */
  stabiliser?: Stabiliser;
  /** Leave biases out of all denominators. Defaults to `false`. */
  zeroBias?: boolean;
}

/** Rules for all that has no weights of its own to share out by. */
function base({ stabiliser = 1e-6 }: Pick<CompositeOptions, "stabiliser"> = {}): Composite["layers"] {
  return [
    ["activation", rules.pass()],
    [["add", "averagePooling"], rules.norm({ stabiliser })],
    ["batchNormalization", rules.pass()],
    ["layerNormalization", rules.layerNormalization({ stabiliser })],
    ["softmax", rules.softmax()],
    ["matmul", rules.uniform({ stabiliser })],
    ["multiply", rules.gate({ stabiliser })],
    ["recurrent", rules.signalTakeAll({ epsilon: stabiliser })],
  ];
}

function mixed(
  name: string,
  convolution: Rule,
  options: CompositeOptions,
  first?: Composite["first"],
): Composite {
  const { epsilon, zeroBias } = options;
  const layers = [
    ...base(options),
    ["convolution", convolution] as const,
    ["dense", rules.epsilon({ epsilon, zeroBias })] as const,
  ];
  return { name, layers, first, expects: ["convolution"] };
}

/** z⁺ for convolutions, ε for dense layers. */
export function epsilonPlus(options: CompositeOptions = {}): Composite {
  return mixed("epsilonPlus", rules.zPlus(options), options);
}

/** `epsilonPlus` with the flat rule at the input. */
export function epsilonPlusFlat(options: CompositeOptions = {}): Composite {
  return mixed("epsilonPlusFlat", rules.zPlus(options), options, [["linear", rules.flat(options)]]);
}

/** αβ with α = 2, β = 1 for convolutions, ε for dense layers. */
export function epsilonAlpha2Beta1(options: CompositeOptions = {}): Composite {
  return mixed("epsilonAlpha2Beta1", rules.alphaBeta({ alpha: 2, beta: 1, ...options }), options);
}

/** `epsilonAlpha2Beta1` with the flat rule at the input. */
export function epsilonAlpha2Beta1Flat(options: CompositeOptions = {}): Composite {
  const convolution = rules.alphaBeta({ alpha: 2, beta: 1, ...options });
  return mixed("epsilonAlpha2Beta1Flat", convolution, options, [["linear", rules.flat(options)]]);
}

/**
 * γ for convolutions, ε for dense layers, zᴮ for a convolution at the input.
 *
 * @param options.low Smallest possible input, one number or one a channel. Defaults to `0`.
 * @param options.high Largest possible input. Defaults to `1`.
 * @param options.gamma Defaults to `0.25`.
 */
export function epsilonGammaBox(
  options: CompositeOptions & { low?: Bound; high?: Bound; gamma?: number } = {},
): Composite {
  const convolution = rules.gamma(options);
  return mixed("epsilonGammaBox", convolution, options, [["convolution", rules.zBox(options)]]);
}

/** ε for everything with weights. */
export function epsilonEverywhere(options: CompositeOptions = {}): Composite {
  return { ...mixed("epsilon", rules.epsilon(options), options), expects: [] };
}

/** Excitation back-propagation (Zhang et al. 2016): z⁺ for everything with weights. */
export function excitationBackprop({ stabiliser = 1e-6, zeroBias }: CompositeOptions = {}): Composite {
  return {
    name: "excitationBackprop",
    layers: [
      ["linear", rules.zPlus({ stabiliser, zeroBias })],
      [["activation", "batchNormalization"], rules.gradient()],
      ...base({ stabiliser }),
    ],
  };
}

/** Guided back-propagation (Springenberg et al. 2015). */
export function guidedBackprop(): Composite {
  return gradientComposite("guidedBackprop", rules.guided());
}

/** Deconvolutional network (Zeiler and Fergus 2014). */
export function deconvnet(): Composite {
  return gradientComposite("deconvnet", rules.deconvnet());
}

/** Gradients with ReLU smoothed (Dombrowski et al. 2019). */
export function betaSmooth(options: { beta?: number } = {}): Composite {
  return gradientComposite("betaSmooth", rules.betaSmooth(options));
}

function gradientComposite(name: string, relu: Rule): Composite {
  const everything: Operation["kind"][] = [
    "dense",
    "convolution",
    "batchNormalization",
    "layerNormalization",
    "activation",
    "softmax",
    "averagePooling",
    "add",
    "multiply",
    "matmul",
    "recurrent",
    "other",
  ];
  return {
    name,
    layers: [
      ["relu", relu],
      [everything, rules.gradient()],
    ],
    start: "one",
    expects: ["relu"],
  };
}

/**
 * Your own choice of rules: pairs of what they are for and the rule, the first that fits being taken. What none
 * fits gets the rule that all composites share: activations pass, sums and averages are shared out in proportion.
 *
 * `layerMap([["Conv2D", rules.zPlus()], ["dense", rules.epsilon()]], { names: { stem: rules.flat() } })`
 */
export function layerMap(
  layers: Composite["layers"],
  options: Partial<Omit<Composite, "layers">> & Pick<CompositeOptions, "stabiliser"> = {},
): Composite {
  const { stabiliser, ...rest } = options;
  const expects = layers.map(([selector]) => selector);
  return { name: "layerMap", expects, ...rest, layers: [...layers, ...base({ stabiliser })] };
}

/** Composites by name, each with its defaults. */
export const named = {
  epsilon: epsilonEverywhere,
  epsilonPlus,
  epsilonPlusFlat,
  epsilonAlpha2Beta1,
  epsilonAlpha2Beta1Flat,
  epsilonGammaBox,
  excitationBackprop,
  guidedBackprop,
  deconvnet,
  betaSmooth,
} satisfies Record<string, () => Composite>;

export type CompositeName = keyof typeof named;
