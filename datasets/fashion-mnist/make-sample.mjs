// Makes sample/ from the whole Fashion-MNIST and writes its checksums into card.json.
// The sample is the first 600 training and the first 100 test images of every class, in the published order,
// so that everybody who has the whole set makes the same bytes: npm run build && node make-sample.mjs

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { load } from "../../dist/lib/data/load.js";

const perClass = { train: 600, test: 100 };
const here = new URL("./", import.meta.url);
const cardFile = new URL("card.json", here);

function idx(shape, values) {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, 0x08, shape.length]);
  shape.forEach((size, axis) => {
    header.writeUInt32BE(size, 4 + 4 * axis);
  });
  return Buffer.concat([header, values]);
}

function write(file, bytes) {
  writeFileSync(new URL(`sample/${file}`, here), gzipSync(bytes, { level: 9 }));
  return { file, bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
}

mkdirSync(new URL("sample/", here), { recursive: true });
const { sample: _former, ...card } = JSON.parse(readFileSync(cardFile, "utf8"));
const whole = await load(card.name, { whole: true });
const splits = Object.entries(perClass).map(([name, count]) => {
  const { size, images, labels } = whole[name].perClass(count);
  const [height, width] = card.shape;
  const files = {
    size,
    files: [
      write(card.splits[name].files[0].file, idx([size, height, width], images)),
      write(card.splits[name].files[1].file, idx([size], labels)),
    ],
  };
  return [name, files];
});
const description = `the first ${perClass.train} training and ${perClass.test} test images of every class`;
const sample = { description, splits: Object.fromEntries(splits) };
writeFileSync(cardFile, `${JSON.stringify({ ...card, sample }, null, 2)}\n`);
