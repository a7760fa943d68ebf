// Simplified operations give what the operations as they were recorded give, and are simpler.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { compile, list, use } from "../../index.ts";
import { Graph } from "./graph.ts";

const status = list().find(({ name }) => name === "tensorflow");

/** The operations that were put into graphs since the last call. */
const added: string[] = [];
const names = () => added.splice(0).filter((name) => name !== "Const");

describe("simplified operations", { skip: status?.available ? false : status?.reason }, () => {
  const { operation } = Graph.prototype;

  before(async () => {
    await use("tensorflow");
    Graph.prototype.operation = function (name, ...rest) {
      added.push(name);
      return operation.call(this, name, ...rest);
    };
  });
  after(() => {
    Graph.prototype.operation = operation;
  });

  const random = (...shape: number[]) => tf.randomNormal(shape, 0, 1, "float32", 1 + shape.length);

  /** Calls `step` plain and recorded, compares, and returns the names of what was recorded. */
  const recorded = (step: (...given: tf.Tensor[]) => tf.Tensor[], given: tf.Tensor[]): string[] => {
    const compiled = compile(step, { engine: "graph", pure: true });
    const wanted = tf.tidy(() => step(...given));
    names();
    for (let call = 0; call < 3; call++) {
      const results = compiled(...given);
      results.forEach((tensor, index) => {
        assert.deepEqual(tensor.shape, wanted[index].shape);
        const difference = tf.tidy(() => tf.sub(tensor, wanted[index]).abs().max());
        assert.ok(difference.dataSync()[0] < 1e-5, `result ${index} of call ${call}`);
        difference.dispose();
      });
      tf.dispose(results);
    }
    assert.deepEqual([compiled.report.engine, compiled.report.reason], ["graph", undefined]);
    compiled.dispose();
    tf.dispose([...wanted, ...given]);
    return names();
  };

  const cases: Record<string, { step: (...given: tf.Tensor[]) => tf.Tensor[]; given: () => tf.Tensor[] }> = {
    "a product of matrices": {
      step: (a, b) => [tf.matMul(a, b), tf.matMul(a, b, true, true)],
      given: () => [random(4, 4), random(4, 4)],
    },
    "products of a batch of one": {
      step: (a, b) => [tf.matMul(a, b), tf.matMul(b, a), tf.matMul(a, b, true), tf.matMul(b, a, false, true)],
      given: () => [random(1, 1, 3, 3), random(1, 1, 3, 3)],
    },
    "products of whole numbers": {
      step: (a, b) => [tf.matMul(tf.cast(a, "int32"), tf.cast(b, "int32"))],
      given: () => [random(2, 3), random(3, 2)],
    },
    "a dense layer and its gradients": {
      step: (x, kernel, bias) => {
        const layer = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) =>
          tf.fused.matMul({ a, b, bias: c, activation: "relu" } as Parameters<typeof tf.fused.matMul>[0]);
        return tf.grads((...given: tf.Tensor[]) =>
          (layer as (...each: tf.Tensor[]) => tf.Tensor)(...given).square(),
        )([x, kernel, bias]);
      },
      given: () => [random(5, 3), random(3, 2), random(2)],
    },
    "activations of what is reshaped": {
      step: (x, y) => {
        const flat = tf.reshape(x, [6, 4]);
        return [
          tf.relu(flat),
          tf.sigmoid(tf.reshape(flat, [2, 3, 4])),
          tf.add(flat, y),
          tf.elu(tf.reshape(x, [4, 6])),
          tf.sum(flat, 0),
          tf.reshape(flat, [24]),
        ];
      },
      given: () => [random(2, 3, 4), random(4)],
    },
    "sums over all axes but the last": {
      step: (x) => [tf.sum(x, [0, 1]), tf.sum(tf.reshape(x, [6, 4]), 0), tf.sum(tf.reshape(x, [3, 8]), 0)],
      given: () => [random(2, 3, 4)],
    },
    "sums of many rows of few columns": {
      step: (x) => [
        tf.sum(x, 0),
        tf.sum(tf.reshape(x, [64, 12, 3]), [0, 1]),
        tf.sum(tf.reshape(x, [2304, 1]), 0),
      ],
      given: () => [random(768, 3)],
    },
    "softmax of a few classes": {
      step: (x) => [tf.softmax(x), tf.softmax(tf.mul(x, 40)), tf.grad((x) => tf.softmax(x).square())(x)],
      given: () => [random(4, 10)],
    },
    "maxima of what a relu lets through, and its bias": {
      step: (x, bias) =>
        [[2, 2, "valid"] as const, [3, 2, "same"] as const, [3, 1, "valid"] as const].flatMap(
          ([size, strides, padding]) =>
            tf.grads((x: tf.Tensor, bias: tf.Tensor) =>
              tf
                .maxPool(tf.relu(tf.add(x, bias)) as tf.Tensor4D, size, strides, padding)
                .square()
                .mean(),
            )([x, bias]),
        ),
      given: () => [random(2, 7, 6, 3), random(3)],
    },
    "maxima of one tensor and a relu of another": {
      step: (x, y) =>
        tf.grads((x: tf.Tensor, y: tf.Tensor) =>
          tf.maxPool(tf.mul(tf.relu(x), tf.relu(y)) as tf.Tensor4D, 2, 2, "valid").square(),
        )([x, y]),
      given: () => [random(2, 4, 4, 3), random(2, 4, 4, 3)],
    },
    "softmax of many": {
      step: (x) => [tf.softmax(x)],
      given: () => [random(32, 1000)],
    },
    "reshapes to the same shape, of arguments and of results": {
      step: (x) => [
        tf.reshape(x, x.shape),
        tf.reshape(tf.reshape(x, [6]), x.shape),
        tf.clone(x),
        tf.reshape(tf.neg(x), x.shape),
      ],
      given: () => [random(2, 3)],
    },
  };

  for (const [what, { step, given }] of Object.entries(cases)) {
    it(`${what}: the same results`, () => {
      recorded(step, given());
    });
  }

  it("a product with its bias and activation follow each other", () => {
    const { step, given } = cases["a dense layer and its gradients"];
    const operations = recorded(step, given());
    const first = operations.indexOf("MatMul");
    assert.deepEqual(
      operations
        .slice(first)
        .filter((name) => name !== "Reshape")
        .slice(0, 3),
      ["MatMul", "BiasAdd", "Relu"],
    );
    assert.ok(!operations.includes("BatchMatMulV2"));
  });

  it("the gradient of a bias is a product", () => {
    for (const what of ["a dense layer and its gradients", "sums over all axes but the last"]) {
      const { step, given } = cases[what];
      const operations = recorded(step, given());
      assert.ok(operations.includes("MatMul") && !operations.includes("BiasAddGrad"), what);
    }
  });

  it("a relu's gradient is that of the maxima after it", () => {
    const operationsOf = (what: string) =>
      recorded(cases[what].step, cases[what].given()).filter((name) => /^(ReluGrad|MaxPoolGrad)$/.test(name));
    const pooled = operationsOf("maxima of what a relu lets through, and its bias");
    assert.deepEqual(pooled.slice(0, 3), ["MaxPoolGrad", "ReluGrad", "MaxPoolGrad"]);
    const others = operationsOf("maxima of one tensor and a relu of another");
    assert.deepEqual(others.slice(0, 3), ["MaxPoolGrad", "ReluGrad", "ReluGrad"]);
  });

  it("a softmax of a few classes is put together from its parts, one of many is left whole", () => {
    const operationsOf = (what: string) => recorded(cases[what].step, cases[what].given());
    assert.ok(!operationsOf("softmax of a few classes").includes("Softmax"));
    assert.ok(operationsOf("softmax of many").includes("Softmax"));
  });

  it("products of larger batches and of whole numbers stay as they are", () => {
    const { step, given } = cases["products of whole numbers"];
    assert.ok(recorded(step, given()).includes("BatchMatMulV2"));
    assert.ok(
      recorded((a, b) => [tf.matMul(a, b)], [random(2, 3, 3), random(2, 3, 3)]).includes("BatchMatMulV2"),
    );
  });
});
