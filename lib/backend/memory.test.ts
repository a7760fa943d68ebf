// Who holds memory is told, what is forgotten is freed, and too much of it is an error.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { list } from "./index.ts";

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "memory-"));
});
after(() => rmSync(folder, { recursive: true }));

const library = pathToFileURL(join(import.meta.dirname, "../index.js")).href;
const tfjs = import.meta.resolve("@tensorflow/tfjs");

/** What a script of the user's prints, as JSON; its name is that of its file. */
function run(
  script: string,
  { name = "user.mjs", backend = process.env.NABLAB_BACKEND, forgotten = "free" } = {},
) {
  const path = join(folder, name);
  const head = `import * as dl from "${library}"; import tf from "${tfjs}"; const print = (value) => console.log(JSON.stringify(value));`;
  writeFileSync(path, `${head}\n${script}`);
  const env = {
    ...process.env,
    NABLAB_FORGOTTEN: forgotten,
    ...(backend ? { NABLAB_BACKEND: backend } : {}),
  };
  const output = execFileSync(process.execPath, [path], { env, encoding: "utf8", timeout: 100_000 });
  return JSON.parse(output.trim().split("\n").at(-1) as string);
}

const { name: chosen } = list().find(({ name, available }) => available && name !== "webgpu") ?? {};
const recording = ["cuda", "tensorflow"].includes(process.env.NABLAB_BACKEND ?? chosen ?? "");

/** What freed memory may pile up to before it goes back to the system (see tensorflow/resident-memory.ts), and a tenth. */
const bound = ([early]: number[]) => 1.1 * Math.max(256 * 2 ** 20, (early as number) / 2);

