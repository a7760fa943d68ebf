// The published archives are too large for a test; these have their layout.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { encode } from "fast-png";
import { zipSync } from "fflate";
import jpeg from "jpeg-js";
import { ready } from "../../backend/index.ts";
import { card } from "../card.ts";
import { readChaosSet } from "./chaos.ts";
import { readHazePairsSet } from "./haze-pairs.ts";
import { readModelNetSet } from "./meshes.ts";
import { readVocSet } from "./regions.ts";
import { readMnist1dSet } from "./signals.ts";
import { readPgmFoldersSet } from "./unsplit-images.ts";

await ready();

const references = JSON.parse(
  readFileSync(new URL("../../../../tests/refs/published.json", import.meta.url), "utf8"),
) as { pickles: Record<string, { file: string }>; images: Record<string, { file: string }> };
const utf8 = (text: string) => new TextEncoder().encode(text);
const files = [{ file: "a" }];
const all = (size: number) => ({ all: { size, files } });
const grey = (height: number, width: number, level: (index: number) => number) =>
  encode({
    width,
    height,
    channels: 1,
    data: Uint8Array.from({ length: height * width }, (_, at) => level(at)),
  });
const colour = (height: number, width: number, level: number) =>
  encode({ width, height, channels: 3, data: new Uint8Array(height * width * 3).fill(level) });

test("orl-faces: a folder for each person, in the order of the numbers", () => {
  const about = card("orl-faces");
  const pgm = (level: number) => utf8(`P2 92 112 255 ${`${level} `.repeat(92 * 112)}`);
  const archive = zipSync({
    README: utf8("faces"),
    "s2/1.pgm": pgm(21),
    "s1/10.pgm": pgm(20),
    "s1/2.pgm": pgm(12),
  });
  const { all: found } = readPgmFoldersSet(about, all(3), new Map([["a", archive]]));
  assert.deepEqual(
    [[...found.labels], found.shape],
    [
      [0, 0, 1],
      [112, 92, 1],
    ],
  );
  assert.deepEqual(
    [0, 1, 2].map((index) => found.images[index * 112 * 92]),
    [12, 20, 21],
  );
  assert.throws(
    () => readPgmFoldersSet(about, all(400), new Map([["a", archive]])),
    /a holds 3 images, expected 400/,
  );
});

test("mnist-1d: training and test curves of the pickle", () => {
  const about = { ...card("mnist-1d"), shape: [3] };
  const pickle = new Uint8Array(Buffer.from(references.pickles["protocol 3, NumPy 1"]?.file ?? "", "base64"));
  const splits = { train: { size: 4, files }, test: { size: 2, files } };
  const data = readMnist1dSet(about, splits, new Map([["a", pickle]]));
  assert.deepEqual(
    [[...data.train.targets], [...data.test.targets]],
    [
      [1, 0, 2, 1],
      [2, 0],
    ],
  );
  assert.deepEqual([data.train.inputs.length, data.test.inputShape], [12, [3]]);
  assert.throws(
    () => readMnist1dSet(card("mnist-1d"), splits, new Map([["a", pickle]])),
    /a holds x \[4,3\] and y \[4\], expected \[4,40\] and \[4\]/,
  );
});

test("modelnet10: meshes by class and split, read when needed", () => {
  const off = (size: number) => utf8(`OFF\n3 1 0\n0 0 0\n${size} 0 0\n0 ${size} 0\n3 0 1 2\n`);
  const archive = zipSync({
    "ModelNet10/bed/test/bed_0002.off": off(2),
    "ModelNet10/bathtub/train/bathtub_0001.off": off(1),
    "ModelNet10/chair/train/chair_0001.off": utf8("OFF\n3 1 0\n0 0"),
    "__MACOSX/ModelNet10/bed/test/._bed_0002.off": utf8("?"),
  });
  const splits = { train: { size: 2, files }, test: { size: 1, files } };
  const { train, test: held } = readModelNetSet(card("modelnet10"), splits, new Map([["a", archive]]));
  assert.deepEqual([[...train.labels], [...held.labels]], [[0, 2], [1]]);
  assert.equal(held.mesh(0).positions[3], 2);
  assert.throws(() => train.mesh(1), /a › chair\/train\/chair_0001\.off is damaged or cut off/);
  const cloud = held.points(500).inputs;
  for (let point = 0; point < 500; point++) {
    const [x, y, z] = cloud.subarray(point * 3, point * 3 + 3) as unknown as [number, number, number];
    assert.ok(z === 0 && Math.hypot(x, y) <= 1 + 1e-6);
  }
});

