// The optimizer's steps that TensorFlow has as one operation. While a step is recorded, what an optimizer does to a
// variable is one event. In a function of values it becomes the operations that TensorFlow.js makes of it; where the
// variables are TensorFlow's own (resource-variables.ts), TensorFlow changes them in place, in one pass instead of twelve.
import { type Attribute, attributeType } from "../attributes.ts";
import type { GraphOutput } from "../c-api.ts";
import { dataType } from "../data-types.ts";
import { type Graph, keyOf } from "./graph.ts";
import type { Planned } from "./one-thread.ts";

export interface UpdateRule {
  /** How many of the inputs, from the first on, are variables; the outputs are their new values. */
  variables: number;
  /** How many operations the values take. */
  operations: number;
  /** The new values. */
  asValues(calculator: Calculator, inputs: GraphOutput[]): GraphOutput[];
  /** What changes the variables, whose handles are given in their places. */
  inPlace(calculator: Calculator, inputs: GraphOutput[]): Planned;
  /** TensorFlow shares the work among threads however little it is. */
  isAlwaysShared: boolean;
}

const float: Attribute = { name: "T", type: attributeType.type, value: dataType.float32 };

/** The inputs of each are those that fused/optimizers.ts gives. */
export const updateRules: Readonly<Record<string, UpdateRule>> = {
  /** `value + factor · gradient` */
  GradientDescentStep: {
    variables: 1,
    operations: 2,
    asValues: ({ add, multiply }, [value, factor, gradient]) => [add(multiply(factor, gradient), value)],
    inPlace: ({ negative }, [value, factor, gradient]) => ({
      name: "ResourceApplyGradientDescent",
      attributes: [float],
      inputs: [value, negative(factor), gradient],
    }),
    isAlwaysShared: false,
  },
  /** Kingma and Ba, "Adam: A method for stochastic optimization", 2015. */
  AdamStep: {
    variables: 3,
    operations: 12,
    asValues: ({ add, multiply, divide, subtract, square, root }, inputs) => {
      const [value, first, second, gradient, power1, power2, one, ...settings] = inputs;
      const [rate, epsilon, keep1, add1, keep2, add2] = settings;
      const newFirst = add(multiply(first, keep1), multiply(gradient, add1));
      const newSecond = add(multiply(second, keep2), multiply(square(gradient), add2));
      const corrected1 = divide(newFirst, subtract(one, power1));
      const corrected2 = divide(newSecond, subtract(one, power2));
      const change = multiply(divide(corrected1, add(root(corrected2), epsilon)), rate);
      return [add(change, value), newFirst, newSecond];
    },
    // TensorFlow's operation has ε beside the uncorrected moment, and takes 1 − β from β in float32, where TensorFlow.js
    // rounds 1 − β itself: for β = 0.999 that is 13 millionths apart. ε and the rate make up for both.
    inPlace: (calculator, inputs) => {
      const { multiply, divide, subtract, root, negative } = calculator;
      const [value, first, second, gradient, power1, power2, one, ...settings] = inputs;
      const [rate, epsilon, keep1, add1, keep2, add2] = settings;
      const excess1 = divide(subtract(one, keep1), add1);
      const excess2 = root(divide(subtract(one, keep2), add2));
      const theirRate = multiply(negative(rate), divide(excess2, excess1));
      const theirEpsilon = multiply(multiply(epsilon, excess2), root(subtract(one, power2)));
      const given = [power1, power2, theirRate, keep1, keep2, theirEpsilon, gradient];
      return { name: "ResourceApplyAdam", attributes: [float], inputs: [value, first, second, ...given] };
    },
    isAlwaysShared: true,
  },
};

type Unary = (x: GraphOutput) => GraphOutput;
type Binary = (a: GraphOutput, b: GraphOutput) => GraphOutput;

/** Arithmetic in a graph. What several updates share is computed once. */
export class Calculator {
  readonly #graph: Graph;
  readonly #known = new Map<string, GraphOutput>();

  readonly add: Binary = (a, b) => this.#once("AddV2", [a, b]);
  readonly subtract: Binary = (a, b) => this.#once("Sub", [a, b]);
  readonly multiply: Binary = (a, b) => this.#once("Mul", [a, b]);
  readonly divide: Binary = (a, b) => this.#once("RealDiv", [a, b]);
  readonly square: Unary = (x) => this.#once("Square", [x]);
  readonly root: Unary = (x) => this.#once("Sqrt", [x]);
  readonly negative: Unary = (x) => this.#once("Neg", [x]);

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  #once(name: string, inputs: GraphOutput[]): GraphOutput {
    const key = [name, ...inputs.map(keyOf)].join();
    const known = this.#known.get(key) ?? this.#graph.operation(name, [float], inputs);
    this.#known.set(key, known);
    return known;
  }
}
