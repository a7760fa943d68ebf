import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { zipSync } from "fflate";
import { ready } from "../../backend/index.ts";
import {
  readCifar10,
  readCsv,
  readImage,
  readImageFolder,
  readNetpbm,
  readNifti,
  readNpy,
  readNpz,
  readTar,
  readText,
  readVoc,
  readZip,
  resizeImage,
} from "./index.ts";

interface References {
  arrays: Record<string, { file: string; values: number[]; shape: number[] }>;
  archives: Record<string, string>;
  images: Record<string, { file: string; values: string }>;
  resize: { source: string; results: Record<string, string> };
  volumes: Record<string, string>;
}

await ready();

// Made by NumPy and Pillow: tests/refs/make-formats.py.
const references = JSON.parse(
  readFileSync(new URL("../../../../tests/refs/formats.json", import.meta.url), "utf8"),
) as References;
const decode = (text: string) => new Uint8Array(Buffer.from(text, "base64"));
const utf8 = (text: string) => new TextEncoder().encode(text);

for (const [name, { file, values, shape }] of Object.entries(references.arrays)) {
  test(`npy: ${name}`, () => {
    const array = readNpy(decode(file), "a.npy");
    assert.deepEqual(array.shape, shape);
    if (name === "halves") {
      assert.deepEqual([...array.values], [...values.map(Math.fround), Number.POSITIVE_INFINITY]);
    } else assert.deepEqual([...array.values], values);
  });
}

test("npy: damage and unknown types are named", () => {
  const file = decode(references.arrays["<f4"]?.file as string);
  assert.throws(
    () => readNpy(file.subarray(0, -1), "a.npy"),
    /a\.npy should hold \[2,3\] values of <f4 in 24 bytes but has 23: .*cut off/,
  );
  assert.throws(
    () => readNpy(file.subarray(0, 50), "a.npy"),
    /a\.npy is cut off inside its header: 50 bytes/,
  );
  assert.throws(() => readNpy(utf8("hello!"), "a.npy"), /a\.npy is no \.npy file: it starts with "hello!"/);
  const text = Buffer.from(file).toString("latin1").replace("'<f4'", "'|O8'");
  assert.throws(() => readNpy(Buffer.from(text, "latin1"), "a.npy"), /a\.npy holds .*\|O8.*are read/);
});

test("npz: stored and deflated", () => {
  for (const file of Object.values(references.archives)) {
    const { x, y } = readNpz(decode(file), "a.npz");
    assert.deepEqual(
      [x?.shape, [...(x?.values ?? [])]],
      [
        [2, 3],
        [0, 1, 2, -3, 4, 100],
      ],
    );
    assert.deepEqual([...(y?.values ?? [])], [1, 0]);
    assert.throws(
      () => readNpz(decode(file).subarray(0, 200), "a.npz"),
      /a\.npz is no zip archive, or damaged or cut off after 200/,
    );
  }
});

for (const [name, { file, values }] of Object.entries(references.images)) {
  test(`image: ${name}`, () => {
    const image = readImage(decode(file), name);
    const expected = decode(values);
    assert.deepEqual([image.height, image.width], [24, 36]);
    assert.equal(image.data.length, expected.length);
    // JPEG decoders differ in rounding the cosine transform.
    const most = name.endsWith(".jpg") ? 3 : 0;
    const apart = image.data.map((value, index) => Math.abs(value - (expected[index] as number)));
    assert.ok(Math.max(...apart) <= most, `largest difference ${Math.max(...apart)}`);
    assert.ok(apart.reduce((sum, value) => sum + value, 0) / apart.length <= most / 3);
    const bytes = decode(file);
    assert.throws(
      () => readImage(bytes.subarray(0, bytes.length * 0.7), name),
      new RegExp(`^Error: ${name.replace(".", "\\.")} is .*cut off`),
    );
  });
}

test("image: other files are refused, a flipped byte of a PNG is found", () => {
  assert.throws(
    () => readImage(utf8("GIF89a"), "a.gif"),
    /a\.gif is no JPEG, PNG, PGM or PPM image: it starts with the bytes "47 49 46 38"/,
  );
  const file = decode(references.images["colour.png"]?.file as string);
  file[60] = (file[60] as number) ^ 1;
  assert.throws(() => readImage(file, "a.png"), /a\.png is a damaged/);
});

