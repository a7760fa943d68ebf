// What is saved comes back equal; what is damaged or does not fit is told.

import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { ready } from "../backend/index.ts";
import * as models from "../models/index.ts";
import { load, loadTensors, save } from "./index.ts";

let folder: string;
before(async () => {
  await ready();
  folder = await mkdtemp(join(tmpdir(), "save-"));
});
after(() => rm(folder, { recursive: true }));

const small = (seed = 0) => models.smallCnn({ classes: 3, filters: [4, 8], seed });
const image = () => tf.randomUniform([2, 28, 28, 1], 0, 1, "float32", 1);

function assertEqualOutputs(a: tf.LayersModel, b: tf.LayersModel, x: tf.Tensor): void {
  tf.tidy(() => {
    assert.deepEqual((b.predict(x) as tf.Tensor).dataSync(), (a.predict(x) as tf.Tensor).dataSync());
  });
}

describe("the Layers format", () => {
  it("holds a model, which is replaced without leftovers", async () => {
    const path = join(folder, "cnn");
    const x = image();
    await save(small(1), path);
    const second = small(2);
    await save(second, path);
    const files = await readdir(path);
    assert.equal(files.length, 2, `${files}`);
    for (const each of [path, `${path}/`, join(path, "model.json")]) {
      assertEqualOutputs(second, await load(each), x);
    }
    const other = small(3);
    assert.equal(await load(path, { into: other }), other);
    assertEqualOutputs(second, other, x);
  });

  it("is read by TensorFlow.js", async () => {
    const path = join(folder, "plain");
    const model = small();
    await save(model, path);
    const { modelTopology, weightsManifest } = JSON.parse(await readFile(join(path, "model.json"), "utf8"));
    const data = await readFile(join(path, weightsManifest[0].paths[0]));
    const handler = tf.io.fromMemory({
      modelTopology,
      weightSpecs: weightsManifest[0].weights,
      weightData: Uint8Array.from(data).buffer,
    });
    assertEqualOutputs(model, await tf.loadLayersModel(handler), image());
  });

  it("tells a file that is cut off, missing or no model", async () => {
    const path = join(folder, "cut");
    await save(small(), path);
    const weights = (await readdir(path)).find((name) => name.endsWith(".bin")) as string;
    const bytes = await readFile(join(path, weights));
    await writeFile(join(path, weights), bytes.subarray(0, 100));
    await assert.rejects(
      load(path),
      /weights-.*\.bin" is damaged or incomplete: it has 100 bytes instead of \d+/,
    );
    await rm(join(path, weights));
    await assert.rejects(load(path), /There is no file ".*weights/);
    const text = await readFile(join(path, "model.json"));
    await writeFile(join(path, "model.json"), text.subarray(0, 200));
    await assert.rejects(load(path), /model\.json" is damaged or incomplete: it is not JSON/);
    await assert.rejects(load(join(folder, "nowhere")), /There is no file ".*nowhere\/model\.json"/);
  });
});

describe("safetensors", () => {
  it("hold tensors by name", async () => {
    const path = join(folder, "tensors.safetensors");
    const tensors = {
      weights: tf.tensor2d([[1.5, -2, 3]]),
      counts: tf.tensor1d([7, -8], "int32"),
      flags: tf.tensor1d([true, false, true], "bool"),
      one: tf.scalar(4),
      none: tf.zeros([0, 3]),
    };
    await save(tensors, path);
    const loaded = await loadTensors(path);
    assert.deepEqual(Object.keys(loaded), Object.keys(tensors));
    for (const [name, tensor] of Object.entries(tensors)) {
      const { shape, dtype } = loaded[name] as tf.Tensor;
      assert.deepEqual({ shape, dtype }, { shape: tensor.shape, dtype: tensor.dtype });
      assert.deepEqual((loaded[name] as tf.Tensor).dataSync(), tensor.dataSync());
    }
  });

  it("hold a model's weights, for one made the same way", async () => {
    const path = join(folder, "cnn.safetensors");
    const [model, other] = [small(1), small(2)];
    await save(model, path);
    assert.equal(await load(path, { into: other }), other);
    assertEqualOutputs(model, other, image());
    await assert.rejects(
      load(path),
      /holds tensors but no architecture: dl\.load\(path, \{ into: model \}\)/,
    );
  });

  it("of other types become float32 and int32", async () => {
    const path = join(folder, "types.safetensors");
    const header = JSON.stringify({
      half: { dtype: "F16", shape: [5], data_offsets: [0, 10] },
      brain: { dtype: "BF16", shape: [2], data_offsets: [10, 14] },
      double: { dtype: "F64", shape: [1], data_offsets: [14, 22] },
      long: { dtype: "I64", shape: [1], data_offsets: [22, 30] },
      bytes: { dtype: "I8", shape: [2], data_offsets: [30, 32] },
    });
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    const numbers = [
      Uint16Array.of(0x3c00, 0xc000, 0x3555, 0x0001, 0x7c00),
      Uint16Array.of(0x3fc0, 0xc040),
      Float64Array.of(0.1),
      BigInt64Array.of(-5n),
      Int8Array.of(-1, 127),
    ].map(({ buffer }) => Buffer.from(buffer));
    await writeFile(path, Buffer.concat([length, Buffer.from(header), ...numbers]));
    const found = Object.fromEntries(
      Object.entries(await loadTensors(path)).map(([name, tensor]) => [name, [...tensor.dataSync()]]),
    );
    assert.deepEqual(found, {
      half: [1, -2, Math.fround(1365 / 4096), 2 ** -24, Number.POSITIVE_INFINITY],
      brain: [1.5, -3],
      double: [Math.fround(0.1)],
      long: [-5],
      bytes: [-1, 127],
    });
  });

  it("tell a file that is cut off or no safetensors", async () => {
    const path = join(folder, "cut.safetensors");
    await save({ a: tf.ones([100]) }, path);
    const bytes = await readFile(path);
    const cases: [number, RegExp][] = [
      [0, /it has 0 bytes and no header/],
      [20, /its header would end at byte \d+ of 20/],
      [bytes.length - 1, /"a" would end at byte \d+ of/],
    ];
    for (const [size, message] of cases) {
      await writeFile(path, bytes.subarray(0, size));
      await assert.rejects(loadTensors(path), message);
    }
    await writeFile(path, Buffer.from("This is not such a file, but a text of some length."));
    await assert.rejects(loadTensors(path), /is damaged or incomplete: its header would end/);
  });

  it("that don't fit a model are told, and the model is as before", async () => {
    const path = join(folder, "other.safetensors");
    await save(models.smallCnn({ classes: 3, filters: [4, 9] }), path);
    const [model, reference] = [small(1), small(1)];
    const message = /has .*kernel.* of shape \[3,3,4,9\]; the model's .* has shape \[3,3,4,8\]/;
    await assert.rejects(load(path, { into: model }), message);
    assertEqualOutputs(model, reference, image());
    await save({ a: tf.ones([1]) }, path);
    await assert.rejects(load(path, { into: model }), /holds 1 tensors and the model ".*" has \d+ weights/);
  });
});

describe("saving", () => {
  it("leaves the former file and nothing else when it fails", async () => {
    const path = join(folder, "kept.safetensors");
    await save({ a: tf.ones([1]) }, path);
    await assert.rejects(save({ a: tf.ones([1]), b: tf.tensor(["x"]) }, path), /"b" is of type string/);
    assert.deepEqual(Object.keys(await loadTensors(path)), ["a"]);
    await assert.rejects(save({ a: tf.ones([1]) }, join(path, "inside.safetensors")), /EEXIST|ENOTDIR/);
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.includes(".part")),
      [],
    );
  });

  it("tells what it can't save", async () => {
    const tensor = tf.ones([1]);
    await assert.rejects(
      save({ a: tensor }, join(folder, "a.pt")),
      /files that end in .*".pt" is none of these/,
    );
    await assert.rejects(
      save({ a: tensor }, join(folder, "model")),
      /is for a model; tensors by name go into/,
    );
    await assert.rejects(
      save(5 as never, join(folder, "a.safetensors")),
      /takes a model, or tensors by name.*got 5/,
    );
    await assert.rejects(save({ a: 5 } as never, join(folder, "a.safetensors")), /the value of "a" is none/);
    const pair = { generator: small(), discriminator: small() };
    await assert.rejects(
      save(pair as never, join(folder, "pair")),
      /save each by itself: \.generator, \.discriminator/,
    );
  });

  it("makes no tensors", async () => {
    const model = small();
    const start = tf.memory().numTensors;
    await save(model, join(folder, "count"));
    await save(model, join(folder, "count.safetensors"));
    await load(join(folder, "count.safetensors"), { into: model });
    await load(join(folder, "count"), { into: model });
    assert.equal(tf.memory().numTensors, start);
  });
});
