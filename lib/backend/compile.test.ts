// Compiled functions: what they give is what they give uncompiled, whatever changes between calls, and what can't be
// recorded runs as it is with its reason.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import vm from "node:vm";
import * as tf from "@tensorflow/tfjs";
import { type CompileOptions, compile, list, memory, use } from "./index.ts";

const status = list().find(({ name }) => name === "tensorflow");

describe("a compiled function", { skip: status?.available ? false : status?.reason }, () => {
  before(() => {
    // Tensors are counted here, so none may go at a moment of the garbage collector's choice.
    process.env.NABLAB_FORGOTTEN = "keep";
    return use("tensorflow");
  });

  const read = (tensor: tf.Tensor) => {
    const values = Array.from(tensor.dataSync());
    tensor.dispose();
    return values;
  };

  /** Calls `step` with each of `calls` plain and compiled, and compares. Returns the report after each call. */
  const same = <Given extends unknown[]>(
    makeStep: () => (...given: Given) => tf.Tensor,
    calls: (() => Given)[],
    options: CompileOptions = {},
  ) => {
    const [plain, step] = [makeStep(), compile(makeStep(), options)];
    const reports = calls.map((call, index) => {
      const [wanted, actual] = [plain, step].map((each) => {
        const given = call();
        const result = read(tf.tidy(() => each(...given)));
        tf.dispose(given as unknown as tf.Tensor[]);
        return result;
      });
      assert.equal(actual.length, wanted.length);
      actual.forEach((value, position) => {
        assert.ok(
          Math.abs(value - wanted[position]) <= 1e-5 * Math.max(1e-3, Math.abs(wanted[position])),
          `call ${index}: ${actual} instead of ${wanted}`,
        );
      });
      return step.report;
    });
    step.dispose();
    return reports;
  };

  const x = () => tf.tensor2d([1, 2, 3, 4], [2, 2]);
  const repeat = <Value>(count: number, value: Value): Value[] => Array(count).fill(value);

  for (const engine of ["graph", "xla"] as const) {
    for (const pure of [false, true]) {
      it(`runs as one function from the second call on: ${engine}${pure ? ", pure" : ""}`, () => {
        const step = () => (a: tf.Tensor, b: tf.Tensor) =>
          tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D).relu();
        const reports = same(
          step,
          repeat(5, (): [tf.Tensor, tf.Tensor] => [x(), x().mul(-2).add(3)]),
          { engine, pure },
        );
        assert.deepEqual(
          reports.map((report) => report.engine),
          ["eager", engine, engine, engine, engine],
        );
      });

      it(`numbers among the arguments may differ: ${engine}${pure ? ", pure" : ""}`, () => {
        const step =
          () =>
          (a: tf.Tensor, factor: number, { shift }: { shift: number }, row: Float32Array) =>
            a.mul(factor).add(shift).mul(tf.tensor1d(row));
        const calls = [1, 1, 1, 1, 3, 4, 4, 4, 1].map(
          (factor, index) => (): [tf.Tensor, number, { shift: number }, Float32Array] => [
            x(),
            factor,
            { shift: index % 4 },
            Float32Array.of(1, index > 6 ? 2 : 1),
          ],
        );
        const reports = same(step, calls, { engine, pure });
        assert.equal(reports.at(-1)?.engine, engine);
      });
    }
  }

  it("numbers of the surroundings may differ", () => {
    const reports = same(
      () => {
        let weight = 1;
        return (a: tf.Tensor) => {
          weight = weight > 4 ? weight + 1 : weight * 1.5;
          return a.mul(weight).add(tf.tensor1d([weight, 1]));
        };
      },
      repeat(8, (): [tf.Tensor] => [x()]),
    );
    assert.equal(reports.at(-1)?.engine, "graph");
  });

  it("an array of the user's may be filled anew", () => {
    const reports = same(
      () => {
        const buffer = new Float32Array(2);
        return (a: tf.Tensor) => {
          buffer[0] += 1;
          return a.mul(tf.tensor1d(buffer));
        };
      },
      repeat(5, (): [tf.Tensor] => [x()]),
    );
    assert.equal(reports.at(-1)?.engine, "graph");
  });

  it("records anew for other shapes, types, strings and booleans", () => {
    const step = () => (a: tf.Tensor, how: string, twice: boolean) => {
      const result = how === "sum" ? a.sum() : a.max();
      return twice ? result.mul(tf.scalar(2, result.dtype)) : result;
    };
    const calls = [
      (): [tf.Tensor, string, boolean] => [x(), "sum", true],
      (): [tf.Tensor, string, boolean] => [x(), "max", true],
      (): [tf.Tensor, string, boolean] => [x(), "sum", false],
      (): [tf.Tensor, string, boolean] => [tf.ones([5]), "sum", false],
      (): [tf.Tensor, string, boolean] => [tf.ones([5], "int32"), "sum", false],
    ];
    const reports = same(step, repeat(6, calls).flat());
    assert.deepEqual(reports.at(-1), { engine: "graph", reason: undefined, recordings: 5 });
  });

  it("follows JavaScript that decides otherwise, and gives up if it keeps on", () => {
    let add = false;
    const step = () => (a: tf.Tensor) => (add ? a.add(1) : a.mul(3));
    const calls = [0, 0, 0, 0, 1, 1, 1, 0, 0].map((which) => (): [tf.Tensor] => {
      add = which === 1;
      return [x()];
    });
    assert.equal(same(step, calls).at(-1)?.engine, "graph");
    const alternating = repeat(6, calls.slice(3, 5)).flat();
    const reports = same(step, alternating);
    assert.equal(reports.at(-1)?.engine, "eager");
    assert.match(reports.at(-1)?.reason as string, /because it does other operations from call to call/);
  });

  it("updates variables as assigned, however they share data", () => {
    const variables = () => {
      const online = tf.variable(tf.tensor1d([1, 2]));
      const target = tf.variable(online.clone());
      const start = online.clone();
      return { online, target, start };
    };
    const run = (wrap: (step: (a: tf.Tensor) => tf.Tensor) => (a: tf.Tensor) => tf.Tensor) => {
      const { online, target, start } = variables();
      const step = wrap((a) => {
        online.assign(online.mul(0.9).add(a));
        const distance = online.sub(start).square().sum();
        target.assign(target.mul(0.5).add(online.mul(0.5)));
        return distance;
      });
      const results: number[][] = [];
      for (let index = 0; index < 8; index++) {
        const snapshot = online.clone();
        const given = tf.tensor1d([index, 1]);
        results.push(read(tf.tidy(() => step(given))), Array.from(target.dataSync()), read(snapshot));
        if (index === 3) target.assign(online);
        if (index === 5) online.assign(start);
        given.dispose();
      }
      tf.dispose([online, target, start]);
      return results;
    };
    const start = memory();
    const wanted = run((step) => step);
    const afterPlain = memory();
    const step = run((each) => compile(each));
    const pure = run((each) => compile(each, { pure: true }));
    assert.deepEqual(step, wanted);
    assert.deepEqual(pure, wanted);
    assert.equal(memory().tensors - afterPlain.tensors, 2 * (afterPlain.tensors - start.tensors));
  });

  it("returns structures, arguments, constants and the same tensor twice", () => {
    const v = tf.variable(tf.scalar(2));
    const step = compile((a: tf.Tensor) => {
      const b = a.square();
      return { a, list: [b, b, tf.scalar(7)], v: v as tf.Tensor, note: "text", none: null };
    });
    for (let index = 0; index < 4; index++) {
      const given = x();
      const { a, list, v: returned, note, none } = step(given);
      assert.deepEqual(
        [a, ...list, returned].map((tensor) => Array.from(tensor.dataSync())),
        [[1, 2, 3, 4], [1, 4, 9, 16], [1, 4, 9, 16], [7], [2]],
      );
      assert.deepEqual([note, none], ["text", null]);
      tf.dispose([given, a, ...list]);
    }
    assert.equal(step.report.engine, "graph");
    tf.dispose(v);
  });

  it("draws the random numbers that it draws uncompiled", () => {
    const seeded = (step: (a: tf.Tensor) => tf.Tensor) => {
      const original = Math.random;
      let state = 1;
      Math.random = () => {
        state = (state * 16807) % 2147483647;
        return state / 2147483647;
      };
      try {
        return Array.from({ length: 6 }, () => {
          const given = x();
          const result = read(tf.tidy(() => step(given)));
          given.dispose();
          return result;
        });
      } finally {
        Math.random = original;
      }
    };
    const step = (a: tf.Tensor) =>
      tf
        .dropout(a, 0.5)
        .add(tf.randomNormal([2, 2]))
        .mul(tf.randomUniform([1]));
    const wanted = seeded(step);
    const compiled = compile(step);
    assert.deepEqual(seeded(compiled), wanted);
    assert.equal(compiled.report.engine, "graph");
    assert.equal(new Set(wanted.flat()).size, 24, "fresh at every call");
    const refused = compile((a: tf.Tensor) => {
      const result = step(a);
      result.dataSync();
      return result;
    });
    assert.deepEqual(seeded(refused), wanted, "and where a recording fails");
  });

  describe("runs as it is and says why", () => {
    const kept: tf.Tensor[] = [];
    const cases: [what: string, step: (a: tf.Tensor) => unknown, reason: RegExp][] = [
      [
        "a value is read",
        (a) => a.mul(a.sum().dataSync()[0]),
        /because it reads the values of a tensor \(data/,
      ],
      ["an argument is read", (a) => a.mul(a.dataSync()[0]), /because it reads the values of a tensor/],
      [
        "a promise is returned",
        async (a) => a.mul((await a.data())[0]),
        /because it (reads|is asynchronous)/,
      ],
      [
        "a value is read later",
        (a) => {
          const sum = a.sum();
          tf.keep(sum);
          sum.data().then(() => sum.dispose());
          return a.mul(2);
        },
        /because it reads the values/,
      ],
      [
        "a shape depends on values",
        (a) => tf.tidy(() => tf.unique(tf.reshape(a, [-1])).values),
        /shape of Unique\w*'s result depends on values|reads the values/,
      ],
      [
        "there is no kernel",
        (a) =>
          tf.image
            .rotateWithOffset(tf.reshape(a, [1, 2, 2, 1]), 0.5)
            .sum()
            .add(a),
        /because TensorFlow has no kernel RotateWithOffset, which is run in JavaScript/,
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
        const compiled = compile(step as (a: tf.Tensor) => tf.Tensor);
        const [given, plain] = [x(), x()];
        const changes: number[][] = [];
        for (let index = 0; index < 4; index++) {
          const start = memory();
          const result = (await compiled(given)) as tf.Tensor;
          await new Promise((resolve) => setImmediate(resolve));
          const wanted = (await step(plain)) as tf.Tensor;
          await new Promise((resolve) => setImmediate(resolve));
          assert.deepEqual(result.dataSync(), wanted.dataSync());
          tf.dispose([wanted, result, ...kept.splice(0)]);
          const end = memory();
          changes.push([end.tensors - start.tensors, end.buffers - start.buffers, end.bytes - start.bytes]);
        }
        // Intermediate results are the step's own affair; the failed recording, at index 1, adds none.
        assert.deepEqual(changes[1], changes[2]);
        assert.equal(compiled.report.engine, "eager");
        assert.match(compiled.report.reason as string, /^The step was not recorded because .*\.$/);
        assert.match(compiled.report.reason as string, reason);
        tf.dispose([given, plain]);
      });
    }

    it("with the line of the user's code", () => {
      const source = "(a) => {\n  const b = a.square();\n  return b.mul(b.sum().dataSync()[0]);\n}";
      const step = compile(
        new vm.Script(source, { filename: "cell 3" }).runInThisContext() as (a: tf.Tensor) => tf.Tensor,
      );
      tf.tidy(() => [step(x()), step(x())]);
      assert.match(step.report.reason as string, /print, …\) at cell 3:3\.$/);
    });
  });

  it("is recorded after the calls that make variables", () => {
    const weight = tf.variable(tf.scalar(1));
    const step = compile(
      (a: tf.Tensor) =>
        optimizer.minimize(() => a.mul(weight).square().mean() as tf.Scalar, true, [weight]) as tf.Tensor,
    );
    const optimizer = tf.train.adam(0.1);
    const given = x();
    const losses = Array.from({ length: 6 }, () => read(step(given))[0]);
    assert.equal(step.report.engine, "graph");
    assert.ok(
      losses.every((loss, index) => index === 0 || loss < losses[index - 1]),
      String(losses),
    );
    tf.dispose([given, weight]);
    optimizer.dispose();
  });

  it("lets a gradient through, and another compiled function around it", () => {
    const square = compile((a: tf.Tensor) => a.square());
    const outer = compile((a: tf.Tensor) => square(a).add(1));
    for (let index = 0; index < 3; index++) {
      assert.deepEqual(read(tf.tidy(() => tf.grad((a) => square(a).sum())(x()))), [2, 4, 6, 8]);
      assert.deepEqual(read(tf.tidy(() => square(x()))), [1, 4, 9, 16]);
      assert.deepEqual(read(tf.tidy(() => outer(x()))), [2, 5, 10, 17]);
    }
    assert.equal(outer.report.engine, "graph");
  });

  it("throws what the function throws and goes on", () => {
    const table = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    for (const pure of [false, true]) {
      const step = compile(
        (rows: tf.Tensor, fail: number) => {
          if (fail === 9) throw new RangeError("nine");
          return tf.gather(table, rows as tf.Tensor1D);
        },
        { pure },
      );
      const call = (row: number, fail = 0) => read(tf.tidy(() => step(tf.tensor1d([row], "int32"), fail)));
      for (let index = 0; index < 4; index++) assert.deepEqual(call(1), [3, 4]);
      const start = memory();
      assert.throws(() => call(5), /5 is not in \[0, 2\)/);
      assert.deepEqual(memory(), start);
      assert.throws(() => call(1, 9), RangeError);
      assert.deepEqual(memory(), start);
      assert.deepEqual(call(0), [1, 2]);
      assert.throws(() => tf.tidy(() => step(tf.tensor2d([[1]], [1, 1], "int32"), 9)), RangeError);
      step.dispose();
    }
    table.dispose();
  });

  it("shares what XLA has compiled with those that do the same to the last constant, until all are disposed", () => {
    const make = (factor: number) =>
      compile((a: tf.Tensor) => a.mul(factor).add(tf.tensor1d([1, factor])), { engine: "xla" });
    const given = tf.tensor1d([1, 2]);
    const run = (step: ReturnType<typeof make>) => {
      const values = [0, 1, 2].map(() => read(step(given)));
      assert.equal(step.report.engine, "xla", step.report.reason);
      return values.at(-1);
    };
    const [first, same, other] = [make(3), make(3), make(4)];
    for (let round = 0; round < 2; round++) {
      assert.deepEqual([first, same, other].map(run), [
        [4, 9],
        [4, 9],
        [5, 12],
      ]);
      // It records anew and shares again.
      first.dispose();
      assert.deepEqual([same, other].map(run), [
        [4, 9],
        [5, 12],
      ]);
    }
    for (const step of [first, same, other]) step.dispose();
    const late = make(3);
    assert.deepEqual(run(late), [4, 9]);
    late.dispose();
    given.dispose();
  });

  it("leaves nothing after 1,000 calls", () => {
    const weight = tf.variable(tf.ones([100, 100]));
    for (const [pure, engine] of [
      [false, "graph"],
      [true, "graph"],
      [true, "xla"],
      [true, "auto"],
    ] as const) {
      const step = compile(
        (a: tf.Tensor, factor: number) => {
          weight.assign(weight.mul(0.999).add(tf.randomNormal([100, 100]).mul(factor)) as tf.Tensor2D);
          return a.matMul(weight).mean();
        },
        { pure, engine },
      );
      const given = tf.ones([10, 100]);
      const round = (count: number) => {
        for (let index = 0; index < count; index++) read(step(given, index));
      };
      // XLA's compiler takes some 70 MB once.
      round(20);
      const start = { ...memory(), rss: process.memoryUsage().rss };
      round(pure ? 1000 : 200);
      const { rss, ...end } = { ...memory(), rss: process.memoryUsage().rss };
      assert.deepEqual(end, { ...end, ...memory() });
      assert.deepEqual(
        [end.tensors, end.buffers, end.bytes, end.tensorFlowHandles],
        [start.tensors, start.buffers, start.bytes, start.tensorFlowHandles],
      );
      assert.ok(rss - start.rss < 60e6, `${rss - start.rss} bytes more`);
      given.dispose();
      step.dispose();
    }
    weight.dispose();
  });

  it("is as before after JavaScript was terminated in the midst of a recording", async () => {
    const weight = tf.tidy(() => tf.variable(tf.scalar(1)));
    let endless = false;
    const step = compile((a: tf.Tensor) => {
      tf.tidy(() => weight.assign(weight.add(1) as tf.Scalar));
      const result = a.mul(weight);
      while (endless);
      return result;
    });
    // As many as TensorFlow is given at once, lest its tensors are more after the first recording.
    const given = tf.ones([200]);
    step(given).dispose();
    const { random } = Math;
    const { state } = tf.engine() as unknown as { state: { scopeStack: unknown[] } };
    const [start, scopes] = [memory(), state.scopeStack.length];
    for (const call of ["record", "compare"]) {
      endless = true;
      Object.assign(globalThis, { compiledStep: () => step(given) });
      assert.throws(() => vm.runInThisContext("compiledStep()", { timeout: 100 }), /timed out/, call);
      await new Promise((resolve) => setImmediate(resolve));
      // As the notebook does after an interrupt.
      while (state.scopeStack.length > scopes) tf.engine().endScope();
      assert.equal(Math.random, random);
      assert.deepEqual({ ...memory(), bytes: 0 }, { ...start, bytes: 0 });
      endless = false;
      const before = weight.dataSync()[0];
      assert.deepEqual(read(step(given)), repeat(200, before + 1));
      assert.equal(step.report.engine, "graph");
    }
    Reflect.deleteProperty(globalThis, "compiledStep");
    tf.dispose([given, weight]);
  });

  it("forgets the oldest of many shapes", () => {
    const step = compile((a: tf.Tensor) => a.add(1));
    for (let size = 1; size < 50; size++) {
      for (let call = 0; call < 6; call++) {
        assert.deepEqual(read(tf.tidy(() => step(tf.zeros([size])))), Array(size).fill(1));
      }
    }
    assert.equal(step.report.recordings, 32);
    step.dispose();
    assert.equal(step.report.recordings, 0);
  });

  it("runs as it is on other backends", async () => {
    const step = compile((a: tf.Tensor) => a.add(1));
    const given = x();
    for (let index = 0; index < 3; index++) step(given).dispose();
    await use("cpu");
    assert.deepEqual(read(step(given)), [2, 3, 4, 5]);
    assert.equal(step.report.engine, "eager");
    await use("tensorflow");
    assert.deepEqual(read(step(given)), [2, 3, 4, 5]);
    assert.equal(step.report.engine, "graph");
    given.dispose();
  });
});
