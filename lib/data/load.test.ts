import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { type DisplayTarget, displayTarget, setDisplayTarget } from "../plot/display.ts";
import { card, names, shippedFolder } from "./card.ts";
import { load } from "./load.ts";

const debian = "/usr/share/datasets/fashion-mnist";
const original = displayTarget();
const environment = { NABLAB_DATA: process.env.NABLAB_DATA, XDG_CACHE_HOME: process.env.XDG_CACHE_HOME };
let folder: string;
let shown: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nablab-test-"));
  // No machine's own data or cache decides these tests.
  delete process.env.NABLAB_DATA;
  process.env.XDG_CACHE_HOME = join(folder, "cache");
  shown = [];
  const show: DisplayTarget["show"] = (bundle) => {
    shown.push(String(bundle["text/plain"]));
    return { update: (next) => shown.push(String(next["text/plain"])) };
  };
  setDisplayTarget({ show, interruptSignal: () => undefined });
});

afterEach(async () => {
  setDisplayTarget(original);
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  await rm(folder, { recursive: true });
});

function classCounts(labels: Uint8Array): number[] {
  return Array.from({ length: 10 }, (_, label) => labels.filter((found) => found === label).length);
}

test("the shipped sample is balanced, says that it is a sample, and is the default", async () => {
  const data = await load("fashion-mnist");
  assert.deepEqual([data.train.size, data.test.size, data.whole], [6000, 1000, false]);
  assert.deepEqual(classCounts(data.train.labels), Array(10).fill(600));
  assert.deepEqual(classCounts(data.test.labels), Array(10).fill(100));
  assert.deepEqual([data.shape, data.classNames.length], [[28, 28, 1], 10]);
  assert.equal(shown.length, 1);
  assert.match(shown[0] as string, /shipped sample with 6,000 of 60,000 training/);
});

test("a limit draws the same images for the same seed", async () => {
  const draw = async (seed: number) => (await load("fashion-mnist", { limit: 100, seed })).train;
  const [first, again, other] = [await draw(1), await draw(1), await draw(2)];
  assert.deepEqual(classCounts(first.labels), Array(10).fill(10));
  assert.deepEqual(first.images, again.images);
  assert.notDeepEqual(first.images, other.images);
});

test("the whole set is found in $NABLAB_DATA before other folders", async (context) => {
  if (!existsSync(debian)) return context.skip(`${debian} is not installed (Debian: dataset-fashion-mnist)`);
  const own = join(folder, "own", "fashion-mnist");
  await mkdir(own, { recursive: true });
  for (const name of await readdir(debian)) {
    if (name.endsWith(".gz")) await copyFile(join(debian, name), join(own, name));
  }
  process.env.NABLAB_DATA = join(folder, "own");
  const { train, test: held, whole } = await load("fashion-mnist", { whole: true });
  assert.deepEqual([train.size, held.size, whole], [60_000, 10_000, true]);
  const mean = train.images.reduce((sum, value) => sum + value, 0) / train.images.length / 255;
  assert.ok(Math.abs(mean - 0.286041) < 1e-6, `mean ${mean}`);
  // The sample is the first images of every class of the whole set.
  assert.deepEqual((await load("fashion-mnist")).train.images, train.perClass(600).images);
  // A damaged file in the first place is an error, not a reason to look elsewhere.
  await writeFile(join(own, "train-labels-idx1-ubyte.gz"), "damaged");
  await assert.rejects(
    load("fashion-mnist", { whole: true }),
    /own.*train-labels.*is not the published file/,
  );
});