test("PGM and PPM: comments, decimal numbers, other maxima", () => {
  const plain = readNetpbm(utf8("P2\n# made by hand\n3 2 # wide\n15\n0 5 15\n10 3 1\n"), "a.pgm");
  assert.deepEqual([plain.width, plain.height, [...plain.data]], [3, 2, [0, 85, 255, 170, 51, 17]]);
  const wide = new Uint8Array([...utf8("P5 2 1 65535\n"), 0xff, 0xff, 0x80, 0x80]);
  assert.deepEqual([...readNetpbm(wide, "a.pgm").data], [255, 128]);
  assert.throws(
    () => readNetpbm(utf8("P2 3 2 15 0 5"), "a.pgm"),
    /a\.pgm: expected value 2 of 6 at byte 13, found the end/,
  );
  assert.throws(
    () => readNetpbm(utf8("P6 2 2 255\nabc"), "a.ppm"),
    /a\.ppm is cut off: 2 × 2 × 3 values take 12 bytes, found 3/,
  );
  assert.throws(
    () => readNetpbm(utf8("P6 x"), "a.ppm"),
    /a\.ppm: expected the width at byte 3, found byte 120/,
  );
});

test("resizing equals Pillow's up to rounding", () => {
  const source = { width: 17, height: 13, channels: 3 as const, data: decode(references.resize.source) };
  for (const [size, values] of Object.entries(references.resize.results)) {
    const [height, width] = size.split("x").map(Number) as [number, number];
    const { data } = resizeImage(source, height, width);
    const expected = decode(values);
    const apart = data.map((value, index) => Math.abs(value - (expected[index] as number)));
    assert.ok(Math.max(...apart) <= 1, `${size}: largest difference ${Math.max(...apart)}`);
  }
});

test("CSV: missing values, quotes, text and numbers", () => {
  const file = utf8('\ufeffname,age,"height, m"\r\nAnna,30,1.7\r\n"Bob ""B""",NA,\r\n?,1e1,2\r\n');
  const table = readCsv(file, "a.csv");
  assert.deepEqual(table.names, ["name", "age", "height, m"]);
  assert.deepEqual(table.text("name"), ["Anna", 'Bob "B"', null]);
  assert.deepEqual(table.numbers("age"), Float64Array.of(30, Number.NaN, 10));
  assert.deepEqual(table.missing(), { name: 1, age: 1, "height, m": 1 });
  assert.equal(table.withoutMissing("age").size, 2);
  assert.deepEqual(table.withoutMissing().text("name"), ["Anna"]);
  const bare = readCsv(utf8("1;2\n3;4"), "b.csv", { delimiter: ";", columns: ["a", "b"] });
  assert.deepEqual(bare.numbers("b"), Float64Array.of(2, 4));
});

