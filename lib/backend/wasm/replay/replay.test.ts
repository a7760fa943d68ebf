// Functions replayed on wasm give what they give as they are, to the last bit; what can't be replayed runs as it is with its
// reason, and neither leaves anything behind.
// Before TensorFlow.js, as the library itself does.
import "../../random-functions.ts";
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import vm from "node:vm";
import * as tf from "@tensorflow/tfjs";
import { compile, list, memory, use } from "../../index.ts";
import type { WasmBackend } from "../data-types.ts";

const status = list().find(({ name }) => name === "wasm");

describe("a function replayed on wasm", { skip: status?.available ? false : status?.reason }, () => {
  before(() => {
    // Tensors are counted here, so none may go at a moment of the garbage collector's choice.
    process.env.NABLAB_FORGOTTEN = "keep";
    return use("wasm");
  });

  const read = (tensor: tf.Tensor) => {
    const values = Array.from(tensor.dataSync());
    tensor.dispose();
    return values;
  };
  const x = () => tf.tensor2d([1, 2, 3, 4], [2, 2]);
  const backend = () => tf.backend() as WasmBackend & { numDataIds(): number };
  const held = () => {
    const { tensors, buffers, bytes } = memory();
    return [tensors, buffers, bytes, backend().numDataIds()];
  };

  /** The results of calls of a function as it is and replayed, and how the last call was run. */
  const both = <Given extends unknown[]>(
    makeStep: () => (...given: Given) => tf.Tensor,
    calls: (() => Given)[],
  ) => {
    const step = compile(makeStep(), { pure: true });
    const [wanted, actual] = [makeStep(), step].map((each) =>
      calls.map((call) => {
        const given = call();
        const result = read(tf.tidy(() => each(...given)));
        tf.dispose(given as unknown as tf.Tensor[]);
        return result;
      }),
    );
    const { report } = step;
    step.dispose();
    assert.deepEqual(actual, wanted);
    return report;
  };

  it("runs its JavaScript no more once two recordings were equal", () => {
    let runs = 0;
    const step = compile(
      (a: tf.Tensor) => {
        runs++;
        return tf
          .matMul(a as tf.Tensor2D, a as tf.Tensor2D, true)
          .relu()
          .sum(0);
      },
      { pure: true },
    );
    const engines = Array.from({ length: 6 }, (_, index) => {
      const result = tf.tidy(() => step(x().mul(index)));
      // The columns of XᵀX: 10 + 14 and 14 + 20.
      assert.deepEqual(read(result), [24 * index ** 2, 34 * index ** 2]);
      return step.report.engine;
    });
    assert.deepEqual(engines, ["eager", "eager", "graph", "graph", "graph", "graph"]);
    assert.equal(runs, 3);
    step.dispose();
  });

  it("numbers among the arguments may change, whatever the function makes of them", () => {
    const step = () => (a: tf.Tensor, factor: number, row: Float32Array) =>
      a
        .mul(Math.min(factor, 3))
        .add(factor > 5 ? 1 : factor)
        .mul(tf.tensor1d(row));
    const calls = [1, 1, 1, 2, 2, 2, 3, 4, 5, 6, 7, 7, 7, 7].map(
      (factor, index) => (): [tf.Tensor, number, Float32Array] => [
        x(),
        factor,
        Float32Array.of(1, index > 12 ? 2 : 1),
      ],
    );
    both(step, calls);
  });

  it("updates variables as assigned, however they share data", () => {
    const run = (wrap: (step: (a: tf.Tensor) => tf.Tensor) => (a: tf.Tensor) => tf.Tensor) => {
      const online = tf.variable(tf.tensor1d([1, 2]));
      const target = tf.variable(online.clone());
      const [first, second] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(2))];
      const start = online.clone();
      const step = wrap((a) => {
        online.assign(online.mul(0.9).add(a));
        const distance = online.sub(start).square().sum();
        target.assign(target.mul(0.5).add(online.mul(0.5)));
        const kept = first.clone();
        first.assign(second.clone());
        second.assign(kept);
        return distance;
      });
      const results: number[][] = [];
      for (let index = 0; index < 9; index++) {
        const snapshot = online.clone();
        const given = tf.tensor1d([index, 1]);
        results.push(read(tf.tidy(() => step(given))));
        for (const variable of [target, first, second]) results.push(Array.from(variable.dataSync()));
        results.push(read(snapshot));
        if (index === 5) target.assign(online);
        if (index === 6) online.assign(start);
        given.dispose();
      }
      tf.dispose([online, target, start, first, second]);
      return results;
    };
    const wanted = run((step) => step);
    const step = { report: { engine: "" }, dispose: () => {} };
    const actual = run((each) => {
      const compiled = compile(each, { pure: true });
      Object.defineProperty(step, "report", { get: () => compiled.report });
      step.dispose = compiled.dispose;
      return compiled;
    });
    assert.deepEqual(actual, wanted);
    assert.equal(step.report.engine, "graph");
    step.dispose();
  });

  it("returns structures, arguments, constants, variables and the same tensor twice", () => {
    const start = held();
    const v = tf.tidy(() => tf.variable(tf.scalar(2)));
    const step = compile(
      (a: tf.Tensor) => {
        const b = a.square();
        return { a, list: [b, b.reshape([4]), tf.scalar(7)], v: v as tf.Tensor, note: "text", none: null };
      },
      { pure: true },
    );
    for (let index = 0; index < 6; index++) {
      const given = x();
      const { a, list: given2, v: returned, note, none } = step(given);
      assert.deepEqual(
        [a, ...given2, returned].map((tensor) => Array.from(tensor.dataSync())),
        [[1, 2, 3, 4], [1, 4, 9, 16], [1, 4, 9, 16], [7], [2]],
      );
      assert.deepEqual(
        given2.map(({ shape }) => shape),
        [[2, 2], [4], []],
      );
      assert.deepEqual([note, none], ["text", null]);
      tf.dispose([given, a, ...given2]);
      if (returned !== v) returned.dispose();
    }
    assert.equal(step.report.engine, "graph");
    const last = x();
    const { a, list: given, v: returned } = step(last);
    step.dispose();
    assert.deepEqual(Array.from((given[2] as tf.Tensor).dataSync()), [7], "its own, not the recording's");
    tf.dispose([last, a, ...given, returned, v]);
    assert.deepEqual(held(), start);
  });

  it("draws the random numbers that it draws as it is, fresh at every call", () => {
    const seeded = (step: (a: tf.Tensor) => tf.Tensor) => {
      const original = Math.random;
      let state = 1;
      Math.random = () => {
        state = (state * 16807) % 2147483647;
        return state / 2147483647;
      };
      try {
        return Array.from({ length: 6 }, () => read(tf.tidy(() => step(x()))));
      } finally {
        Math.random = original;
      }
    };
    const step = (a: tf.Tensor) =>
      tf
        .dropout(a, 0.5)
        .add(tf.randomNormal([2, 2]))
        .mul(tf.randomUniform([1]))
        .add(tf.truncatedNormal([1]));
    const wanted = seeded(step);
    const compiled = compile(step, { pure: true });
    assert.deepEqual(seeded(compiled), wanted);
    assert.equal(compiled.report.engine, "graph");
    assert.equal(new Set(wanted.flat()).size, 24, "fresh at every call");
    compiled.dispose();
    const inJavaScript = compile((a: tf.Tensor) => step(a).mul(Math.random()), { pure: true });
    seeded(inJavaScript);
    assert.match(inJavaScript.report.reason as string, /because it draws random numbers in JavaScript/);
  });

  it("runs kernels in it that wasm has not itself", () => {
    const step = () => (a: tf.Tensor) => {
      const image = tf.reshape(a, [1, 2, 2, 1]) as tf.Tensor4D;
      const turned = tf.image.rotateWithOffset(image, 0.5, 1);
      const whole = tf.matMul(a.toInt() as tf.Tensor2D, a.toInt() as tf.Tensor2D);
      const spectrum = tf.spectral.rfft(tf.reshape(a, [1, 4]));
      return tf.concat([turned.flatten(), whole.toFloat().flatten(), tf.abs(spectrum).flatten()]);
    };
    const report = both(
      step,
      [1, 2, 3, 4, 5].map((factor) => (): [tf.Tensor] => [tf.tidy(() => x().mul(factor))]),
    );
    assert.equal(report.engine, "graph");
  });

  describe("runs as it is and says why", () => {
    const kept: tf.Tensor[] = [];
    const cases: [what: string, step: (a: tf.Tensor) => unknown, reason: RegExp][] = [
      [
        "a value is read",
        (a) => a.mul(a.sum().dataSync()[0] as number),
        /because it reads the values of a tensor \(data/,
      ],
      [
        "a promise is returned",
        async (a) => a.mul((await a.data())[0] as number),
        /because it (reads|is asynchronous)/,
      ],
      [
        "a tensor is kept",
        (a) => {
          const twice = tf.keep(a.mul(2));
          kept.push(twice);
          return twice.add(1);
        },
        /because it keeps a tensor that it does not return\./,
      ],
    ];
    for (const [what, step, reason] of cases) {
      it(what, async () => {
        const compiled = compile(step as (a: tf.Tensor) => tf.Tensor, { pure: true });
        const given = x();
        for (let index = 0; index < 5; index++) {
          const result = (await compiled(given)) as tf.Tensor;
          const wanted = (await step(given)) as tf.Tensor;
          assert.deepEqual(result.dataSync(), wanted.dataSync());
          tf.dispose([wanted, result, ...kept.splice(0)]);
        }
        assert.equal(compiled.report.engine, "eager");
        assert.match(compiled.report.reason as string, /^The step was not recorded because .*\.$/);
        assert.match(compiled.report.reason as string, reason);
        given.dispose();
      });
    }

    it("a shape depends on values", () => {
      const step = compile((a: tf.Tensor) => tf.unique(tf.reshape(a, [-1])).values.mul(2), { pure: true });
      const start = held();
      for (const last of [4, 4, 4, 4, 3, 4]) {
        const given = tf.tensor2d([1, 2, 3, last], [2, 2]);
        assert.deepEqual(read(tf.tidy(() => step(given))), last === 3 ? [2, 4, 6] : [2, 4, 6, 8]);
        given.dispose();
      }
      assert.match(step.report.reason as string, /because the shape of Unique's result depends on values/);
      assert.deepEqual(held(), start);
    });

    it("its JavaScript has to run at each call", () => {
      const step = compile((a: tf.Tensor) => a.add(1));
      for (let index = 0; index < 3; index++) assert.deepEqual(read(tf.tidy(() => step(x()))), [2, 3, 4, 5]);
      assert.equal(step.report.engine, "eager");
      assert.match(step.report.reason as string, /because its JavaScript has to run at each call/);
    });

    it("its JavaScript decides otherwise from call to call", () => {
      let calls = 0;
      const step = compile((a: tf.Tensor) => (calls++ % 2 === 0 ? a.add(1) : a.mul(3)), { pure: true });
      for (let index = 0; index < 10; index++) {
        assert.deepEqual(read(tf.tidy(() => step(x()))), index % 2 === 0 ? [2, 3, 4, 5] : [3, 6, 9, 12]);
      }
      assert.match(step.report.reason as string, /because it does other operations from call to call/);
    });

    it("with the line of the user's code", () => {
      const source = "(a) => {\n  const b = a.square();\n  return b.mul(b.sum().dataSync()[0]);\n}";
      const step = compile(
        new vm.Script(source, { filename: "cell 3" }).runInThisContext() as (a: tf.Tensor) => tf.Tensor,
        { pure: true },
      );
      tf.tidy(() => [step(x()), step(x())]);
      assert.match(step.report.reason as string, /print, …\) at cell 3:3\.$/);
    });
  });

  it("lets a gradient through, and another compiled function around it", () => {
    const square = compile((a: tf.Tensor) => a.square(), { pure: true });
    const outer = compile((a: tf.Tensor) => square(a).add(1), { pure: true });
    for (let index = 0; index < 5; index++) {
      assert.deepEqual(read(tf.tidy(() => tf.grad((a) => square(a).sum())(x()))), [2, 4, 6, 8]);
      assert.deepEqual(read(tf.tidy(() => square(x()))), [1, 4, 9, 16]);
      assert.deepEqual(read(tf.tidy(() => outer(x()))), [2, 5, 10, 17]);
    }
    assert.equal(outer.report.engine, "graph");
    for (const step of [square, outer]) step.dispose();
  });

  it("throws when there is no memory, leaves nothing, and goes on", () => {
    const step = compile(
      (a: tf.Tensor) => {
        const rows = tf.tidy(() => a.mul(2).add(tf.randomNormal([1])));
        return tf.gather(rows, tf.cast(tf.slice(a, 0, 1), "int32"));
      },
      { pure: true },
    );
    const call = (index: number) => {
      const given = tf.tensor1d([index, 1]);
      try {
        return read(tf.tidy(() => step(given)));
      } finally {
        given.dispose();
      }
    };
    for (let count = 0; count < 4; count++) assert.equal(call(1).length, 1);
    const start = held();
    const { wasm } = backend() as unknown as { wasm: { _malloc(bytes: number): number } };
    const { _malloc } = wasm;
    let allocations = 0;
    wasm._malloc = (bytes) => {
      if (++allocations > 3) throw new Error(`No memory for ${bytes} bytes`);
      return _malloc(bytes);
    };
    try {
      assert.throws(() => call(1), /There is no memory for the result of|No memory for/);
    } finally {
      wasm._malloc = _malloc;
    }
    assert.deepEqual(held(), start);
    assert.equal(call(1).length, 1);
    assert.equal(step.report.engine, "graph");
    step.dispose();
  });

  it("leaves nothing after 200 calls", () => {
    const weight = tf.tidy(() => tf.variable(tf.ones([100, 100]) as tf.Tensor2D));
    const step = compile(
      (a: tf.Tensor) => {
        weight.assign(weight.mul(0.999).add(tf.randomNormal([100, 100]).mul(0.01)) as tf.Tensor2D);
        return a.matMul(weight).mean();
      },
      { pure: true },
    );
    const given = tf.ones([10, 100]);
    const round = (count: number) => {
      for (let index = 0; index < count; index++) read(step(given));
    };
    round(20);
    const start = [...held(), backend().wasm.HEAPU8.length];
    round(200);
    assert.deepEqual([...held(), backend().wasm.HEAPU8.length], start);
    assert.equal(step.report.engine, "graph");
    step.dispose();
    tf.dispose([given, weight]);
  });

  it("is as before after JavaScript was terminated in the midst of a recording", async () => {
    let endless = false;
    const step = compile(
      (a: tf.Tensor) => {
        const result = a.mul(2);
        while (endless);
        return result;
      },
      { pure: true },
    );
    const given = x();
    step(given).dispose();
    const { random } = Math;
    const { write } = backend();
    const kernel = tf.getKernel("Multiply", "wasm").kernelFunc;
    const { state } = tf.engine() as unknown as { state: { scopeStack: unknown[] } };
    const [start, scopes] = [held(), state.scopeStack.length];
    endless = true;
    Object.assign(globalThis, { compiledStep: () => step(given) });
    assert.throws(() => vm.runInThisContext("compiledStep()", { timeout: 100 }), /timed out/);
    Reflect.deleteProperty(globalThis, "compiledStep");
    await new Promise((resolve) => setImmediate(resolve));
    // As the notebook does after an interrupt.
    while (state.scopeStack.length > scopes) tf.engine().endScope();
    assert.equal(Math.random, random);
    assert.equal(backend().write, write);
    assert.equal(tf.getKernel("Multiply", "wasm").kernelFunc, kernel);
    assert.deepEqual(held(), start);
    endless = false;
    for (let index = 0; index < 4; index++) assert.deepEqual(read(step(given)), [2, 4, 6, 8]);
    assert.equal(step.report.engine, "graph");
    step.dispose();
    given.dispose();
  });
});
