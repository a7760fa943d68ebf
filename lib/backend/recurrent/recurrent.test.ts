// Recurrent layers as one operation against TensorFlow.js's own loop over the steps: the same outputs, states and
// gradients with every flag, on every backend.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { random, withRandomSource } from "../../data/random.ts";
import { floats, type Input } from "../battery/case.ts";
import { compile, list, memory, use } from "../index.ts";

const [fewRows, count, features, units] = [3, 5, 4, 6];
/** Enough for several lanes, which don't get as many each. */
const manyRows = 35;
const maskValues = [1, 1, 1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0, 1];

const kinds = {
  lstm: { make: tf.layers.lstm, states: 2 },
  gru: { make: tf.layers.gru, states: 1 },
  simpleRNN: { make: tf.layers.simpleRNN, states: 1 },
} as const;

type Kind = keyof typeof kinds;
type Settings = Record<string, unknown>;

interface Case {
  settings: Settings;
  batch?: number;
  mask?: boolean;
  initialState?: boolean;
  training?: boolean;
  bidirectional?: "concat" | "sum";
}

const cases: Record<string, Case> = {
  "as they come": { settings: {} },
  "with a sigmoid": { settings: { recurrentActivation: "sigmoid" } },
  "of one unit": { settings: { units: 1 } },
  "with relu and linear": { settings: { activation: "relu", recurrentActivation: "linear" } },
  "with an activation of another kind": { settings: { activation: "elu" } },
  "without a bias": { settings: { useBias: false } },
  "without a forget bias": { settings: { unitForgetBias: false } },
  returnSequences: { settings: { returnSequences: true } },
  returnState: { settings: { returnState: true } },
  "returnSequences and returnState": { settings: { returnSequences: true, returnState: true } },
  goBackwards: { settings: { goBackwards: true } },
  "goBackwards with returnSequences": {
    settings: { goBackwards: true, returnSequences: true, recurrentActivation: "sigmoid" },
  },
  "a mask": { settings: {}, mask: true },
  "a mask with sequences and states": {
    settings: { returnSequences: true, returnState: true, recurrentActivation: "sigmoid" },
    mask: true,
  },
  "a mask going backwards": { settings: { goBackwards: true, returnSequences: true }, mask: true },
  "an initial state": { settings: { returnState: true }, initialState: true },
  "an initial state, a mask and sequences": {
    settings: { returnSequences: true, returnState: true },
    mask: true,
    initialState: true,
  },
  stateful: { settings: { stateful: true, returnSequences: true } },
  bidirectional: { settings: {}, bidirectional: "concat" },
  "bidirectional sums of sequences": {
    settings: { returnSequences: true, recurrentActivation: "sigmoid" },
    bidirectional: "sum",
  },
  "dropout when it is not trained": { settings: { dropout: 0.4, recurrentDropout: 0.3 } },
  dropout: { settings: { dropout: 0.4 }, training: true },
  recurrentDropout: { settings: { recurrentDropout: 0.3, recurrentActivation: "sigmoid" }, training: true },
  "both dropouts with all that there is": {
    settings: {
      dropout: 0.4,
      recurrentDropout: 0.3,
      goBackwards: true,
      returnSequences: true,
      returnState: true,
    },
    training: true,
    mask: true,
    initialState: true,
  },
  "both dropouts in both directions": {
    settings: { dropout: 0.4, recurrentDropout: 0.3 },
    training: true,
    bidirectional: "concat",
  },
  "both dropouts of a batch for several cores": {
    settings: { dropout: 0.4, recurrentDropout: 0.3, recurrentActivation: "sigmoid" },
    training: true,
    batch: manyRows,
  },
  "a batch for several cores": { settings: { recurrentActivation: "sigmoid" }, batch: manyRows },
  "a batch for several cores, with all that there is": {
    settings: { goBackwards: true, returnSequences: true, returnState: true },
    batch: manyRows,
    mask: true,
    initialState: true,
  },
};

function setWeights(layer: tf.layers.Layer): void {
  tf.tidy(() => {
    const values = layer.getWeights().map(({ shape }, index) => tensorOf(floats(shape, 50 + index)).mul(0.3));
    layer.setWeights(values);
  });
}

interface Results {
  outputs: Float32Array[];
  gradients: Float32Array[];
}

const tensorOf = ({ values, shape }: Input) => tf.tensor(values as number[], shape);

/** The layer, in TensorFlow.js's own way where `unrolled`: for a cell of a class of its own. */
function makeLayer(
  kind: Kind,
  { settings, batch = fewRows, bidirectional }: Case,
  unrolled: boolean,
): tf.layers.Layer {
  const options = { units, batchInputShape: [batch, count, features], ...settings } as never;
  const inner = kinds[kind].make(options) as tf.layers.Layer;
  const layer = bidirectional
    ? tf.layers.bidirectional({
        layer: inner as tf.RNN,
        mergeMode: bidirectional,
        inputShape: [count, features],
      })
    : inner;
  const parts = layer as unknown as Record<string, { cell: object } | undefined> & { cell: object };
  const recurrent = bidirectional ? [parts.forwardLayer, parts.backwardLayer] : [parts];
  if (unrolled) {
    for (const each of recurrent) {
      const { cell } = each as { cell: object };
      Object.setPrototypeOf(cell, Object.create(Object.getPrototypeOf(cell)));
    }
  }
  return layer;
}

