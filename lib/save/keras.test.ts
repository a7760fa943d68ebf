// Files of Keras: what Keras 3 wrote gives Keras's answers, and Keras reads what is written here.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { unzipSync, zipSync } from "fflate";
import { ready } from "../backend/index.ts";
import * as models from "../models/index.ts";
import { load, loadTensors, save } from "./index.ts";

const root = join(import.meta.dirname, "../../..");
const refs = join(root, "tests/refs/save");

interface Recorded {
  shape: number[];
  values: number[];
}
interface Answers {
  inputs: (Recorded & { dtype: "float32" | "int32" })[];
  outputs: Recorded[];
}
const expected = JSON.parse(readFileSync(join(root, "tests/refs/save.json"), "utf8")) as Record<
  string,
  Answers
>;

let folder: string;
before(async () => {
  await ready();
  folder = await mkdtemp(join(tmpdir(), "keras-"));
});
after(() => rm(folder, { recursive: true }));

function assertAnswers(model: tf.LayersModel, { inputs, outputs }: Answers): void {
  tf.tidy(() => {
    const given = inputs.map(({ values, shape, dtype }) => tf.tensor(values, shape, dtype));
    const found = [model.predict(given.length === 1 ? (given[0] as tf.Tensor) : given)].flat();
    assert.equal(found.length, outputs.length);
    outputs.forEach(({ shape, values }, index) => {
      assert.deepEqual((found[index] as tf.Tensor).shape, shape);
      assertClose((found[index] as tf.Tensor).dataSync(), values);
    });
  });
}

function assertClose(found: ArrayLike<number>, values: number[]): void {
  const worst = Math.max(...values.map((value, index) => Math.abs(value - (found[index] as number))));
  assert.ok(worst < 2e-6, `differs by ${worst}`);
}

