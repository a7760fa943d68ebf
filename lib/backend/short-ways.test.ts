// The short ways through the engine do what its own do: the same tensors freed, kept and recorded for gradients.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { use } from "./index.ts";

before(() => use("cpu"));

const count = () => tf.memory().numTensors;

describe("short ways through the engine", () => {
  it("free what a scope leaves, not what it returns, keeps or was given", () => {
    const given = tf.scalar(1);
    const start = count();
    const kept: tf.Tensor[] = [];
    const result = tf.tidy(() => {
      const inner = tf.tidy(() => {
        kept.push(tf.keep(tf.add(given, 1)));
        return tf.add(tf.mul(given, 2), 3);
      });
      return tf.mul(inner, 2);
    });
    assert.equal(count() - start, 2);
    assert.deepEqual([...result.dataSync(), ...(kept[0] as tf.Tensor).dataSync()], [10, 2]);
    assert.equal(
      tf.tidy(() => given),
      given,
    );
    assert.equal(given.isDisposed, false);
    tf.dispose([result, kept, given]);
    assert.equal(count(), start - 1);
  });

  it("record for gradients, of kernels with several results too, and leave nothing behind", () => {
    const x = tf.tensor([1, 2, 3, 4]);
    const start = count();
    const gradient = tf.grad((x) => {
      const [first, second] = tf.split(tf.mul(x, x), 2) as [tf.Tensor, tf.Tensor];
      return tf.mul(first, second).sum();
    })(x);
    // x0² x2² + x1² x3²
    assert.deepEqual([...gradient.dataSync()], [18, 64, 6, 32]);
    gradient.dispose();
    assert.equal(count(), start);
    x.dispose();
  });

  it("are as ready as before after a kernel that fails, which is no part of a gradient", () => {
    const engine = tf.engine() as unknown as { state: { kernelDepth: number; activeScope: unknown } };
    tf.registerKernel({
      kernelName: "Failing",
      backendName: "cpu",
      kernelFunc: () => {
        throw new Error("It failed.");
      },
    });
    const start = count();
    assert.throws(() => tf.tidy(() => tf.engine().runKernel("Failing", { x: tf.scalar(1) })), /It failed/);
    assert.throws(() => tf.engine().runKernel("Unknown", {}), /'Unknown' not registered for backend 'cpu'/);
    assert.deepEqual([engine.state.kernelDepth, engine.state.activeScope, count()], [0, null, start]);
    tf.unregisterKernel("Failing", "cpu");
  });

  it("give way to TensorFlow.js's profile", async () => {
    const { kernelNames } = await tf.profile(() => tf.add(1, 2));
    assert.deepEqual(kernelNames, ["Add"]);
  });
});