test("CSV: damage is named with its line", () => {
  assert.throws(() => readCsv(utf8("a,b\n1,2\n3\n"), "a.csv"), /a\.csv can't be read.*line 3/);
  assert.throws(() => readCsv(utf8('a,b\n1,"2\n'), "a.csv"), /a\.csv can't be read.*[Qq]uote/);
  assert.throws(() => readCsv(utf8("a,b\n"), "a.csv"), /a\.csv has no rows/);
  assert.throws(() => readCsv(utf8("a,a\n1,2\n"), "a.csv"), /a\.csv has two columns "a"/);
  assert.throws(() => readCsv(Uint8Array.of(0x61, 0xff, 0xfe), "a.csv"), /a\.csv is no text in UTF-8/);
});

test("a table names what it hasn't got, and becomes examples", () => {
  const table = readCsv(utf8("size,rooms,kind,price\n50,2,flat,1\n90,,house,3\n70,3,flat,2\n"), "a.csv");
  assert.throws(
    () => table.numbers("room"),
    /no column "room"\. Did you mean "rooms"\? Known: size, rooms, kind, price/,
  );
  assert.throws(() => table.numbers("kind"), /"kind" holds text such as "flat"/);
  assert.throws(() => table.text("size"), /"size" holds numbers/);
  assert.throws(() => table.examples({ inputs: ["rooms"], target: "price" }), /"rooms" misses 1 of 3 values/);
  assert.throws(() => table.select([3]), /no row 3; indices go from 0 to 2/);
  const prices = table.withoutMissing().examples({ inputs: ["rooms", "size"], target: "price" });
  assert.deepEqual([...prices.inputs, ...prices.targets], [2, 50, 3, 70, 1, 2]);
  const kinds = table.examples({ inputs: ["size"], target: "kind" });
  assert.deepEqual(
    [[...kinds.targets], kinds.classNames],
    [
      [0, 1, 0],
      ["flat", "house"],
    ],
  );
});

test("CIFAR-10: planes become pixels", () => {
  const record = (label: number) =>
    Uint8Array.from({ length: 3073 }, (_, at) =>
      at === 0 ? label : Math.floor((at - 1) / 1024) * 100 + ((at - 1) % 7),
    );
  const file = new Uint8Array([...record(3), ...record(9)]);
  const { images, labels } = readCifar10(file, "data_batch_1.bin");
  assert.deepEqual([...labels], [3, 9]);
  assert.deepEqual(
    [...images.subarray(0, 6)],
    [0, 100, 200, 1, 101, 201].map(
      (value, index) => value + (index % 3 === 0 ? 0 : ([2, 4][(index % 3) - 1] as number)),
    ),
  );
  assert.throws(
    () => readCifar10(file.subarray(0, 4000), "b.bin"),
    /b\.bin has 4000 bytes: 1 records of 3073 and 927 bytes over/,
  );
  assert.throws(() => readCifar10(record(10), "b.bin"), /b\.bin: record 0 has the label 10, expected 0 to 9/);
});

const annotation = `<annotation><size><width>64</width><height>48</height><depth>3</depth></size>
  <object><name>007</name><difficult>1</difficult><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>10</xmax><ymax>20</ymax></bndbox></object>
  <object><name>cell</name><bndbox><xmin>0</xmin><ymin>5.5</ymin><xmax>70</xmax><ymax>48</ymax></bndbox></object></annotation>`;

test("VOC: boxes from 1 become edges from 0, clipped to the image", () => {
  assert.deepEqual(readVoc(utf8(annotation), "a.xml"), {
    width: 64,
    height: 48,
    objects: [
      { name: "007", box: [0, 1, 10, 20], difficult: true },
      { name: "cell", box: [0, 4.5, 64, 48], difficult: false },
    ],
  });
  const empty = "<annotation><size><width>6</width><height>4</height></size></annotation>";
  assert.deepEqual(readVoc(utf8(empty), "a.xml").objects, []);
});

test("VOC: damage is named", () => {
  assert.throws(
    () => readVoc(utf8(annotation.slice(0, 200)), "a.xml"),
    /a\.xml is damaged or cut off: .* \(line \d+\)/,
  );
  assert.throws(
    () => readVoc(utf8(annotation.replace("<xmin>1<", "<xmin>one<")), "a.xml"),
    /a\.xml: <xmin> of object <0> is "one", expected a number/,
  );
  assert.throws(
    () => readVoc(utf8("<html></html>"), "a.xml"),
    /a\.xml: <width> is missing, expected a number/,
  );
});

for (const [name, file] of Object.entries(references.volumes)) {
  test(`NIfTI: ${name}`, () => {
    const volume = readNifti(decode(file), "a.nii");
    assert.deepEqual(
      [volume.shape, volume.spacing],
      [
        [2, 3, 4],
        [2, 3, 4],
      ],
    );
    // NumPy's row-major index of the voxel is its value.
    const expected = 1 * 12 + 2 * 4 + 3;
    assert.equal(volume.at(1, 2, 3), name === "scaled" ? expected * 0.5 - 1 : expected);
    if (name === "quaternion") {
      // A turn of 120° about the diagonal takes x to y, y to z and z to x; the handedness flips z.
      const rounded = volume.affine.map((row) => row.map((value) => Math.round(value * 1e4) / 1e4 + 0));
      assert.deepEqual(rounded, [
        [0, 0, -4, 10],
        [2, 0, 0, 20],
        [0, 3, 0, 30],
      ]);
    } else {
      assert.deepEqual(volume.affine, [
        [2, 0, 0, -90],
        [0, 3, 0, -126],
        [0, 0, 4, -72],
      ]);
    }
    const slice = volume.slice("coronal", 2);
    assert.deepEqual(slice.shape, [4, 2]);
    assert.equal(slice.dataSync()[1], volume.at(1, 2, 3), "up is on top, x to the right");
    slice.dispose();
  });
}

test("NIfTI: damage is named", () => {
  const file = decode(references.volumes.float32 as string);
  assert.throws(
    () => readNifti(file.subarray(0, -5), "a.nii"),
    /a\.nii is cut off: 2 × 3 × 4 voxels take 96 bytes, found 91/,
  );
  assert.throws(
    () => readNifti(file.subarray(0, 100), "a.nii"),
    /a\.nii is cut off inside its header: 100 bytes/,
  );
  assert.throws(() => readNifti(new Uint8Array(400), "a.nii"), /a\.nii is no NIfTI-1 file/);
  const zipped = decode(references.volumes.uint8 as string);
  assert.throws(
    () => readNifti(zipped.subarray(0, 60), "a.nii.gz"),
    /a\.nii\.gz: the gzip data is damaged or cut off after 60/,
  );
  const volume = readNifti(file, "a.nii");
  assert.throws(() => volume.slice("axial", 4), /no voxel 4 along z; indices go from 0 to 3/);
});

test("text: line ends, byte-order mark, other encodings", () => {
  assert.equal(readText(utf8("\ufeffa\r\nü\n"), "a.txt"), "a\nü\n");
  assert.throws(
    () => readText(Uint8Array.of(0x1f, 0x8b, 8), "a.txt"),
    /a\.txt is no text in UTF-8 \(3 bytes\)/,
  );
});

test("zip and tar: chosen members, damage", () => {
  const zip = zipSync({ "a/1.txt": utf8("one"), "a/2.txt": utf8("two") });
  assert.deepEqual([...readZip(zip, "a.zip", (path) => path.endsWith("2.txt"))], [["a/2.txt", utf8("two")]]);
  assert.throws(
    () => readZip(zip.subarray(0, 60), "a.zip"),
    /a\.zip is no zip archive, or damaged or cut off after 60 bytes/,
  );
  const tar = makeTar("folder/a.bin", utf8("content"));
  assert.deepEqual([...readTar(tar, "a.tar")], [["folder/a.bin", utf8("content")]]);
  assert.throws(
    () => readTar(tar.subarray(0, 515), "a.tar"),
    /a\.tar is cut off: folder\/a\.bin should have 7 bytes, found 3/,
  );
  tar[0] = 0x46;
  assert.throws(() => readTar(tar, "a.tar"), /a\.tar is no tar archive, or damaged: the header at byte 0/);
  assert.throws(() => readTar(new Uint8Array(1024), "a.tar"), /no tar archive, or empty/);
});

function makeTar(path: string, content: Uint8Array): Uint8Array {
  const tar = new Uint8Array(512 * 4);
  tar.set(utf8(path));
  tar.set(utf8(content.length.toString(8).padStart(11, "0")), 124);
  tar.set(utf8("        "), 148);
  tar[156] = 0x30;
  tar.set(
    utf8(
      `${tar
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, "0")}\0 `,
    ),
    148,
  );
  tar.set(content, 512);
  return tar;
}

test("a folder of images: classes by folder, one size, grey", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "nablab-test-"));
  context.after(() => rm(folder, { recursive: true }));
  await assert.rejects(readImageFolder(folder), /holds no images in sub-folders; expected CLASS\/FILE\.jpg/);
  for (const name of ["cat", "dog"]) await mkdir(join(folder, name));
  await writeFile(join(folder, "dog", "2.ppm"), utf8("P3 2 1 255  255 0 0  0 255 0"));
  await writeFile(join(folder, "dog", "1.pgm"), utf8("P2 2 1 255  9 8"));
  await writeFile(join(folder, "dog", "notes.txt"), "no image");
  await writeFile(join(folder, "cat", "1.png"), decode(references.images["colour.png"]?.file as string));
  await assert.rejects(
    readImageFolder(folder),
    /1\.pgm has 1 × 2 pixels \(height × width\), the first image 24 × 36; .*imageSize/,
  );
  const set = await readImageFolder(folder, { imageSize: [1, 2] });
  assert.deepEqual(
    [set.shape, [...set.labels], set.classNames],
    [
      [1, 2, 3],
      [0, 1, 1],
      ["cat", "dog"],
    ],
  );
  assert.deepEqual([...set.images.subarray(6)], [9, 9, 9, 8, 8, 8, 255, 0, 0, 0, 255, 0]);
  const grey = await readImageFolder(folder, { imageSize: [1, 2], channels: 1 });
  assert.deepEqual([...grey.images.subarray(4)], [76, 150]);
});