test("dense-haze and reside-sots: pairs by number; what is larger loses its border", () => {
  const hazy = { ...card("dense-haze"), shape: [4, 6, 3] };
  const dense = zipSync({
    "Dense_Haze_NTIRE19/GT/02_GT.png": colour(4, 6, 20),
    "Dense_Haze_NTIRE19/GT/01_GT.png": colour(4, 6, 10),
    "Dense_Haze_NTIRE19/hazy/01_hazy.png": colour(4, 6, 110),
    "Dense_Haze_NTIRE19/hazy/02_hazy.png": colour(4, 6, 120),
  });
  const pairs = readHazePairsSet(hazy, all(2), new Map([["a", dense]])).all;
  assert.deepEqual(
    [0, 1].map((index) => [pairs.pair(index).input[0], pairs.pair(index).target[0]]),
    [
      [110, 10],
      [120, 20],
    ],
  );
  const { x, y } = pairs.batch([1]);
  assert.deepEqual(
    [x.shape, y.shape],
    [
      [1, 4, 6, 3],
      [1, 4, 6, 3],
    ],
  );
  tf.dispose([x, y]);

  const bordered = new Uint8Array(6 * 8 * 3).fill(255);
  for (let row = 1; row < 5; row++) bordered.fill(30, (row * 8 + 1) * 3, (row * 8 + 7) * 3);
  const sots = zipSync({
    "SOTS/indoor/gt/1400.png": encode({ width: 8, height: 6, channels: 3, data: bordered }),
    "SOTS/indoor/hazy/1400_1.png": colour(4, 6, 1),
    "SOTS/indoor/hazy/1400_10.png": colour(4, 6, 10),
    "SOTS/outdoor/gt/1400.png": colour(4, 6, 40),
    "SOTS/outdoor/hazy/1400_0.8_0.2.jpg": jpeg.encode({
      width: 6,
      height: 4,
      data: new Uint8Array(96).fill(90),
    }).data,
  });
  const three = readHazePairsSet(hazy, all(3), new Map([["a", sots]])).all;
  assert.ok(three.pair(0).target.every((value) => value === 30));
  assert.deepEqual(
    [0, 1, 2].map((index) => three.pair(index).target[0]),
    [30, 30, 40],
  );
  const alone = zipSync({ "hazy/01_hazy.png": colour(4, 6, 1) });
  assert.throws(
    () => readHazePairsSet(hazy, all(1), new Map([["a", alone]])),
    /a › hazy\/01_hazy\.png has no clear image of the same number/,
  );
});

test("chaos: slices and masks of the same name; grey levels near a class's are its own", () => {
  const dicom = (name: string) => new Uint8Array(Buffer.from(references.images[name]?.file ?? "", "base64"));
  const mask = (levels: readonly number[]) => grey(3, 5, (index) => levels[index % levels.length] as number);
  const folder = "Train_Sets/MR/2/T2SPIR";
  const members = {
    [`${folder}/DICOM_anon/IMG-0004-00002.dcm`]: dicom("explicit, signed"),
    [`${folder}/Ground/IMG-0004-00002.png`]: mask([63]),
    [`${folder}/DICOM_anon/IMG-0004-00001.dcm`]: dicom("explicit, signed"),
    [`${folder}/Ground/IMG-0004-00001.png`]: mask([0, 55, 70, 126, 200]),
    "Train_Sets/MR/2/T1DUAL/DICOM_anon/InPhase/IMG-1.dcm": utf8("not read"),
    "Train_Sets/MR/10/T2SPIR/DICOM_anon/IMG-1.dcm": dicom("explicit, signed"),
    "Train_Sets/MR/10/T2SPIR/Ground/IMG-1.png": mask([252]),
  };
  const about = { ...card("chaos"), shape: [3, 5, 1] };
  const read = (content: typeof members) =>
    readChaosSet(about, { train: { size: 3, files } }, new Map([["a", zipSync(content)]])).train;
  const train = read(members);
  assert.deepEqual([...train.masks.subarray(0, 5)], [0, 1, 1, 2, 3]);
  assert.deepEqual([train.masks[15], train.masks[30], train.size], [1, 4, 3]);
  assert.equal(Math.max(...train.images), 255);
  const { [`${folder}/Ground/IMG-0004-00001.png`]: _, ...without } = members;
  assert.throws(
    () => read(without as typeof members),
    /IMG-0004-00001\.dcm has no mask .*Ground\/IMG-0004-00001\.png/,
  );
});

test("voc-2007: two tar archives, boxes that move with the size", () => {
  const xml = (name: string) =>
    utf8(`<annotation><size><width>20</width><height>10</height></size><object><name>${name}</name>
      <difficult>1</difficult><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>10</xmax><ymax>5</ymax></bndbox></object></annotation>`);
  const photo = jpeg.encode({ width: 20, height: 10, data: new Uint8Array(800).fill(200) }).data;
  const archive = (lists: Record<string, string>) =>
    tar(
      Object.entries(lists).flatMap(([list, id]) => [
        [`VOCdevkit/VOC2007/ImageSets/Main/${list}.txt`, utf8(`${id}\n`)],
        [`VOCdevkit/VOC2007/Annotations/${id}.xml`, xml(list === "test" ? "tvmonitor" : "bicycle")],
        [`VOCdevkit/VOC2007/JPEGImages/${id}.jpg`, photo],
      ]),
    );
  const splits = {
    train: { size: 1, files },
    validation: { size: 1, files },
    test: { size: 1, files: [{ file: "b" }] },
  };
  const found = new Map([
    ["a", archive({ train: "000012", val: "000005" })],
    ["b", archive({ test: "000001" })],
  ]);
  const data = readVocSet(card("voc-2007"), splits, found);
  assert.deepEqual(
    [data.train, data.validation, data.test].map(({ objects }) => objects[0]?.labels),
    [[1], [1], [19]],
  );
  assert.deepEqual(data.train.objects[0]?.boxes, [[0, 0, 224, 224]]);
  assert.deepEqual(data.test.objects[0]?.ignored, [true]);
  assert.equal(data.test.image(0).length, 448 * 448 * 3);
  const fixed = { ...card("voc-2007"), resized: false };
  assert.throws(() => readVocSet(fixed, splits, found), /000012\.xml: 10 × 20 pixels, expected 448 × 448/);
});

function tar(members: [path: string, content: Uint8Array][]): Uint8Array {
  const entries = members.map(([path, content]) => {
    const entry = new Uint8Array(512 + Math.ceil(content.length / 512) * 512);
    const put = (text: string, at: number) => entry.set(utf8(text), at);
    put(path, 0);
    put(content.length.toString(8).padStart(11, "0"), 124);
    put("        0", 148);
    put("ustar", 257);
    const sum = entry.reduce((total, byte) => total + byte, 0);
    put(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    entry.set(content, 512);
    return entry;
  });
  return new Uint8Array(Buffer.concat([...entries, new Uint8Array(1024)]));
}
