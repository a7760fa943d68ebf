// Operations whose work is not shared among threads. TensorFlow's Adam shares it however little it is (ApplyAdamNonCuda in
// core/kernels/training_ops.cc takes the cost of all elements for that of each), and waking a thread takes longer than the
// update of a small variable. MapDefun, made for tf.data, bounds the threads of the operations in a function that it maps
// over its arguments (core/kernels/data/map_defun_op.cc): here over one number, which is given back.
import { type Attribute, attributeType } from "../attributes.ts";
import type { GraphOutput } from "../c-api.ts";
import type { Context } from "../context.ts";
import { dataType } from "../data-types.ts";
import { Graph, keyOf } from "./graph.ts";

/** An operation, and what it is given. */
export interface Planned {
  name: string;
  attributes: Attribute[];
  inputs: GraphOutput[];
}

const int: Attribute = { name: "T", type: attributeType.type, value: dataType.int32 };

let functionCount = 0;

/**
 * Add operations to `graph` that each are done by one thread.
 *
 * @param after Whose operations are to be over when they begin.
 * @returns What is there when they are done, and the name of a function in the context that is needed as long as they are.
 */
export function inOneThread(
  context: Context,
  graph: Graph,
  operations: readonly Planned[],
  after: GraphOutput[],
): { done: GraphOutput; functionName: string } {
  const functionName = `in_one_thread_${functionCount++}`;
  const given = new Map(operations.flatMap(({ inputs }) => inputs).map((input) => [keyOf(input), input]));
  const body = new Graph(context);
  try {
    const index = body.placeholder([], dataType.int32);
    const places = new Map(
      [...given].map(([key, input]) => {
        const { shape = [], dtype } = graph.describe(input);
        return [key, body.placeholder(shape, dtype)];
      }),
    );
    const done = operations.map(({ name, attributes, inputs }) =>
      body.operation(
        name,
        attributes,
        inputs.map((input) => places.get(keyOf(input)) as GraphOutput),
      ),
    );
    const result = body.operation("Identity", [int], [index]);
    body.toFunction(functionName, [index, ...places.values()], [result], { xla: false, effects: done });
  } finally {
    body.dispose();
  }
  const zero = graph.constant([1], dataType.int32, Int32Array.of(0));
  return { done: graph.mapDefun(functionName, zero, [...given.values()], after), functionName };
}
