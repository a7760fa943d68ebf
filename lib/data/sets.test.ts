import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { zipSync } from "fflate";
import { ready } from "../backend/index.ts";
import { type DisplayTarget, displayTarget, setDisplayTarget } from "../plot/display.ts";
import { card, names } from "./card.ts";
import type { Dataset } from "./dataset.ts";
import { Mesh, type SegmentedImages } from "./index.ts";
import { load } from "./load.ts";
import { readCifar10Set, readGtsrbSet } from "./sets/labelled-images.ts";

await ready();

const original = displayTarget();
const cache = process.env.XDG_CACHE_HOME;
let shown = "";
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "nablab-test-"));
  process.env.XDG_CACHE_HOME = folder;
  const show: DisplayTarget["show"] = (bundle) => {
    shown = String(bundle["text/plain"]);
    return { update: () => undefined };
  };
  setDisplayTarget({ show, interruptSignal: () => undefined });
});

after(async () => {
  setDisplayTarget(original);
  if (cache === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = cache;
  await rm(folder, { recursive: true });
});

/** Skips the test unless the machine has the files. */
function needs(context: TestContext, path: string): boolean {
  const own = process.env.NABLAB_DATA;
  if (own && existsSync(join(own, path))) return true;
  context.skip(`set NABLAB_DATA to a folder that holds ${path}`);
  return false;
}

function describe(data: Dataset): unknown {
  switch (data.kind) {
    case "labelled-images":
      return [data.train.shape, data.train.classNames, data.test.shape];
    case "unsplit-images":
      return [data.all.shape, data.all.classNames];
    case "signals":
      return [data.shape, data.train.inputShape, data.train.classNames, data.test.inputShape];
    case "restoration":
      return data.all.shape;
    case "mesh":
      return [data.mesh.positions.constructor.name, data.mesh.triangles.constructor.name];
    case "labelled-meshes":
      return [data.train.classNames, data.test.classNames];
    case "detection":
      return [data.train.shape, data.train.classNames, data.validation.shape, data.test.shape];
    case "segmentation":
      return [data.train.shape, data.train.classNames];
    case "table":
      return [
        data.table.names.map((name) => [name, data.table.columns[name]?.constructor.name]),
        data.target,
      ];
    case "text":
      return [typeof data.text, Array.isArray(data.lines)];
    case "volumes":
      return Object.entries(data.volumes).map(([name, { shape, values }]) => [
        name,
        shape,
        values.constructor.name,
      ]);
  }
}

for (const name of names().filter((name) => !card(name).sample)) {
  test(`${name}: the stand-in says that it is one, is the same every time, and has the schema of the card`, async () => {
    const [first, again] = [await load(name, { whole: false }), await load(name, { whole: false })];
    assert.deepEqual([first.synthetic, first.whole, first.part], [true, false, "stand-in"]);
    assert.match(shown, /SYNTHETIC STAND-IN, not the data set/);
    assert.equal(first.card.synthetic, true);
    assert.match(String(first.card), /^.* \(synthetic stand-in\)\n {2}synthetic +computed by nablab/);
    assert.equal(card(name).synthetic, false);
    const { shape, classNames, columns = {}, target } = first.card;
    switch (first.kind) {
      case "labelled-images":
        assert.deepEqual([first.shape, first.classNames], [shape, classNames]);
        assert.equal(new Set(first.train.labels).size, classNames.length);
        assert.deepEqual(first.train.images, again.kind === first.kind && again.train.images);
        break;
      case "unsplit-images":
        assert.deepEqual([first.shape, first.all.shape, first.classNames], [shape, shape, classNames]);
        assert.equal(new Set(first.all.labels).size, classNames.length);
        assert.deepEqual(first.all.images, again.kind === first.kind && again.all.images);
        break;
      case "signals":
        assert.deepEqual([first.train.inputShape, first.test.inputShape], [shape, shape]);
        assert.equal(new Set(first.test.targets).size, classNames.length);
        assert.deepEqual(first.train.inputs, again.kind === first.kind && again.train.inputs);
        break;
      case "restoration":
        assert.deepEqual(first.all.shape, shape);
        assert.deepEqual(first.all.pair(3), again.kind === first.kind && again.all.pair(3));
        break;
      case "mesh":
        assert.deepEqual(first.mesh.positions, again.kind === first.kind && again.mesh.positions);
        break;
      case "labelled-meshes":
        assert.equal(new Set(first.test.labels).size, classNames.length);
        assert.deepEqual(first.train.mesh(7), again.kind === first.kind && again.train.mesh(7));
        break;
      case "table":
        assert.deepEqual(first.table.names, Object.keys(columns));
        assert.equal(first.target, target);
        assert.equal(first.table.names.length, shape[0]);
        assert.deepEqual(
          Object.keys(first.table.missing()),
          Object.keys(columns).filter((column) => columns[column]?.missing),
        );
        break;
      case "detection":
        assert.deepEqual(first.train.shape, shape);
        assert.deepEqual(first.train.image(3), again.kind === first.kind && again.train.image(3));
        break;
      case "segmentation":
        assert.equal(new Set(first.train.masks).size, classNames.length);
        assert.deepEqual(first.train.masks, again.kind === first.kind && again.train.masks);
        break;
      case "volumes":
        for (const volume of Object.values(first.volumes)) assert.deepEqual(volume.shape, shape);
        break;
      case "text":
        assert.equal(first.text, again.kind === first.kind && again.text);
    }
  });

  test(`${name}: the real set has the same schema`, async (context) => {
    const own = process.env.NABLAB_DATA ?? "";
    const here = [
      "bccd",
      "bunny",
      "california-housing",
      "gtsrb",
      "isbi-em",
      "lfw-faces",
      "mnist",
      "mri",
      "names",
      "tinyshakespeare",
    ];
    const shipped = ["digits", "iris", "wine", "breast-cancer", "seattle-weather", "mauna-loa-co2"];
    const path = name === "names" || name === "tinyshakespeare" ? join("text", `${name}.txt`) : name;
    if (!shipped.includes(name) && !(own && here.includes(name) && existsSync(join(own, path)))) {
      return context.skip(`set NABLAB_DATA to a folder that holds ${path}`);
    }
    const data = await load(name, name === "gtsrb" ? {} : { whole: true });
    assert.equal(data.synthetic, false);
    assert.match(shown, /Licence: .+\.$/);
    assert.deepEqual(describe(data), describe(await load(name, { whole: false })));
  });
}

test("bccd: every published box, pixels on demand", async (context) => {
  if (!needs(context, "bccd/BCCD.zip")) return;
  const { train, validation, test: held } = await load("bccd");
  assert.deepEqual([train.size, validation.size, held.size], [205, 87, 72]);
  const labels = [train, validation, held].flatMap(({ objects }) => objects.flatMap((found) => found.labels));
  assert.deepEqual(
    [0, 1, 2].map((label) => labels.filter((found) => found === label).length),
    [4155, 372, 361],
  );
  const { x, y } = train.batch([0, 1]);
  assert.deepEqual([x.shape, y.shape[0], y.shape[2]], [[2, 480, 640, 3], 2, 5]);
  const [mean] = tf.tidy(() => x.mean().dataSync());
  assert.ok((mean as number) > 0.5 && (mean as number) < 0.9, `mean ${mean}`);
  tf.dispose([x, y]);
});

test("gtsrb: the part that is here, classes from the tables", async (context) => {
  if (!needs(context, "gtsrb")) return;
  const data = await load("gtsrb");
  assert.deepEqual([data.part, data.train.size, data.test.size], ["subset", 6535, 4210]);
  assert.match(shown, /6,535 of 26,640 training and 4,210 of 12,630 test images: frames 0, 7/);
  const counts = data.train.classNames.map(
    (_, label) => data.train.labels.filter((found) => found === label).length,
  );
  // Five frames of every track; the first class has 210 images in 7 tracks of 30.
  assert.equal(counts[0], 35);
  assert.ok(counts.every((count) => count > 0));
});

test("isbi-em: membranes are the minority and darker", async (context) => {
  if (!needs(context, "isbi-em")) return;
  const { train } = await load("isbi-em");
  const mean = (wanted: number) => {
    let [sum, count] = [0, 0];
    train.masks.forEach((label, pixel) => {
      if (label !== wanted) return;
      sum += train.images[pixel] as number;
      count++;
    });
    return { mean: sum / count, count };
  };
  const [membrane, cell] = [mean(0), mean(1)];
  assert.ok(membrane.count < cell.count && membrane.mean < cell.mean - 20, JSON.stringify([membrane, cell]));
  const part: SegmentedImages = (await load("isbi-em", { limit: 4 })).train;
  assert.equal(part.size, 4);
});

test("california-housing: the known gaps and caps", async (context) => {
  if (!needs(context, "california-housing")) return;
  const { table, target } = await load("california-housing");
  assert.deepEqual([table.size, table.missing()], [20_640, { total_bedrooms: 207 }]);
  assert.equal(table.numbers(target).filter((value) => value === 500_001).length, 965);
  assert.deepEqual(
    [...new Set(table.text("ocean_proximity"))].sort(),
    card("california-housing").columns?.ocean_proximity?.values,
  );
});

test("texts and volumes: counts and order", async (context) => {
  if (!needs(context, "text/names.txt") || !needs(context, "mri/ch2.nii.gz")) return;
  assert.equal((await load("tinyshakespeare")).text.split("\n").length, 40_001);
  assert.equal((await load("names")).lines.length, 32_033);
  const { ch2, ch2bet } = (await load("mri")).volumes;
  // The extracted brain is the head with everything else set to zero.
  const kept = ch2bet?.values.filter((value, index) => value > 0 && value === ch2?.values[index]).length ?? 0;
  const all = ch2bet?.values.filter((value) => value > 0).length ?? 0;
  assert.ok(kept / all > 0.99 && all > 1e6, `${kept} of ${all}`);
  await assert.rejects(load("names", { limit: 5 }), /limit is 5, but a text has no examples to choose from/);
});

test("iris: class numbers become names; a limit draws rows", async () => {
  const { table, target, whole } = await load("iris");
  assert.deepEqual([table.size, target, whole], [150, "species", true]);
  const examples = table.examples({ inputs: ["petal_length", "petal_width"], target });
  assert.deepEqual(examples.classNames, ["setosa", "versicolor", "virginica"]);
  assert.deepEqual([...examples.inputs.subarray(0, 2)], [1.4, 0.2].map(Math.fround));
  assert.equal((await load("iris", { limit: 30 })).table.size, 30);
  await assert.rejects(
    load("iris", { limit: 151 }),
    /151 examples were asked for; a whole number from 1 to 150/,
  );
});

test("digits: the counts of scikit-learn; values from 0 to 16 fill a byte", async () => {
  const { all, whole } = await load("digits");
  assert.deepEqual([all.size, whole, all.shape], [1797, true, [8, 8, 1]]);
  const counts = all.classNames.map((_, label) => all.labels.filter((found) => found === label).length);
  assert.deepEqual(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
  assert.deepEqual(
    [...all.images.subarray(2, 5)],
    [5, 13, 9].map((value) => Math.round((value * 255) / 16)),
  );
  assert.equal((await load("digits", { limit: 100 })).all.size, 100);
});

test("lfw-faces and bunny: as published", async (context) => {
  if (!needs(context, "lfw-faces") || !needs(context, "bunny")) return;
  const { all } = await load("lfw-faces");
  assert.deepEqual([all.size, all.labels[99], all.labels[100], all.images[0]], [200, 0, 1, 74]);
  const { mesh } = await load("bunny");
  assert.deepEqual([mesh.positions.length / 3, mesh.triangles.length / 3 > 3000], [1839, true]);
  await assert.rejects(load("bunny", { limit: 5 }), /limit is 5, but a mesh has no examples/);
});

test("a bunny's points lie on its surface, equally dense", async () => {
  const { mesh } = await load("bunny", { whole: false });
  assert.deepEqual(mesh.sample(5, { seed: 1 }), mesh.sample(5, { seed: 1 }));
  assert.throws(() => mesh.sample(0), /0 points were asked for/);
  const square = new Mesh({
    positions: Float32Array.of(0, 0, 0, 3, 0, 0, 3, 1, 0, 0, 1, 0),
    triangles: Uint32Array.of(0, 1, 2, 0, 2, 3),
  });
  const points = square.sample(10_000);
  const left = points.filter((value, index) => index % 3 === 0 && value < 1).length;
  // A third, within four standard deviations of a binomial count.
  assert.ok(Math.abs(left - 10_000 / 3) < 4 * Math.sqrt(10_000 * (2 / 9)), `${left} of 10,000`);
});

// The published archives are too large for a test; these have their layout.
test("gtsrb: the layout of the official archives", () => {
  const utf8 = (text: string) => new TextEncoder().encode(text);
  const ppm = (level: number) => utf8(`P3 2 2 255 ${`${level} `.repeat(12)}`);
  const head = "Filename;Width;Height;Roi.X1;Roi.Y1;Roi.X2;Roi.Y2";
  const training = zipSync({
    "GTSRB/Training/00007/GT-00007.csv": utf8(`${head};ClassId\n00000_00000.ppm;2;2;0;0;1;1;7\n`),
    "GTSRB/Training/00007/00000_00000.ppm": ppm(70),
    "GTSRB/Training/00042/GT-00042.csv": utf8(`${head};ClassId\n00000_00000.ppm;2;2;0;0;1;1;42\n`),
    "GTSRB/Training/00042/00000_00000.ppm": ppm(142),
  });
  const images = zipSync({
    "GTSRB/Final_Test/Images/00000.ppm": ppm(1),
    "GTSRB/Final_Test/Images/GT-final_test.test.csv": utf8(`${head}\n00000.ppm;2;2;0;0;1;1\n`),
  });
  const truth = zipSync({ "GT-final_test.csv": utf8(`${head};ClassId\n00000.ppm;2;2;0;0;1;1;3\n`) });
  const file = (name: string) => ({ file: name, bytes: 0 });
  const splits = { train: { size: 2, files: [file("a")] }, test: { size: 1, files: [file("b"), file("c")] } };
  const files = new Map([
    ["a", training],
    ["b", images],
    ["c", truth],
  ]);
  const data = readGtsrbSet(card("gtsrb"), splits, files);
  assert.deepEqual([[...data.train.labels], [...data.test.labels]], [[7, 42], [3]]);
  assert.deepEqual([data.train.images[0], data.train.images.at(-1), data.test.images[0]], [70, 142, 1]);
  const more = { ...splits, train: { size: 3, files: [file("a")] } };
  assert.throws(
    () => readGtsrbSet(card("gtsrb"), more, files),
    /a: 2 images are named in a table, expected 3/,
  );
});

test("cifar-10: the layout of the official archive", () => {
  const record = (label: number) =>
    Uint8Array.from({ length: 3073 }, (_, at) => (at === 0 ? label : label + 1));
  const tar = (path: string, content: Uint8Array) => {
    const entry = new Uint8Array(512 + Math.ceil(content.length / 512) * 512);
    const put = (text: string, at: number) => entry.set(new TextEncoder().encode(text), at);
    put(path, 0);
    put(content.length.toString(8).padStart(11, "0"), 124);
    put("        0", 148);
    const sum = entry.reduce((total, byte) => total + byte, 0);
    put(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    entry.set(content, 512);
    return entry;
  };
  const names = [
    "test_batch",
    "data_batch_2",
    "data_batch_1",
    "data_batch_3",
    "data_batch_4",
    "data_batch_5",
  ];
  const batches = names.map((name, label) => tar(`cifar-10-batches-bin/${name}.bin`, record(label)));
  const archive = new Uint8Array(Buffer.concat([...batches, new Uint8Array(1024)]));
  const files = [{ file: "cifar.tar.gz", bytes: 0 }];
  const found = new Map([["cifar.tar.gz", archive]]);
  const splits = { train: { size: 5, files }, test: { size: 1, files } };
  const data = readCifar10Set(card("cifar-10"), splits, found);
  assert.deepEqual([[...data.train.labels], [...data.test.labels]], [[2, 1, 3, 4, 5], [0]]);
  assert.equal(data.train.images[0], 3);
  const wrong = { ...splits, train: { size: 50_000, files } };
  assert.throws(() => readCifar10Set(card("cifar-10"), wrong, found), /holds 5 images .*, expected 50000/);
});
