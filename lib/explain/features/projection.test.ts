import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { use } from "../../backend/index.ts";
import { assertClose } from "../battery/compare.ts";
import { projection } from "./projection.ts";

function makeModel(): tf.LayersModel {
  return tf.sequential({
    layers: [
      tf.layers.conv2d({
        inputShape: [4, 4, 1],
        filters: 3,
        kernelSize: 3,
        activation: "relu",
        name: "maps",
      }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 5, activation: "relu", name: "features" }),
      tf.layers.dense({ units: 2, activation: "softmax" }),
    ],
  });
}

describe("a layer's features in a plane", () => {
  before(() => use("cpu"));

  it("are those of the layer before the last, coloured by class", async () => {
    const model = makeModel();
    const x = tf.randomNormal([9, 4, 4, 1], 0, 1, "float32", 1);
    const start = tf.memory().numTensors;
    const labels = [0, 1, 0, 1, 0, 1, 0, 1, 0];
    const result = await projection(model, x, { labels, classNames: ["cat", "dog"], batchSize: 4 });
    assert.equal(tf.memory().numTensors, start);
    assert.equal(result.layer, "features");
    assert.equal(result.points.length, 9);
    const mime = await result.figure.toMime();
    assert.match(String(mime["image/svg+xml"]), /cat.*dog|dog.*cat/s);
    assert.match(String(mime["image/svg+xml"]), /% of variance/);
    x.dispose();
    model.dispose();
  });

  it("show how much of the variance they hold, and may keep neighbours instead", async () => {
    const model = makeModel();
    const x = tf.randomNormal([60, 4, 4, 1], 0, 1, "float32", 1);
    const { points, explained } = await projection(model, x);
    const variances = [0, 1].map((axis) =>
      points.reduce((sum, point) => sum + (point[axis] as number) ** 2, 0),
    );
    const [first, second] = explained as [number, number];
    assert.ok(first >= second && first + second <= 1);
    assertClose([(variances[1] as number) / (variances[0] as number)], [second / first], 1e-6, "shares");
    for (const embed of ["tSNE", "umap"] as const) {
      const [one, same] = [
        await projection(model, x, { embed, seed: 1 }),
        await projection(model, x, { embed, seed: 1 }),
      ];
      assert.deepEqual(one.points, same.points, embed);
      assert.equal(one.explained, undefined);
    }
    x.dispose();
    model.dispose();
  });

  it("may be embedded by any function; maps count by their mean", async () => {
    const model = makeModel();
    const x = tf.randomNormal([3, 4, 4, 1], 0, 1, "float32", 1);
    let seen: number[][] = [];
    const embed = (rows: number[][]) => {
      seen = rows;
      return rows.map((_, index) => [index, -index]);
    };
    const result = await projection(model, x, { layer: "maps", embed });
    assert.deepEqual(result.points[2], [2, -2]);
    const means = tf.tidy(() => {
      const maps = tf.model({
        inputs: model.inputs,
        outputs: model.getLayer("maps").output as tf.SymbolicTensor,
      });
      return Array.from(tf.mean(maps.predict(x) as tf.Tensor, [1, 2]).dataSync());
    });
    assertClose(seen.flat(), means, 1e-6, "features");
    await assert.rejects(projection(model, x, { embed: () => [[1, 2]] }), /embed gave 1 points/);
    await assert.rejects(projection(model, x, { layer: "none" }), /no layer "none"/);
    await assert.rejects(projection(model, x, { labels: [1] }), /1 labels for 3 examples/);
    x.dispose();
    model.dispose();
  });
});
