// Operations put into a graph in a form that TensorFlow runs faster. Its own optimizer, Grappler, does not see functions
// that are run by their names, and knows no shapes of their arguments; with it steps take as long and are built more
// slowly. TensorFlow.js takes each product of matrices for a batch of one, with reshapes around it. Without them,
// oneDNN's plain product does the work (a batch of one takes 0.1 ms longer). The gradient of a bias is such a product, too,
// with a row of ones: TensorFlow's own sum takes up to four times as long. The softmax of a few classes is put together
// from its parts: oneDNN's shares even that among threads. What is done to the gradient of a max pooling's input is done
// to that of its output, which is smaller and has the same numbers but for zeros.
import * as tf from "@tensorflow/tfjs";
import { type Attribute, attributeType } from "../attributes.ts";
import type { GraphOutput } from "../c-api.ts";
import { dataType } from "../data-types.ts";
import { type Graph, keyOf } from "./graph.ts";
import { Calculator } from "./updates.ts";

/** Elementwise in their only input, or in both of their inputs of one shape. */
const elementwise = new Set(
  ["Relu", "Relu6", "Elu", "Selu", "Sigmoid", "Softplus", "Tanh"].flatMap((name) => [name, `${name}Grad`]),
);

const float: Attribute = { name: "T", type: attributeType.type, value: dataType.float32 };

/** Up to so many elements the parts of a softmax are faster than the whole. */
const smallSoftmax = 8192;

/** A product with fewer columns leaves a processor's vectors half empty. */
const fullColumns = 256;

/** The inputs of a MaxPoolGrad. */
interface Pooling {
  input: GraphOutput;
  output: GraphOutput;
  gradient: GraphOutput;
  attributes: Attribute[];
}

export class Simplifier {
  readonly #graph: Graph;
  /** What was reshaped to give a tensor; never itself a reshaped one. */
  readonly #sources = new Map<string, GraphOutput>();
  /** By the gradients that they give. */
  readonly #poolings = new Map<string, Pooling>();

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  /** Add an operation as `Graph.operation` does; the outputs are the same but for rounding. */
  operation(name: string, attributes: Attribute[], inputs: GraphOutput[]): GraphOutput {
    if (name === "Reshape") return this.#reshape(attributes, inputs);
    if (name === "BiasAddGrad") return this.#columnSums(this.#beforePooling(inputs[0]));
    if (name === "MaxPoolGrad") return this.#poolingGradient(attributes, inputs);
    if (name === "Softmax" && tf.util.sizeFromShape(this.#shapeOf(inputs[0])) <= smallSoftmax) {
      return this.#softmax(inputs[0]);
    }
    return this.#whereItCan(name, attributes, inputs) ?? this.#graph.operation(name, attributes, inputs);
  }

  /** What depends on where the inputs come from. */
  #whereItCan(name: string, attributes: Attribute[], inputs: GraphOutput[]): GraphOutput | undefined {
    if (name === "BatchMatMulV2") return this.#product(attributes, inputs);
    const pooled = name === "ReluGrad" ? this.#pooledReluGradient(attributes, inputs) : undefined;
    if (pooled) return pooled;
    const canBeBefore = name === "BiasAdd" || elementwise.has(name);
    return canBeBefore ? this.#beforeReshape(name, attributes, inputs) : undefined;
  }

  /** What works along the last axis, or on each element, done before a reshape rather than after it. */
  #beforeReshape(name: string, attributes: Attribute[], inputs: GraphOutput[]): GraphOutput | undefined {
    const [x, second] = inputs;
    const source = this.#sourceOf(x);
    const [shape, reshaped] = [this.#shapeOf(source), this.#shapeOf(x)];
    if (source === x || shape.length < 2 || shape.at(-1) !== reshaped.at(-1)) return undefined;
    const isPair = second !== undefined && name !== "BiasAdd";
    const others = isPair ? [this.#sourceOf(second)] : inputs.slice(1);
    if (isPair && String(this.#shapeOf(others[0])) !== String(shape)) return undefined;
    return this.#reshapeTo(this.#graph.operation(name, attributes, [source, ...others]), reshaped);
  }

  #poolingGradient(attributes: Attribute[], inputs: GraphOutput[]): GraphOutput {
    const result = this.#graph.operation("MaxPoolGrad", attributes, inputs);
    const [input, output, gradient] = inputs;
    this.#poolings.set(keyOf(result), { input, output, gradient, attributes });
    return result;
  }

  /** The gradient of what was pooled is that of the maxima, put to their places: it adds up to the same. */
  #beforePooling(gradient: GraphOutput): GraphOutput {
    return this.#poolings.get(keyOf(gradient))?.gradient ?? gradient;
  }

  /** Where a maximum is not positive, nor are the others; no gradient goes to what is not a maximum. */
  #pooledReluGradient(attributes: Attribute[], [gradient, y]: GraphOutput[]): GraphOutput | undefined {
    const pooling = this.#poolings.get(keyOf(gradient));
    if (!pooling || keyOf(pooling.input) !== keyOf(y)) return undefined;
    const { input, output } = pooling;
    const masked = this.#graph.operation("ReluGrad", attributes, [pooling.gradient, output]);
    return this.#poolingGradient(pooling.attributes, [input, output, masked]);
  }

