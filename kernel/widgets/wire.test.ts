import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, day, int, list, moment, nullable, oneOf, range, wireName } from "./traits.ts";
import { pack, unpack } from "./wire.ts";

test("binary values leave the state with their paths, and come back to their places", () => {
  const state = { value: new Uint8Array([1, 2]), deep: { list: [1, new Float32Array([1.5])], text: "a" } };
  const { packed, buffers } = pack(state);
  assert.deepEqual(packed, {
    state: { deep: { list: [1, null], text: "a" } },
    buffer_paths: [["value"], ["deep", "list", 1]],
  });
  assert.deepEqual(
    buffers.map((buffer) => [...buffer]),
    [
      [1, 2],
      [0, 0, 192, 63],
    ],
  );
  const whole = unpack(packed, buffers);
  assert.deepEqual(whole, {
    value: buffers[0],
    deep: { list: [1, buffers[1]], text: "a" },
  });
  assert.deepEqual(packed.state, { deep: { list: [1, null], text: "a" } }, "what came is left as it was");
});

test("a view of a part of memory sends that part", () => {
  const { buffers } = pack({ value: new Uint8Array([1, 2, 3, 4]).subarray(1, 3) });
  assert.deepEqual(
    buffers.map((buffer) => [...buffer]),
    [[2, 3]],
  );
});

test("dates go over the wire and back", () => {
  const date = new Date(2024, 1, 29);
  assert.deepEqual(day().toWire?.(date), { year: 2024, month: 1, date: 29 });
  assert.deepEqual(day().fromWire?.({ year: 2024, month: 1, date: 29 }), date);
  const time = new Date("2024-02-29T12:34:56.789Z");
  assert.deepEqual(moment().fromWire?.(moment().toWire?.(time)), time);
  assert.equal(nullable(day()).toWire?.(null), null);
});

const accepted: [name: string, read: (given: unknown) => unknown, yes: unknown[], no: unknown[]][] = [
  ["int", int().read, [0, -3], [1.5, "1", null, Number.NaN]],
  ["nullable int", nullable(int()).read, [0, null], ["1", undefined]],
  [
    "range",
    range(int(), [0, 1]).read,
    [
      [1, 2],
      [3, 3],
    ],
    [[2, 1], [1], [1, 2, 3], [1, 1.5], 1],
  ],
  ["oneOf", oneOf(["a", "b"], "a").read, ["a", "b"], ["c", 1]],
  ["list", list(int()).read, [[], [1, 2]], [["1"], 1]],
  ["bytes", bytes().read, [new Uint8Array(2)], ["text", [1]]],
];

for (const [name, read, yes, no] of accepted) {
  test(`${name} takes what it should and nothing else`, () => {
    for (const given of yes) assert.deepEqual(read(given), given);
    for (const given of no) assert.equal(read(given), undefined);
  });
}

test("names on the wire have underscores", () => {
  assert.equal(wireName("gridTemplateColumns", {}), "grid_template_columns");
  assert.equal(wireName("optionsLabels", { wire: "_options_labels" }), "_options_labels");
});