test("offline, the message says what to put where", async () => {
  const server = createServer((_, response) => response.writeHead(503).end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const about = card("mnist");
  const fetched = globalThis.fetch;
  // The official mirrors must not be asked by a test; the local one is asked for real.
  globalThis.fetch = (address, init) =>
    String(address).startsWith(mirror)
      ? fetched(address, init)
      : Promise.reject(new TypeError("fetch failed"));
  try {
    await assert.rejects(load("mnist", { whole: true, mirrors: [mirror] }), ({ message }: Error) => {
      for (const part of [
        "MNIST (11.6 MB, CC BY-SA 3.0 licence)",
        "HTTP 503",
        ...about.mirrors,
        "NABLAB_DATA=FOLDER",
      ]) {
        assert.ok(message.includes(part), `"${part}" is missing in:\n${message}`);
      }
      assert.ok(message.includes(join(folder, "cache", "nablab", "datasets", "mnist")), message);
      return true;
    });
    const instead = await load("mnist", { mirrors: [mirror] });
    assert.deepEqual([instead.synthetic, instead.whole, instead.part], [true, false, "stand-in"]);
    assert.match(
      shown.at(-1) as string,
      /^MNIST: SYNTHETIC STAND-IN, not the data set: 1,000 training and 200 test images/,
    );
    assert.match(shown.at(-1) as string, /NABLAB_DATA=FOLDER/, "the note says how to get the real set");
  } finally {
    globalThis.fetch = fetched;
    server.close();
  }
  assert.equal(existsSync(join(folder, "cache")), false, "nothing is left in the cache");
});

test("what is missing is downloaded into the cache and read from there the next time", async (context) => {
  const own = environment.NABLAB_DATA;
  const source = own && join(own, "mnist");
  if (!source || !existsSync(source)) return context.skip("set NABLAB_DATA to a folder that holds mnist/");
  let requests = 0;
  const server = createServer(async (request, response) => {
    requests++;
    response.end(await readFile(join(source, basename(request.url as string))));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const mirrors = [`http://127.0.0.1:${(server.address() as AddressInfo).port}/`];
  try {
    const { train, test: held } = await load("mnist", { mirrors });
    assert.deepEqual([train.size, held.size], [60_000, 10_000]);
    const cache = join(folder, "cache", "nablab", "datasets", "mnist");
    assert.equal((await readdir(cache)).length, 4);
    const again = await load("mnist", { mirrors });
    assert.deepEqual(again.test.labels, held.labels);
    assert.equal(requests, 4);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test("cards are complete and name every file, its size and a checksum", () => {
  for (const name of names()) {
    const about = card(name);
    for (const splits of [about.splits, about.sample?.splits ?? {}, about.subset?.splits ?? {}]) {
      for (const { files, size } of Object.values(splits)) {
        assert.ok(files.length > 0 && size > 0);
        for (const { file, bytes, sha256, packedSha256, md5 } of files) {
          const sum = sha256 ?? packedSha256 ?? md5;
          if (sum === undefined) assert.match(String(about), new RegExp(`${file}: none is known`));
          else assert.match(sum, /^([0-9a-f]{64}|[0-9a-f]{32})$/, `${name}: ${file}`);
          assert.ok(bytes === undefined || bytes > 0);
        }
      }
    }
    if (about.format === "idx") {
      for (const { files, size } of Object.values(about.splits)) {
        const pixels = about.shape.reduce((product, length) => product * length, 1);
        assert.deepEqual(
          files.map(({ bytes }) => bytes),
          [16 + size * pixels, 8 + size],
        );
      }
    }
    for (const part of ["what", "whole set", "one (example|image)", "licence", "cite", "from", "checksums"]) {
      assert.match(String(about), new RegExp(`^  ${part} +\\S`, "m"), `${name}: ${part}`);
    }
  }
  assert.ok(existsSync(join(shippedFolder, "fashion-mnist", "LICENSE")));
});

test("a misspelt name gets the nearest right one", async () => {
  await assert.rejects(load("fashion_mnst"), /no data set "fashion_mnst"\. Did you mean "fashion-mnist"\?/);
  await assert.rejects(load("zebra"), /no data set "zebra"\. Known: bccd, .*mnist/);
});
