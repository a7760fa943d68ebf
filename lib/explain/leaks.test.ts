// Every way of explaining, on every backend: nothing is left over, the model's weights are the same to the last bit,
// and the numbers are those of "cpu".
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { list, use } from "../backend/index.ts";
import { random } from "../data/random.ts";
import { assertClose } from "./battery/compare.ts";
import * as explain from "./index.ts";
import { type CompositeName, named } from "./lrp/composites.ts";

interface Stopped {
  signal: AbortSignal;
  batchSize: number;
}

const stoppable: Record<
  string,
  (model: tf.LayersModel, x: tf.Tensor4D, options: Stopped) => Promise<unknown>
> = {
  "integrated gradients": (model, x, options) =>
    explain.integratedGradients(model, x, { ...options, target: 1 }),
  occlusion: (model, x, options) => explain.occlusion(model, x, { ...options, target: 1 }),
  scorecam: (model, x, options) => explain.cam(model, x, { ...options, method: "scorecam", target: 1 }),
  ablationcam: (model, x, options) => explain.cam(model, x, { ...options, method: "ablationcam", target: 1 }),
};

type Method = (model: tf.LayersModel, x: tf.Tensor4D) => Promise<Float32Array>;

/** The values of some tensors that a result owns. */
async function valuesOf<R extends { dispose(): void }>(made: Promise<R>, pick: (result: R) => tf.Tensor[]) {
  const result = await made;
  const values = pick(result).flatMap((tensor) => Array.from(tensor.dataSync()));
  result.dispose();
  return Float32Array.from(values);
}

const attributed = (made: ReturnType<typeof explain.saliency>) =>
  valuesOf(made, (result) => [result.attribution]);
const cams: explain.CamMethod[] = [
  ...(["gradcam", "gradcam++", "hirescam", "layercam", "xgradcam", "elementwise"] as const),
  ...(["eigencam", "eigengradcam", "scorecam", "ablationcam", "fullgrad"] as const),
];
const labels = [1, 0];

const methods: Record<string, Method> = {
  ...Object.fromEntries(
    Object.keys(named).map((composite): [string, Method] => [
      `relevance by ${composite}`,
      (model, x) =>
        valuesOf(explain.lrp(model, x, { composite: composite as CompositeName, target: 1 }), (result) => [
          result.relevance,
          ...Object.values(result.perLayer),
        ]),
    ]),
  ),
  ...Object.fromEntries(
    cams.map((method): [string, Method] => [
      method,
      (model, x) => valuesOf(explain.cam(model, x, { method, target: 1 }), (result) => [result.raw]),
    ]),
  ),
  saliency: (model, x) => attributed(explain.saliency(model, x, { target: 1 })),
  "input × gradient": (model, x) => attributed(explain.inputXGradient(model, x, { target: 1 })),
  SmoothGrad: (model, x) => attributed(explain.smoothGrad(model, x, { target: 1, samples: 3 })),
  "integrated gradients": (model, x) =>
    attributed(explain.integratedGradients(model, x, { target: 1, steps: 5 })),
  "guided back-propagation": (model, x) => attributed(explain.guidedBackprop(model, x, { target: 1 })),
  "guided Grad-CAM": (model, x) => attributed(explain.guidedGradCam(model, x, { target: 1 })),
  DeepLIFT: (model, x) => attributed(explain.deepLift(model, x, { target: 1 })),
  occlusion: (model, x) => attributed(explain.occlusion(model, x, { target: 1 })),
  FGSM: (model, x) =>
    valuesOf(explain.fgsm(model, x, { labels, epsilon: 0.1 }), ({ adversarial }) => [adversarial]),
};

