import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { ready, use } from "../backend/index.ts";
import * as classic from "../classic/index.ts";
import * as metrics from "../metrics/index.ts";
import * as models from "../models/index.ts";
import * as plot from "../plot/index.ts";
import { compile } from "../train/compile.ts";
import * as train from "../train/index.ts";
import * as data from "./index.ts";
import { didYouMean, requireOneOf } from "./nearest.ts";

await ready();

test("near names are those with few changed letters; words without a common letter are none", () => {
  assert.equal(didYouMean("fashion-mnits", ["mnist", "fashion-mnist"]), ' Did you mean "fashion-mnist"?');
  assert.equal(didYouMean("MEDIAN", ["mean", "median"]), ' Did you mean "median"?');
  assert.equal(didYouMean("xyz", ["max", "l1"]).includes("l1"), false);
  assert.equal(didYouMean("zzz", ["abc", "l1"]), "");
  assert.equal(didYouMean("a", []), "");
  assert.throws(
    () => requireOneOf("kernel", "polly", ["linear", "poly", 3]),
    /^RangeError: kernel is "polly"; it must be one of "linear", "poly", 3\. Did you mean "poly"\?$/,
  );
  requireOneOf("kernel", "poly", ["linear", "poly"]);
});

// A typo is what the types forbid, so that it can only come from a cell without them or from a file.
const typo = <Right>(wrong: string) => wrong as unknown as Right;
const image = { images: new Uint8Array(16), shape: [4, 4, 1] as const };
const sample: data.Sample = {
  x: { data: new Uint8Array(12), shape: [2, 2, 3] },
  y: { data: Int32Array.of(0), shape: [] },
};
const apply = (transform: data.augment.Transform) => transform.apply(sample, data.random(0));

const places: Record<string, [run: () => unknown, right: string]> = {
  "a data set": [() => data.card("tinyshakespear"), "tinyshakespeare"],
  "a column": [() => new data.Table({ price: Float64Array.of(1) }).numbers("prise"), "price"],
  "a strategy": [() => new data.Imputer({ strategy: typo("meadian") }), "median"],
  "a transform": [() => data.augment.create({ name: "rotat", options: {} }), "rotate"],
  "a transform's option": [() => data.augment.rotate(typo({ degree: 3 } as never)), "degrees"],
  "a way to pad": [() => apply(data.augment.pad({ mode: typo("reflekt") })), "reflect"],
  "an interpolation": [() => apply(data.augment.rotate({ interpolation: typo("nerest") })), "nearest"],
  "a loss function's option": [() => train.losses.triplet({ triplets: typo("givn") }), "given"],
  "a schedule's curve": [
    () => train.schedules.oneCycle({ max: 1, length: 10, curve: typo("cosin") }),
    "cosine",
  ],
  "an average": [() => metrics.precisionScore([0, 1], [0, 1], { average: typo("marco") }), "macro"],
  "a cell": [() => models.recurrentLanguageModel({ vocabulary: 5, cell: typo("ltsm") } as never), "lstm"],
  "a kind of pooling": [() => models.lenet({ pooling: typo("averge") }), "average"],
  "a theme": [() => plot.theme(typo("drak")), "dark"],
  "colours of a picture": [() => plot.images(image, { colours: typo("viridi") }), "viridis"],
  "colours of a field": [() => plot.heatMap([[1, 2]], { colours: typo("infeno") }), "inferno"],
  "a kernel": [() => classic.svm({ kernel: typo("rfb") }), "rbf"],
  "a criterion": [() => classic.decisionTree({ criterion: typo("ginny") }), "gini"],
};

for (const [what, [run, right]] of Object.entries(places)) {
  test(`a typo in ${what} is answered with the right name`, () => {
    assert.throws(run, (error: Error) => {
      assert.ok(error instanceof RangeError, String(error));
      assert.ok(error.message.includes(`Did you mean "${right}"?`), error.message);
      return true;
    });
  });
}

test("fit answers typos in an optimizer, a loss, a metric, a layer and a backend", async () => {
  const x = tf.zeros([4, 2]);
  const y = tf.tensor1d([0, 1, 0, 1], "int32");
  const layers = [tf.layers.dense({ inputShape: [2], units: 2, activation: "softmax", name: "classes" })];
  const model = tf.sequential({ layers });
  const fit = (options: object) => train.fit(model, { x, y }, { epochs: 1, show: false, ...options });
  await assert.rejects(fit({ optimizer: "adm" }), /optimizer is "adm"; .*Did you mean "adam"\?/);
  await assert.rejects(fit({ loss: "meanSquareError" }), /loss is .*Did you mean "meanSquaredError"\?/);
  await assert.rejects(fit({ metrics: ["acuracy"] }), /metrics is .*Did you mean "accuracy"\?/);
  await assert.rejects(fit({ layerRates: { clases: 1 } }), /no layer "clases"; .*Did you mean "classes"\?/);
  await assert.rejects(
    fit({ callbacks: [train.callbacks.earlyStopping({ metric: "lossy" })] }),
    /Did you mean "loss"\?/,
  );
  await assert.rejects(use("tensorflw" as never), /Did you mean "tensorflow"\?/);
  tf.dispose([x, y]);
  model.dispose();
});

test("every name of Keras that is let through is one of TensorFlow.js", () => {
  const model = tf.sequential({ layers: [tf.layers.dense({ inputShape: [2], units: 2 })] });
  const x = tf.zeros([4, 2]);
  const y = tf.zeros([4, 2]);
  for (const option of ["optimizer", "loss", "metrics"] as const) {
    const compileWith = (name: string) =>
      compile(model, { x, y }, { [option]: option === "metrics" ? [name] : name });
    let allowed: string[] = [];
    assert.throws(
      () => compileWith("?"),
      (error: Error) => {
        allowed = [...error.message.matchAll(/"(\w+)"/g)].map(([, name]) => name as string);
        return allowed.length > 10;
      },
    );
    for (const name of allowed) compileWith(name);
  }
  tf.dispose([x, y]);
  model.dispose();
});
