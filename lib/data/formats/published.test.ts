import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { readDicom, readOff, readPickle } from "./index.ts";

interface References {
  pickles: Record<string, { file: string; values: Record<string, number[]> }>;
  images: Record<string, { file: string; values: number[] }>;
  compressed: string;
}

// Made by pickle with NumPy, and by pydicom: tests/refs/make-published.py.
const references = JSON.parse(
  readFileSync(new URL("../../../../tests/refs/published.json", import.meta.url), "utf8"),
) as References;
const decode = (text: string) => new Uint8Array(Buffer.from(text, "base64"));
const utf8 = (text: string) => new TextEncoder().encode(text);

for (const [name, { file, values }] of Object.entries(references.pickles)) {
  test(`pickle: ${name}`, () => {
    const arrays = readPickle(decode(file), "a.pkl");
    assert.deepEqual(Object.keys(arrays), Object.keys(values));
    for (const [key, expected] of Object.entries(values)) {
      assert.deepEqual([...(arrays[key]?.values ?? [])], expected, key);
    }
    assert.deepEqual(arrays.x_test?.shape, [2, 3]);
  });
}

test("pickle: damage, other content and code to run are named or left out", () => {
  const { file } = references.pickles["protocol 3, NumPy 1"] as { file: string };
  assert.throws(
    () => readPickle(decode(file).subarray(0, 100), "a.pkl"),
    /a\.pkl is no pickle file, or damaged/,
  );
  assert.throws(() => readPickle(utf8("hello"), "a.pkl"), /a\.pkl is no pickle file, or damaged/);
  assert.throws(
    () => readPickle(utf8("(dp0\nVa\nI1\ns."), "a.pkl"),
    /a\.pkl holds no dictionary with NumPy arrays/,
  );
  const command = utf8("cos\nsystem\n(S'exit 1'\ntR.");
  assert.throws(() => readPickle(command, "a.pkl"), /a\.pkl holds no dictionary with NumPy arrays/);
});

for (const [name, { file, values }] of Object.entries(references.images)) {
  test(`dicom: ${name}`, () => {
    const image = readDicom(decode(file), "a.dcm");
    assert.deepEqual([...image.values], values);
    assert.deepEqual([image.height, image.width, image.instance, image.spacing], [3, 5, 7, [1.5, 1.25]]);
  });
}

test("dicom: damage, compression and other files are named", () => {
  const { file } = references.images.implicit as { file: string };
  assert.throws(() => readDicom(decode(file).subarray(0, -8), "a.dcm"), /a\.dcm /);
  assert.throws(() => readDicom(utf8("hello"), "a.dcm"), /a\.dcm is no DICOM file, or damaged/);
  assert.throws(
    () => readDicom(decode(references.compressed), "a.dcm"),
    /a\.dcm is compressed \(transfer syntax 1\.2\.840\.10008\.1\.2\.5\)/,
  );
});

test("off: triangles, polygons, comments, and a first line without its end", () => {
  const square = "0 0 0\n1 0 0\n1 1 0\n0 1 0\n";
  for (const head of ["OFF\n4 2 0\n", "OFF4 2 0\n", "# made by hand\nOFF\n4 2 0 # points, faces, edges\n"]) {
    const mesh = readOff(utf8(`${head}${square}4 0 1 2 3\n3 0 1 2\n`), "a.off");
    assert.deepEqual([...mesh.triangles], [0, 1, 2, 0, 2, 3, 0, 1, 2]);
    assert.deepEqual([...mesh.positions.subarray(3, 9)], [1, 0, 0, 1, 1, 0]);
  }
  assert.throws(() => readOff(utf8("ply\n"), "a.off"), /a\.off is no OFF file: it starts with "ply\\n"/);
  assert.throws(
    () => readOff(utf8(`OFF\n4 2 0\n${square}3 0 1`), "a.off"),
    /a\.off is damaged or cut off: 4 points/,
  );
  assert.throws(
    () => readOff(utf8(`OFF\n4 1 0\n${square}3 0 1 4\n`), "a.off"),
    /a\.off: face 0 has the point 4; points go from 0 to 3/,
  );
  assert.throws(
    () => readOff(utf8(`OFF\n4 1 0\n${square}3 0 x 1\n`), "a.off"),
    /a\.off: expected a corner of face 0, found "x"/,
  );
});