describe("dl.memory", () => {
  it("tells tensors by size, line and file", () => {
    const { bySize, byLine, byCell, text, html } = run(`
      const large = tf.ones([1000, 100]);
      const product = tf.tidy(() => tf.matMul(large, large, true));
      const kept = tf.tidy(() => {
        const inside = tf.keep(tf.add(large, 1));
        tf.add(inside, 1);
      });
      const freed = tf.add(large, 1); freed.dispose();
      const variable = tf.variable(tf.zeros([300, 300]));
      const { bySize, byLine, byCell } = dl.memory();
      print({ bySize, byLine, byCell, text: String(dl.memory()),
        html: dl.memory()[Symbol.for("Jupyter.display")]()["text/html"] });
      globalThis.held = [large, product, kept, freed, variable];
    `);
    const sizes = Object.fromEntries(
      bySize.map(({ name, tensors }: { name: string; tensors: number }) => [name, tensors]),
    );
    assert.equal(sizes["float32[1000,100]"], 2);
    assert.equal(sizes["float32[300,300]"], 2);
    const line = (number: number) =>
      byLine.find(({ name }: { name: string }) => name.endsWith(`user.mjs:${number}`));
    assert.deepEqual([line(3).tensors, line(3).bytes], [1, 400_000]);
    assert.equal(line(6).tensors, 1);
    assert.equal(line(10).tensors, 2);
    assert.equal(line(9), undefined);
    assert.match(byCell[0].name, /user\.mjs$/);
    assert.match(text, /tensors in \d+ blocks of data, .*made by.*user\.mjs:3 +1 +400 KB/s);
    assert.match(html, /<table>/);
  });

  it("leaves what is forgotten, if told so", () => {
    const kept = run(
      `
      const before = tf.memory().numTensors;
      for (let i = 0; i < 40; i++) { tf.ones([2000, 2000]); await new Promise(setImmediate); }
      print(tf.memory().numTensors - before);`,
      { forgotten: "keep" },
    );
    assert.equal(kept, 40);
  });

  it("frees what is forgotten, in time", () => {
    const { most, end, handles } = run(`
      let most = 0;
      for (let step = 0; step < 400; step++) {
        const x = tf.fill([512, 512], step);
        tf.add(x, 1);
        tf.mul(x, 2);
        most = Math.max(most, tf.memory().numBytes);
        await new Promise((resolve) => setImmediate(resolve));
      }
      globalThis.gc ?? (await import("node:v8")).setFlagsFromString("--expose-gc");
      const gc = (await import("node:vm")).runInNewContext("gc");
      for (let round = 0; round < 10; round++) { gc(); await new Promise((resolve) => setTimeout(resolve, 10)); }
      print({ most, end: tf.memory().numTensors, handles: dl.memory().tensorFlowHandles ?? 0 });
    `);
    // 1.2 GB were made.
    assert.ok(most < 700e6, `at most ${most} bytes`);
    assert.ok(end <= 3, `${end} tensors are left`);
    assert.ok(handles <= 3, `${handles} of TensorFlow's are left`);
  });

  it("frees small ones that are forgotten without a pause between them, and knows those that are held", () => {
    const { held, end } = run(`
      const first = tf.scalar(0);
      for (let step = 0; step < 1000; step++) {
        const sum = tf.add(first, step);
        if (step % 2) sum.dispose();
      }
      const held = dl.memory().bySize[0].tensors;
      (await import("node:v8")).setFlagsFromString("--expose-gc");
      const gc = (await import("node:vm")).runInNewContext("gc");
      for (let round = 0; round < 10; round++) { await new Promise((resolve) => setTimeout(resolve, 10)); gc(); }
      await new Promise((resolve) => setTimeout(resolve, 10));
      print({ held, end: tf.memory().numTensors, first: first.dataSync()[0] });
    `);
    assert.equal(held, 501);
    assert.ok(end <= 3, `${end} tensors are left`);
  });

  it("does not free what is in use", () => {
    const found = run(`
      (await import("node:v8")).setFlagsFromString("--expose-gc");
      const gc = (await import("node:vm")).runInNewContext("gc");
      const turn = () => new Promise((resolve) => setTimeout(resolve, 5));
      const model = dl.models.mlp({ inputShape: [4], hidden: [8], outputs: 2 });
      const x = tf.ones([2, 4]);
      const view = tf.reshape(tf.ones([4]), [2, 2]);
      const reader = ((inner) => () => inner.dataSync())(tf.tidy(() => tf.add(x, 1)));
      const step = dl.compile((x) => tf.add(x, view.sum()));
      const answers = [];
      for (let round = 0; round < 5; round++) {
        gc(); await turn();
        answers.push([[...model.predict(x).dataSync()], [...view.dataSync()], [...reader()], [...step(x).dataSync()]]);
      }
      print(answers.map((each) => JSON.stringify(each)));
    `);
    assert.equal(new Set(found).size, 1, found.join("\n"));
  });

  it("is where it was after 1,000 steps of training, and so is the process", () => {
    const { tensors, resident } = run(`
      const model = dl.models.lenet({ classes: 4 });
      model.compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy" });
      const x = tf.randomUniform([4, 28, 28, 1]);
      const y = tf.zeros([4, 1]);
      const train = async (steps) => {
        for (let step = 0; step < steps; step++) await model.trainOnBatch(x, y);
        return [tf.memory().numTensors, process.memoryUsage().rss];
      };
      const [before, early] = await train(200);
      const [after, late] = await train(1000);
      print({ tensors: [before, after], resident: [early, late] });
    `);
    assert.equal(tensors[1], tensors[0]);
    assert.ok(resident[1] - resident[0] < bound(resident), `${(resident[1] - resident[0]) / 1e6} MB more`);
  });

  it("is where it was after 1,500 recorded steps, after 20 trainings and 40 models", {
    skip: recording ? false : "nothing is recorded",
  }, () => {
    const { steps, trainings, models } = run(`
      const koffi = (await import("${import.meta.resolve("koffi")}")).default;
      let trim = () => {};
      try { trim = koffi.load(null).func("int malloc_trim(size_t)"); } catch {}
      // What is free is given back first, which other systems than Linux do by themselves.
      const look = () => { trim(0); return [tf.memory().numTensors, process.memoryUsage.rss()]; };
      const build = () => {
        const model = dl.models.mlp({ inputShape: [100], hidden: [256], outputs: 4 });
        model.compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy" });
        return model;
      };
      const data = { x: tf.randomNormal([500, 100]), y: tf.randomUniform([500], 0, 4, "int32") };
      const train = (model, options) => dl.train.fit(model, data, { batchSize: 128, show: false, ...options });
      // XLA's compiler takes some 100 MB once.
      const first = build();
      await train(first, { epochs: 3, compile: "xla" });
      first.optimizer.dispose();
      first.dispose();
      const model = build();
      const steps = [];
      let count = 0;
      const onStepEnd = ({ stop }) => {
        if (++count === 200 || count === 1700) steps.push(look());
        if (count === 1700) stop();
      };
      await train(model, { epochs: 1000, callbacks: [{ onStepEnd, numbers: () => [] }] });
      const trainings = [];
      for (let index = 1; index <= 25; index++) {
        await train(model, { epochs: 6, seed: index });
        if (index === 5 || index === 25) trainings.push(look());
      }
      // Each would take 3 MB.
      const models = [];
      for (let index = 1; index <= 45; index++) {
        const model = build();
        await train(model, { epochs: 1, compile: "xla" });
        model.optimizer.dispose();
        model.dispose();
        if (index === 5 || index === 45) models.push(look());
      }
      print({ steps, trainings, models });
    `);
    // 40 KB of each step would be more.
    for (const [early, late] of [steps, trainings, models]) {
      assert.equal(late[0], early[0], "tensors");
      assert.ok(late[1] - early[1] < 60e6, `${(late[1] - early[1]) / 1e6} MB more`);
    }
  });

  it("is where it was after 300 explanations, and so is the process", () => {
    const { tensors, resident } = run(`
      const model = dl.models.smallCnn({ inputShape: [12, 12, 1], classes: 3, filters: [4, 8] });
      const x = tf.randomUniform([1, 12, 12, 1]);
      const explain = async (count) => {
        for (let index = 0; index < count; index++) {
          const method = [dl.explain.saliency, dl.explain.cam, dl.explain.lrp][index % 3];
          (await method(model, x)).dispose();
        }
        return [tf.memory().numTensors, process.memoryUsage().rss];
      };
      const [before, early] = await explain(60);
      const [after, late] = await explain(300);
      print({ tensors: [before, after], resident: [early, late] });
    `);
    assert.equal(tensors[1], tensors[0]);
    assert.ok(resident[1] - resident[0] < bound(resident), `${(resident[1] - resident[0]) / 1e6} MB more`);
  });

  it("is given back by a step that fails", () => {
    const { before, after } = run(`
      const model = dl.models.mlp({ inputShape: [4], hidden: [8], outputs: 2 });
      const x = tf.ones([2, 4]);
      const optimizer = tf.train.adam(0.01);
      const state = () => [tf.memory().numTensors, tf.memory().numBytes, dl.memory().tensorFlowHandles ?? 0];
      const fail = () => {
        try {
          optimizer.minimize(() => {
            const y = model.apply(x, { training: true });
            return tf.add(y, tf.ones([3, 5])).mean();
          });
        } catch (error) { return error.message; }
      };
      if (!fail()) throw new Error("It did not fail.");
      const before = state();
      for (let step = 0; step < 20; step++) fail();
      print({ before, after: state() });
    `);
    assert.deepEqual(after, before);
  });
});

describe("too large a tensor", () => {
  it("is an error that names the sizes, and the next operation works", () => {
    const { name, message, next, left } = run(`
      const [column, row] = [tf.ones([400000, 1]), tf.ones([1, 400000])];
      const start = tf.memory().numTensors;
      let error;
      try { tf.matMul(column, row); } catch (caught) { error = caught; }
      const next = [...tf.tidy(() => tf.add(1, 2).dataSync())];
      print({ name: error?.name, message: error?.message, next, left: tf.memory().numTensors - start });
    `);
    assert.equal(name, "OutOfMemoryError");
    assert.match(
      message,
      /no memory for the result of BatchMatMul.*float32\[400000,1\], float32\[1,400000\].*dl\.memory\(\)/,
    );
    assert.deepEqual(next, [3]);
    assert.equal(left, 0);
  });
});