  /** A product of two matrices, or of batches of one. */
  #product(attributes: Attribute[], inputs: GraphOutput[]): GraphOutput | undefined {
    const type = attributes.find(({ name }) => name === "T");
    const shapes = inputs.map((input) => this.#shapeOf(input));
    const rank = shapes[0].length;
    const isMatrix = shapes.every(
      (shape) => rank > 1 && shape.length === rank && shape.slice(0, -2).every((size) => size === 1),
    );
    if (type?.value !== dataType.float32 || !isMatrix) return undefined;
    const transposed = (name: string) => Boolean(attributes.find((each) => each.name === name)?.value);
    const matrices = inputs.map((input, index) =>
      this.#reshapeTo(this.#sourceOf(input), shapes[index].slice(-2)),
    );
    const output = this.#matrixProduct(matrices, transposed("adj_x"), transposed("adj_y"));
    return this.#reshapeTo(output, [...shapes[0].slice(0, -2), ...this.#shapeOf(output)]);
  }

  /** Along the last axis. */
  #softmax(x: GraphOutput): GraphOutput {
    const axis = this.#graph.constant([1], dataType.int32, Int32Array.of(-1));
    const along = [
      float,
      { name: "Tidx", type: attributeType.type, value: dataType.int32 },
      { name: "keep_dims", type: attributeType.bool, value: true },
    ];
    const { subtract, divide } = new Calculator(this.#graph);
    const largest = this.#graph.operation("Max", along, [x, axis]);
    const powers = this.#graph.operation("Exp", [float], [subtract(x, largest)]);
    return divide(powers, this.#graph.operation("Sum", along, [powers, axis]));
  }

  /** Sums over all axes but the last. */
  #columnSums(x: GraphOutput): GraphOutput {
    const shape = this.#shapeOf(x);
    const columns = shape.at(-1) as number;
    const rows = tf.util.sizeFromShape(shape.slice(0, -1));
    // Rows side by side, as one.
    let together = 1;
    while (columns * together < fullColumns && rows % (2 * together) === 0) together *= 2;
    const source = this.#sourceOf(x);
    const sums = this.#sumOfRows(this.#reshapeTo(source, [rows / together, columns * together]));
    const total = together === 1 ? sums : this.#sumOfRows(this.#reshapeTo(sums, [together, columns]));
    return this.#reshapeTo(total, [columns]);
  }

  #sumOfRows(matrix: GraphOutput): GraphOutput {
    const [rows] = this.#shapeOf(matrix);
    const ones = this.#graph.operation(
      "Fill",
      [float, { name: "index_type", type: attributeType.type, value: dataType.int32 }],
      [
        this.#graph.constant([2], dataType.int32, Int32Array.of(1, rows)),
        this.#graph.constant([], dataType.float32, Float32Array.of(1)),
      ],
    );
    return this.#matrixProduct([ones, matrix], false, false);
  }

  #matrixProduct(matrices: GraphOutput[], transposesFirst: boolean, transposesSecond: boolean): GraphOutput {
    const attributes = [
      float,
      { name: "transpose_a", type: attributeType.bool, value: transposesFirst },
      { name: "transpose_b", type: attributeType.bool, value: transposesSecond },
    ];
    return this.#graph.operation("MatMul", attributes, matrices);
  }

  #reshape(attributes: Attribute[], [x, shape]: GraphOutput[]): GraphOutput {
    const source = this.#sourceOf(x);
    const output = this.#graph.operation("Reshape", attributes, [source, shape]);
    if (String(this.#shapeOf(output)) === String(this.#shapeOf(source))) return source;
    this.#sources.set(keyOf(output), source);
    return output;
  }

  #reshapeTo(x: GraphOutput, shape: number[]): GraphOutput {
    if (String(this.#shapeOf(x)) === String(shape)) return x;
    const { dtype } = this.#graph.describe(x);
    const attributes = [
      { name: "T", type: attributeType.type, value: dtype },
      { name: "Tshape", type: attributeType.type, value: dataType.int32 },
    ];
    const target = this.#graph.constant([shape.length], dataType.int32, Int32Array.from(shape));
    return this.#reshape(attributes, [x, target]);
  }

  #sourceOf(x: GraphOutput): GraphOutput {
    return this.#sources.get(keyOf(x)) ?? x;
  }

  /** Empty if it depends on values. */
  #shapeOf(x: GraphOutput): number[] {
    return this.#graph.describe(x).shape ?? [];
  }
}
