import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { inflate, readIdx } from "./idx.ts";

// Two images of 2 × 3 pixels: header, then the values 0 … 11.
const twoImages = Uint8Array.from([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, ...Array(12).keys()]);

test("reads shape and values", () => {
  const { shape, values } = readIdx(twoImages, "images");
  assert.deepEqual(shape, [2, 2, 3]);
  assert.deepEqual([...values], [...Array(12).keys()]);
});

test("inflates gzip and leaves other bytes alone", () => {
  assert.deepEqual(new Uint8Array(inflate(gzipSync(twoImages), "images.gz")), twoImages);
  assert.equal(inflate(twoImages, "images"), twoImages);
});

test("says what is wrong with a damaged file", () => {
  const zipped = gzipSync(twoImages);
  assert.throws(
    () => inflate(zipped.subarray(0, 20), "a.gz"),
    /a\.gz: the gzip data is damaged or cut off after 20 bytes/,
  );
  assert.throws(
    () => readIdx(Uint8Array.from([60, 33, 100, 111]), "a"),
    /a is not an IDX file.*"3c 21 64 6f"/,
  );
  assert.throws(() => readIdx(new Uint8Array(0), "a"), /not an IDX file/);
  assert.throws(() => readIdx(Uint8Array.from([0, 0, 13, 1, 0, 0, 0, 0]), "a"), /type 0x0d/);
  assert.throws(
    () => readIdx(twoImages.subarray(0, 10), "a"),
    /ends inside its header: 10 bytes, expected 16/,
  );
  assert.throws(
    () => readIdx(twoImages.subarray(0, 20), "a"),
    /2 × 2 × 3 = 12 values but has 4: the file is cut off/,
  );
  assert.throws(() => readIdx(Uint8Array.from([...twoImages, 0]), "a"), /has 13: the file is too long/);
});