function results(kind: Kind, one: Case, unrolled: boolean, { compiled = false } = {}): Results {
  const layer = makeLayer(kind, one, unrolled);
  const { batch = fewRows } = one;
  const x = tensorOf(floats([batch, count, features]));
  const size = (one.settings.units as number | undefined) ?? units;
  const initial = one.initialState
    ? Array.from({ length: kinds[kind].states }, (_, index) => tensorOf(floats([batch, size], 30 + index)))
    : [];
  const mask = one.mask
    ? tf.tensor2d(
        Array.from({ length: batch * count }, (_, index) => maskValues[index % maskValues.length]),
        [batch, count],
      )
    : null;
  layer.build([batch, count, features]);
  setWeights(layer);
  const apply = (given: tf.Tensor, states: tf.Tensor[]) => {
    const kwargs = {
      ...{ training: one.training },
      ...(mask && { mask }),
      ...(one.initialState && { initialState: states }),
    };
    return [layer.call(given, kwargs)].flat();
  };
  const weights = layer.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const derive = (given: tf.Tensor, ...states: tf.Tensor[]): tf.Tensor[] => {
    const score = (...inputs: tf.Tensor[]) => {
      const [input, ...rest] = inputs;
      const outputs = apply(input, rest.slice(0, states.length));
      const sums = outputs.map((output, index) =>
        tf.sum(tf.mul(output, tensorOf(floats(output.shape, 90 + index)))),
      );
      return tf.addN(sums);
    };
    return tf.grads(score)([given, ...states, ...weights]);
  };
  const read = (tensors: tf.Tensor[]) => tensors.map((tensor) => tensor.dataSync() as Float32Array);
  try {
    return tf.tidy(() => {
      const stateful = one.settings.stateful === true;
      // A stateful layer goes on where it was.
      const outputs = read([...apply(x, initial), ...(stateful ? apply(x, initial) : [])]);
      if (!compiled) return { outputs, gradients: read(derive(x, ...initial)) };
      const step = compile(derive, { engine: "graph" });
      for (let call = 0; call < 2; call++) step(x, ...initial);
      const gradients = read(step(x, ...initial));
      assert.equal(step.report.engine, "graph", step.report.reason);
      step.dispose();
      return { outputs, gradients };
    });
  } finally {
    if (one.settings.stateful) {
      const { states_, keptStates } = layer as unknown as { states_: tf.Tensor[]; keptStates: tf.Tensor[] };
      tf.dispose([states_, keptStates]);
    }
    tf.dispose([x, ...initial, ...weights, ...(mask ? [mask] : [])]);
  }
}

function assertSame(actual: Float32Array[], wanted: Float32Array[], what: string): void {
  assert.equal(actual.length, wanted.length);
  actual.forEach((values, index) => {
    const reference = wanted[index];
    assert.equal(values.length, reference.length, `${what} ${index}: number of values`);
    const largest = Math.max(1, ...reference.map(Math.abs));
    values.forEach((value, position) => {
      assert.ok(
        Math.abs(value - reference[position]) <= 1e-5 * largest,
        `${what} ${index}: value ${position} is ${value} instead of ${reference[position]}`,
      );
    });
  });
}

for (const name of ["tensorflow", "wasm", "cpu"] as const) {
  const status = list().find((entry) => entry.name === name);
  describe(`recurrent layers on ${name}`, { skip: status?.available ? false : status?.reason }, () => {
    before(() => use(name));

    for (const kind of Object.keys(kinds) as Kind[]) {
      for (const [title, one] of Object.entries(cases)) {
        it(`${kind}, ${title}`, (t) => {
          const start = memory().tensors;
          // TensorFlow.js draws masks for all gates and takes the first.
          if (one.training) t.mock.method(Math, "random", () => 0.37);
          const wanted = results(kind, one, true);
          const actual = results(kind, one, false);
          assertSame(actual.outputs, wanted.outputs, "output");
          assertSame(actual.gradients, wanted.gradients, "gradient");
          assert.ok(wanted.gradients.every((gradient) => gradient.some((value) => value !== 0)));
          if (name === "tensorflow" && !one.settings.stateful) {
            const { gradients } = results(kind, one, false, { compiled: true });
            assertSame(gradients, wanted.gradients, "compiled gradient");
          }
          assert.equal(memory().tensors, start, "tensors are left over");
        });
      }

      it(`${kind} drops the same as on cpu for the same seed, and other inputs at other calls`, async () => {
        const one = { settings: { dropout: 0.4, recurrentDropout: 0.3 }, training: true };
        const draw = (seed: number) => withRandomSource(random(seed), () => results(kind, one, false));
        await use("cpu");
        const wanted = draw(3);
        await use(name);
        const actual = draw(3);
        assertSame(actual.outputs, wanted.outputs, "output");
        assertSame(actual.gradients, wanted.gradients, "gradient");
        assert.notDeepEqual(draw(4).outputs, actual.outputs);
      });

      it(`${kind}, gradients of gradients`, () => {
        const second = (unrolled: boolean) => {
          const settings = kind === "simpleRNN" ? {} : { recurrentActivation: "sigmoid" };
          const layer = makeLayer(kind, { settings }, unrolled);
          layer.build([fewRows, count, features]);
          setWeights(layer);
          const slope = tf.grad((x) => tf.sum(tf.square(layer.call(x, {}) as tf.Tensor)));
          const x = tensorOf(floats([fewRows, count, features]));
          return [
            tf
              .grad((given) => tf.sum(tf.square(slope(given))))(x)
              .dataSync() as Float32Array,
          ];
        };
        tf.tidy(() => assertSame(second(false), second(true), "gradient"));
      });
    }
  });
}