function makeModel(): tf.LayersModel {
  const { layers } = tf;
  const model = tf.sequential({
    layers: [
      layers.conv2d({ inputShape: [8, 8, 2], filters: 4, kernelSize: 3, padding: "same" }),
      layers.batchNormalization(),
      layers.reLU(),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.conv2d({ filters: 5, kernelSize: 2, activation: "relu" }),
      layers.globalAveragePooling2d({}),
      layers.dense({ units: 3 }),
    ],
  });
  const source = random(3);
  tf.tidy(() =>
    model.setWeights(
      model.weights.map(({ shape, name }) => {
        const size = shape.reduce<number>((all, one) => all * (one as number), 1);
        const values = Array.from({ length: size }, () => 0.5 * source.normal());
        const isScale = name.includes("gamma") || name.includes("variance");
        return tf.tensor(isScale ? values.map((value) => 0.5 + Math.abs(value)) : values, shape as number[]);
      }),
    ),
  );
  return model;
}

function makeInput(): tf.Tensor4D {
  const source = random(4);
  return tf.tensor4d(
    Array.from({ length: 2 * 8 * 8 * 2 }, () => Math.abs(source.normal()) / 3),
    [2, 8, 8, 2],
  );
}

const warn = console.warn;
const expected = new Map<string, Float32Array>();
before(() => {
  console.warn = () => {};
});
after(() => {
  console.warn = warn;
});

for (const backend of ["cpu", "wasm", "tensorflow"] as const) {
  const status = list().find(({ name }) => name === backend);
  describe(`explaining on ${backend}`, { skip: status?.available ? false : status?.reason }, () => {
    before(() => use(backend));

    for (const [name, method] of Object.entries(methods)) {
      it(name, async () => {
        const model = makeModel();
        const x = makeInput();
        const weights = model.getWeights().map((weight) => weight.dataSync().slice());
        const start = tf.memory().numTensors;
        const values = await method(model, x);
        // Recorded where that can be.
        for (let turn = 0; turn < 3; turn++)
          assertClose(await method(model, x), values, 1e-5, `turn ${turn + 2}`);
        assert.equal(tf.memory().numTensors, start, "tensors are left over");
        model.getWeights().forEach((weight, index) => {
          assert.deepEqual(weight.dataSync(), weights[index], "weights are as they were");
        });
        assert.ok(values.length > 0 && values.every(Number.isFinite));
        const onCpu = expected.get(name);
        if (onCpu) assertClose(values, onCpu, 1e-4, "as on cpu");
        else expected.set(name, values);
        x.dispose();
        model.dispose();
      });

      it(`${name}, when it fails`, async () => {
        const model = makeModel();
        const narrow = tf.zeros([2, 8, 8, 1]) as tf.Tensor4D;
        const broken = tf.fill([2, 8, 8, 2], Number.NaN) as tf.Tensor4D;
        const weights = model.getWeights().map((weight) => weight.dataSync().slice());
        const start = tf.memory().numTensors;
        await assert.rejects(method(model, narrow), /shape|channels|\[2,8,8,1\]/);
        // An attack needs no finite score.
        if (name !== "FGSM") await assert.rejects(method(model, broken), /Input 0 holds NaN or infinity/);
        assert.equal(tf.memory().numTensors, start, "tensors are left over");
        model.getWeights().forEach((weight, index) => {
          assert.deepEqual(weight.dataSync(), weights[index], "weights are as they were");
        });
        tf.dispose([narrow, broken]);
        model.dispose();
      });
    }

    for (const [name, method] of Object.entries(stoppable)) {
      it(`${name}, when it is stopped in the midst`, async () => {
        const model = makeModel();
        const x = makeInput();
        const weights = model.getWeights().map((weight) => weight.dataSync().slice());
        const start = tf.memory().numTensors;
        const controller = new AbortController();
        const made = method(model, x, { signal: controller.signal, batchSize: 2 });
        setImmediate(() => setImmediate(() => controller.abort(new Error("enough"))));
        await assert.rejects(made, /enough/);
        assert.equal(tf.memory().numTensors, start, "tensors are left over");
        model.getWeights().forEach((weight, index) => {
          assert.deepEqual(weight.dataSync(), weights[index], "weights are as they were");
        });
        x.dispose();
        model.dispose();
      });
    }
  });
}
