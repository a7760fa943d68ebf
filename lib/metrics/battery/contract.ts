// What every streaming metric must do, whatever it measures.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import type { Metric } from "../metric.ts";
import { assertClose } from "./references.ts";

// biome-ignore lint/suspicious/noExplicitAny: metrics of all kinds of batches stand in one list.
export type AnyMetric = Metric<any[], any, unknown>;

/** A metric and examples for it. */
export interface MetricCase {
  create: () => AnyMetric;
  /** The plain function with the same options. */
  score: (...batch: unknown[][]) => unknown;
  /** One list for each argument of `update`, with one entry an example; numbers that float32 has exactly. */
  batch: unknown[][];
  /** The same metric with other options, if it has any. */
  other?: () => AnyMetric;
  /** The result has one entry an example, or equal scores are taken in the order they come. */
  ordered?: boolean;
}

export function metricContract(name: string, { create, score, batch, other, ordered }: MetricCase): void {
  const size = (batch[0] as unknown[]).length;
  const part = (start: number, end: number) => batch.map((list) => list.slice(start, end));
  const expected = create()
    .update(...batch)
    .result();

  test(`${name}: the function gives what the class gives`, () => {
    assertClose(score(...batch), expected, name, 0);
  });

  test(`${name}: batches of any size give what one batch gives`, () => {
    for (const length of [1, 3, 7]) {
      const metric = create();
      for (let start = 0; start < size; start += length) {
        assert.equal(metric.update(...part(start, start + length)), metric);
        metric.update(...part(0, 0));
      }
      assertClose(metric.result(), expected, `${name} by ${length}`);
      assert.equal(metric.size, create().update(...batch).size);
    }
  });

  test(`${name}: merged parts give what one batch gives, and stay as they were`, () => {
    const cut = Math.floor(size / 3);
    const [first, second] = [create().update(...part(0, cut)), create().update(...part(cut, size))];
    const before = second.size;
    const merged = create().merge(first).merge(second).merge(create());
    assertClose(merged.result(), expected, name);
    merged.update(...batch);
    assert.equal(second.size, before);
    first.merge(second);
    assertClose(first.result(), expected, name);
  });

  test(`${name}: reading changes nothing, and a reset forgets all`, () => {
    const metric = create().update(...part(0, Math.ceil(size / 2)));
    metric.reset();
    assert.equal(metric.size, 0);
    metric.update(...batch);
    assertClose(metric.result(), expected, name, 0);
    assertClose(metric.result(), expected, name, 0);
  });

  if (!ordered) {
    test(`${name}: the order of the examples does not matter`, () => {
      const order = Array.from({ length: size }, (_, index) => index).sort(
        (a, b) => ((a * 7) % 11) - ((b * 7) % 11),
      );
      const shuffled = batch.map((list) => order.map((index) => list[index]));
      assertClose(
        create()
          .update(...shuffled)
          .result(),
        expected,
        name,
      );
    });
  }

  test(`${name}: tensors and typed arrays count as arrays, and none leaks`, () => {
    const made: tf.Tensor[] = [];
    const tensors = batch.map((list) =>
      convert(list, (value) => keep(made, tf.tensor(value as tf.TensorLike))),
    );
    const before = tf.memory().numTensors;
    const metric = create().update(...tensors);
    // Logarithms are cut off at float32's precision there.
    assertClose(metric.result(), expected, name, 1e-6);
    assert.equal(tf.memory().numTensors, before);
    for (const tensor of made) assert.equal(tensor.isDisposed, false);
    tf.dispose(made);
    const typed = batch.map((list) => convert(list, toTyped));
    assertClose(
      create()
        .update(...(typed as unknown[][]))
        .result(),
      expected,
      name,
      0,
    );
  });

  test(`${name}: a faulty batch is refused and changes nothing`, () => {
    const metric = create().update(...batch);
    const [first, ...rest] = batch as [unknown[], ...unknown[][]];
    assert.throws(() => metric.update(first.slice(1), ...rest), RangeError);
    assert.throws(() => metric.update(...rest.map(() => undefined), undefined), /undefined/);
    const broken = first.map((value, index) => (index === first.length - 1 ? spoil(value) : value));
    assert.throws(() => metric.update(broken, ...rest), /NaN|numbers|null/);
    assert.equal(metric.size, create().update(...batch).size);
    assertClose(metric.result(), expected, name, 0);
  });

  test(`${name}: no example, no score`, () => {
    const { name: kind } = create().constructor;
    assert.throws(() => create().result(), new RegExp(`${kind} has seen no example`));
    assert.throws(() => score(...part(0, 0)), new RegExp(`${kind} has seen no example`));
  });

  test(`${name}: only the same metric with the same options is merged`, () => {
    const metric = create().update(...batch);
    assert.throws(
      () => metric.merge({ constructor: class Other {} } as unknown as AnyMetric),
      /of Other; both must/,
    );
    assert.throws(() => metric.merge(metric), /into itself/);
    if (other) assert.throws(() => metric.merge(other()), /the options/);
    assertClose(metric.result(), expected, name, 0);
  });
}

function keep(made: tf.Tensor[], tensor: tf.Tensor): tf.Tensor {
  made.push(tensor);
  return tensor;
}

/** Lists of numbers or texts become something else, also in the fields of objects. */
function convert(list: unknown[], to: (list: unknown[]) => unknown): unknown {
  if (list.every((item) => typeof item === "object" && !Array.isArray(item))) {
    return (list as Record<string, unknown[]>[]).map((fields) =>
      Object.fromEntries(
        Object.entries(fields).map(([key, value]) => [key, value.length ? to(value) : value]),
      ),
    );
  }
  return list.some((item) => typeof item === "string") ? list : to(list);
}

function toTyped(list: unknown[]): unknown {
  if (typeof list[0] === "number") return Float64Array.from(list as number[]);
  return Array.isArray(list[0]) ? list.map((item) => toTyped(item as unknown[])) : list;
}

function spoil(value: unknown): unknown {
  if (typeof value === "number") return Number.NaN;
  if (Array.isArray(value)) return [...value.slice(0, -1), spoil(value[value.length - 1])];
  if (typeof value === "string") return null;
  const { labels, ...rest } = value as { labels: unknown[] };
  return { ...rest, labels: spoil(labels) };
}
