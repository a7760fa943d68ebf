import assert from "node:assert/strict";
import { afterEach, before, beforeEach, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { use } from "../../backend/index.ts";
import { lrp } from "../lrp/lrp.ts";
import { heatmap, imgify } from "./heatmap.ts";
import { overlay } from "./overlay.ts";

let atStart: number;
before(() => use("cpu"));
beforeEach(() => {
  atStart = tf.memory().numTensors;
});
afterEach(() => assert.equal(tf.memory().numTensors, atStart, "tensors are left over"));

const text = async (figure: { toMime(): Promise<Record<string, unknown>> }) =>
  String((await figure.toMime())["text/plain"]);

describe("heat maps", () => {
  it("are white exactly at zero, blue against and red for, each by its own largest value", () => {
    const map = tf.tensor3d([[[-4, 0, 1e-30, 4]], [[0, 0, 1, 0.5]]]);
    const [first, second] = imgify(map);
    assert.deepEqual([...(first?.data ?? [])], [33, 102, 172, 255, 255, 255, 255, 255, 255, 178, 24, 43]);
    assert.deepEqual([...(second?.data.slice(6, 9) ?? [])], [178, 24, 43]);
    assert.deepEqual(first?.scale, { colours: "diverging", range: [-4, 4] });
    const rest = tf.slice(map, 1);
    const [together] = imgify(rest, { range: [-4, 4] });
    assert.notDeepEqual([...(together?.data.slice(6, 9) ?? [])], [178, 24, 43]);
    tf.dispose([map, rest]);
  });

  it("add up channels and say sum, smallest, largest and the explained logit", async () => {
    const model = tf.sequential({
      layers: [tf.layers.flatten({ inputShape: [1, 2, 2] }), tf.layers.dense({ units: 1, useBias: false })],
    });
    tf.tidy(() => model.setWeights([tf.tensor2d([[1], [2], [-3], [-4]])]));
    const x = tf.tensor4d([
      [
        [
          [1, 1],
          [1, 1],
        ],
      ],
    ]);
    const result = await lrp(model, x, { composite: "epsilon" });
    assert.equal(result.scores.length, 1);
    assert.equal(
      await text(heatmap(result, { title: "LRP" })),
      "LRP, 1 × 2: sum -4, minimum -7, maximum 3, explained logit of class 0 -4",
    );
    const svg = decodeURIComponent(String((await heatmap(result).toMime())["text/html"]));
    assert.match(svg, /class 0: -4/);
    assert.match(svg, /linearGradient id="diverging-up"/);
    const shown = tf.zeros([1, 1, 2, 1]);
    assert.match(await text(overlay(shown, result)), /^Overlay, 1 × 2: sum -4/);
    tf.dispose([x, shown]);
    result.dispose();
    model.dispose();
  });

  it("can leave out a share of outliers", () => {
    const map = tf.tensor3d([[[1, 2, 3, -100]]]);
    assert.deepEqual(imgify(map, { clip: 0.25 })[0]?.scale?.range, [-3, 3]);
    assert.throws(() => imgify(map, { clip: 1 }), /clip is 1/);
    map.dispose();
  });

  it("need maps", () => {
    const vector = tf.tensor1d([1]);
    assert.throws(() => heatmap(vector), /has the shape \[1\]; a map needs/);
    const [image, map] = [tf.zeros([1, 4, 4, 1]), tf.zeros([1, 2, 2])];
    assert.throws(() => overlay(image, map), /\[1,4,4,1\] and the maps \[1,2,2\]/);
    tf.dispose([vector, image, map]);
  });
});