describe("files that Keras 3 wrote", () => {
  for (const [name, answers] of Object.entries(expected)) {
    it(`${name}: .keras, .h5 and weights give Keras's answers`, async () => {
      const start = tf.memory().numTensors;
      const model = await load(join(refs, `${name}.keras`));
      assertAnswers(model, answers);
      const old = await load(join(refs, `${name}.h5`));
      assertAnswers(old, answers);
      const shift = () =>
        model.setWeights(model.getWeights().map((weight) => tf.tidy(() => tf.add(weight, 1))));
      for (const ending of ["weights.h5", "h5", "keras"]) {
        tf.tidy(() => shift());
        assert.throws(() => assertAnswers(model, answers), /differs by/);
        await load(join(refs, `${name}.${ending}`), { into: model });
        assertAnswers(model, answers);
      }
      // A layer that is called twice outlives its model in TensorFlow.js.
      for (const { weights } of [model, old]) for (const weight of weights) weight.dispose();
      assert.equal(tf.memory().numTensors, start);
    });
  }

  it("are refused where TensorFlow.js would compute something else", async () => {
    await assert.rejects(
      load(join(refs, "hard-sigmoid.keras")),
      /the Dense layer "hard" has activation "hard_sigmoid", which is .* use "sigmoid"/,
    );
    await assert.rejects(
      load(join(refs, "grouped.keras")),
      /the Conv2D layer "grouped" has groups = 2, which TensorFlow\.js has not/,
    );
  });

  it("that are weights alone are told", async () => {
    await assert.rejects(
      load(join(refs, "nested-model.weights.h5")),
      /no architecture: dl\.load\(path, \{ into/,
    );
    const other = models.mlp();
    await assert.rejects(
      load(join(refs, "nested-model.weights.h5"), { into: other }),
      /has layers\/dense\/vars\/0 of shape \[4,1\]; the model's .*kernel has shape \[784,128\]/,
    );
    await assert.rejects(
      load(join(refs, "image-model.h5"), { into: other }),
      /has weights of \d+ layers; the model "mlp" has 2 layers/,
    );
  });

  it("of a layer that is not known are told", async () => {
    const files = unzipSync(await readFile(join(refs, "nested-model.keras")));
    const config = Buffer.from(files["config.json"] as Uint8Array).toString();
    const path = join(folder, "unknown.keras");
    await writeFile(
      path,
      zipSync({ ...files, "config.json": Buffer.from(config.replace('"Multiply"', '"Frobnicate"')) }),
    );
    await assert.rejects(load(path), /unknown\.keras" can't be made into a model: .*Frobnicate/);
  });

  it("that are cut off are told at any length", async () => {
    for (const ending of ["keras", "h5", "weights.h5"]) {
      const bytes = await readFile(join(refs, `nested-model.${ending}`));
      const path = join(folder, `cut.${ending}`);
      for (const part of [0, 0.01, 0.3, 0.7, 0.95, 0.999]) {
        await writeFile(path, bytes.subarray(0, Math.floor(bytes.length * part)));
        await assert.rejects(
          load(path, { into: models.mlp() }),
          /is damaged or incomplete/,
          `${ending} ${part}`,
        );
      }
    }
    const files = unzipSync(await readFile(join(refs, "nested-model.keras")));
    const { "config.json": _, ...others } = files;
    await writeFile(join(folder, "none.keras"), zipSync(others));
    await assert.rejects(
      load(join(folder, "none.keras")),
      /the archive has no config\.json, only metadata\.json/,
    );
  });
});

it("safetensors that Python wrote", async () => {
  const { half, long, flags } = (await loadTensors(join(refs, "tensors.safetensors"))) as Record<
    string,
    tf.Tensor
  >;
  assert.deepEqual([...(half as tf.Tensor).dataSync()], [1.5, -2]);
  assert.deepEqual((long as tf.Tensor).arraySync(), [[5], [-6]]);
  assert.deepEqual((flags as tf.Tensor).dtype, "bool");
});

/** The Python of the benchmarks, which has Keras. */
const python = join(root, ".venv-bench/bin/python");
const script = `
import json, os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras, numpy as np
answers = {}
for path, given in json.load(open(sys.argv[1])).items():
    model = keras.saving.load_model(path, compile=False)
    inputs = [np.array(each["values"], each["dtype"]).reshape(each["shape"]) for each in given]
    outputs = model(inputs if len(inputs) > 1 else inputs[0])
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    answers[path] = [{"shape": list(o.shape), "values": np.asarray(o, "float64").ravel().tolist()} for o in outputs]
json.dump(answers, open(sys.argv[2], "w"))
`;

describe("files written here", () => {
  const image = { inputShape: [16, 16, 1] as const, classes: 3 };
  const made: Record<string, () => tf.LayersModel> = {
    mlp: () => models.mlp({ inputShape: [6, 6], hidden: [8, 8], outputs: 3, dropout: 0.1 }),
    lenet: () => models.lenet({ classes: 3 }),
    smallCnn: () => models.smallCnn({ classes: 3, filters: [4, 8] }),
    resnet: () => models.resnet({ ...image, depth: 8, filters: 4 }),
    densenet: () => models.densenet({ ...image, blocks: [2, 2], growth: 4, stem: false }),
    googlenet: () => models.googlenet({ ...image, inputShape: [32, 32, 1], width: 0.1 }),
    mobilenet: () => models.mobilenet({ ...image, inputShape: [32, 32, 1], width: 0.1 }),
    vgg: () => models.vgg({ ...image, inputShape: [32, 32, 1], depth: 11, width: 0.1, units: 8 }),
    unet: () => models.unet({ inputShape: [16, 16, 1], filters: 4, levels: 2, classes: 3 }),
    autoencoder: () => models.convolutionalAutoencoder({ inputShape: [8, 8, 1], hidden: [4, 8] }),
  };
  for (const name of Object.keys(expected)) made[name] = () => undefined as never;

  it("are read by Keras, with the same answers", {
    skip: existsSync(python) ? false : "no Keras in .venv-bench",
  }, async () => {
    const given: Record<string, unknown> = {};
    const own: Record<string, Recorded[]> = {};
    for (const [name, make] of Object.entries(made)) {
      const model = expected[name] ? await load(join(refs, `${name}.keras`)) : make();
      const inputs = model.inputs.map(({ shape, dtype }, index) => {
        const size = [2, ...shape.slice(1)] as number[];
        const known = expected[name]?.inputs[index];
        const x = known
          ? tf.tensor(known.values, known.shape, known.dtype)
          : tf.randomUniform(size, 0, 1, dtype, 1);
        return x as tf.Tensor;
      });
      const outputs = [model.predict(inputs.length === 1 ? (inputs[0] as tf.Tensor) : inputs)].flat();
      for (const ending of ["keras", "h5"]) {
        const path = join(folder, `${name}.${ending}`);
        await save(model, path);
        given[path] = inputs.map((x) => ({ shape: x.shape, dtype: x.dtype, values: [...x.dataSync()] }));
        own[path] = outputs.map((y) => ({ shape: y.shape, values: [...y.dataSync()] }));
      }
    }
    await writeFile(join(folder, "given.json"), JSON.stringify(given));
    execFileSync(python, ["-c", script, join(folder, "given.json"), join(folder, "answers.json")], {
      stdio: ["ignore", "ignore", "pipe"],
      timeout: 120_000,
    });
    const answers = JSON.parse(await readFile(join(folder, "answers.json"), "utf8")) as typeof own;
    for (const [path, outputs] of Object.entries(own)) {
      outputs.forEach(({ shape, values }, index) => {
        const answer = (answers[path] as Recorded[])[index] as Recorded;
        assert.deepEqual(answer.shape, shape, path);
        assertClose(answer.values, values);
      });
    }
  });

  it("are refused where Keras 3 would compute something else", async () => {
    const model = models.sequenceClassifier({ cell: "lstm", units: [4] });
    for (const ending of ["keras", "h5"]) {
      const path = join(folder, `hard.${ending}`);
      await assert.rejects(
        save(model, path),
        /the LSTM layer ".*" has recurrent_activation "hardSigmoid", which is/,
      );
      assert.equal(existsSync(path), false);
    }
  });
});
