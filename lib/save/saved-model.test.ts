// SavedModels that Python wrote give Python's answers.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { list, memory, use } from "../backend/index.ts";
import { load, loadSavedModel, type NamedTensors } from "./index.ts";

const root = join(import.meta.dirname, "../../..");
const refs = join(root, "tests/refs/save");
const status = list().find(({ name }) => name === "tensorflow");

describe("SavedModels", { skip: status?.available ? false : status?.reason }, () => {
  let folder: string;
  before(async () => {
    await use("tensorflow");
    folder = await mkdtemp(join(tmpdir(), "saved-model-"));
  });
  after(() => rm(folder, { recursive: true }));

  it("of Keras give Keras's answers", async () => {
    const { inputs, outputs } = JSON.parse(readFileSync(join(root, "tests/refs/save.json"), "utf8"))[
      "nested-model"
    ];
    const model = await loadSavedModel(join(refs, "saved-model"));
    assert.deepEqual(Object.keys(model.signatures).sort(), [
      "__saved_model_init_op",
      "serve",
      "serving_default",
    ]);
    const signature = model.signatures.serving_default;
    assert.deepEqual(signature?.inputs.a, { dtype: "float32", shape: [null, 5] });
    const [a, b] = inputs.map(({ values, shape }: { values: number[]; shape: number[] }) =>
      tf.tensor(values, shape),
    );
    const found = model.predict({ b, a }) as NamedTensors;
    const answers = Object.values(found).map((tensor) => [...tensor.dataSync()]);
    assert.equal(answers.length, outputs.length);
    for (const { values } of outputs) {
      const same = (answer: number[]) =>
        answer.length === values.length &&
        answer.every((each, index) => Math.abs(each - values[index]) < 1e-6);
      assert.ok(answers.some(same), `${values} is not among ${JSON.stringify(answers)}`);
    }
    tf.dispose([a, b, found]);
    model.dispose();
    model.dispose();
  });

  it("have functions by name, of whole numbers and strings", async () => {
    const model = await loadSavedModel(join(refs, "functions"));
    const x = tf.tensor2d([[1, 2]]);
    const n = tf.tensor2d([[3, 4]], [1, 2], "int32");
    const found = model.predict({ x, n }, { signature: "both" }) as NamedTensors;
    assert.deepEqual([...(found.sum as tf.Tensor).dataSync()], [5, 10]);
    assert.deepEqual([...(found.double as tf.Tensor).dataSync()], [6, 8]);
    assert.equal((found.double as tf.Tensor).dtype, "int32");
    const greeting = model.predict(tf.scalar("you"), { signature: "greet" }) as tf.Tensor;
    assert.deepEqual(greeting.dataSync(), ["hello you"]);
    model.dispose();
    assert.throws(() => model.predict({ x, n }, { signature: "both" }), /was disposed before this use/);
  });

  it("leave nothing behind", async () => {
    const rounds = async (count: number) => {
      for (let round = 0; round < count; round++) {
        const model = await loadSavedModel(join(refs, "functions"));
        tf.tidy(() => {
          const [x, n] = [tf.ones([1, 2]), tf.ones([1, 2], "int32")];
          model.predict({ x, n }, { signature: "both" });
          assert.throws(() => model.predict({ x }, { signature: "both" }));
        });
        model.dispose();
      }
      return memory();
    };
    assert.deepEqual(await rounds(1), await rounds(5));
  });

  it("tell inputs that don't fit", async () => {
    const model = await loadSavedModel(join(refs, "functions"));
    const [x, n] = [tf.ones([1, 2]), tf.ones([1, 2], "int32")];
    const cases: [() => unknown, RegExp][] = [
      [() => model.predict({ x, n }), /has no function "serving_default"; it has .*"both"/],
      [
        () => model.predict(x, { signature: "both" }),
        /takes the inputs "x", "n"; give them by name|"n", "x"; give/,
      ],
      [() => model.predict({ x }, { signature: "both" }), /takes the inputs .*; it was given "x"/],
      [
        () => model.predict({ x, n: x }, { signature: "both" }),
        /"n" is float32\[1,2\]; it must be int32\[any,2\]/,
      ],
      [
        () => model.predict({ x: tf.ones([2]), n }, { signature: "both" }),
        /"x" is float32\[2\]; it must be float32\[any,2\]/,
      ],
    ];
    for (const [act, message] of cases) assert.throws(act, message);
    model.dispose();
  });

  it("tell what is no SavedModel, or half of one", async () => {
    await assert.rejects(loadSavedModel(folder), /is no SavedModel: it has no saved_model\.pb/);
    await assert.rejects(load(join(refs, "functions")), /is a SavedModel: dl\.loadSavedModel loads those/);
    await assert.rejects(loadSavedModel(join(refs, "functions"), { tags: ["train"] }), /train/);
    const broken = join(folder, "broken");
    await cp(join(refs, "functions"), broken, { recursive: true });
    const bytes = await readFile(join(broken, "saved_model.pb"));
    await writeFile(join(broken, "saved_model.pb"), bytes.subarray(0, 5000));
    await assert.rejects(
      loadSavedModel(broken),
      /broken" can't be loaded: TensorFlow failed at loading a SavedModel: Read less/,
    );
    await writeFile(join(broken, "saved_model.pb"), bytes);
    await writeFile(join(broken, "variables/variables.data-00000-of-00001"), "");
    await assert.rejects(loadSavedModel(broken), /broken" can't be loaded: TensorFlow failed at loading/);
  });

  it("need TensorFlow", async () => {
    const model = await loadSavedModel(join(refs, "functions"));
    await use("cpu");
    await assert.rejects(
      loadSavedModel(join(refs, "functions")),
      /is run by TensorFlow, and "cpu" computes now/,
    );
    const [x, n] = [tf.ones([1, 2]), tf.ones([1, 2], "int32")];
    assert.throws(() => model.predict({ x, n }, { signature: "both" }), /"cpu" computes now/);
    await use("tensorflow");
    // Tensors that another backend has made are moved.
    assert.ok(model.predict({ x, n }, { signature: "both" }));
    model.dispose();
  });
});
