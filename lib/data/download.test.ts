import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { download } from "./download.ts";

const content = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * 7919) % 251));
// Stored, not squeezed, so that the file is long enough to be cut in the middle.
const zipped = gzipSync(content, { level: 0 });
const file = {
  file: "data.gz",
  bytes: content.length,
  sha256: createHash("sha256").update(content).digest("hex"),
};

async function serve(context: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "nablab-test-"));
  context.after(() => rm(folder, { recursive: true }));
  return folder;
}

test("a connection that breaks is resumed where it stopped", async (context) => {
  const ranges: (string | undefined)[] = [];
  const mirror = await serve(context, (request, response) => {
    ranges.push(request.headers.range);
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    response.writeHead(start ? 206 : 200, { "content-length": zipped.length - start });
    if (start) response.end(zipped.subarray(start));
    else response.write(zipped.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 50));
  });
  const folder = await temporaryFolder(context);
  const path = join(folder, "cache", "data.gz");
  assert.deepEqual(Buffer.from(await download(file, path, { mirrors: [mirror] })), content);
  assert.equal(ranges.length, 2);
  assert.match(ranges[1] as string, /^bytes=[1-9]\d*-$/);
  assert.deepEqual(await readFile(path), zipped);
  assert.deepEqual(await readdir(join(folder, "cache")), ["data.gz"]);
});

test("the next mirror is tried when one refuses, lies or stalls", async (context) => {
  const refuses = await serve(context, (_, response) => response.writeHead(403).end());
  const lies = await serve(context, (_, response) => response.end(gzipSync("<html>captive portal</html>")));
  const stalls = await serve(context, (_, response) => response.writeHead(200).flushHeaders());
  const works = await serve(context, (_, response) => response.end(zipped));
  const path = join(await temporaryFolder(context), "data.gz");
  const mirrors = [refuses, lies, stalls, works];
  assert.deepEqual(Buffer.from(await download(file, path, { mirrors, stallTimeout: 1000 })), content);
});

test("failure names every mirror's reason and leaves nothing behind", async (context) => {
  const refuses = await serve(context, (_, response) => response.writeHead(404).end());
  const lies = await serve(context, (_, response) => response.end(gzipSync("something else")));
  const folder = await temporaryFolder(context);
  const mirrors = [refuses, lies, "http://127.0.0.1:1"];
  await assert.rejects(download(file, join(folder, "data.gz"), { mirrors }), (error: Error) => {
    assert.match(error.message, /HTTP 404/);
    assert.match(error.message, new RegExp(`sha256 [0-9a-f]{64}, expected ${file.sha256}`));
    assert.match(error.message, /127\.0\.0\.1:1\/data\.gz: fetch failed/);
    return true;
  });
  assert.deepEqual(await readdir(folder), []);
});

test("an abort ends the download with its reason", async (context) => {
  const stalls = await serve(context, (_, response) => response.writeHead(200).flushHeaders());
  const path = join(await temporaryFolder(context), "data.gz");
  const controller = new AbortController();
  const running = download(file, path, { mirrors: [stalls, stalls], signal: controller.signal });
  setTimeout(() => controller.abort(new Error("interrupted by the user")), 50);
  await assert.rejects(running, /interrupted by the user/);
  assert.equal(existsSync(path), false);
});

test("an archive that its host packs anew is known by the files in it", async (context) => {
  const utf8 = (text: string) => new TextEncoder().encode(text);
  const hash = createHash("sha256");
  for (const [path, text] of [
    ["data/a.txt", "one"],
    ["data/b.txt", "two"],
  ] as const) {
    hash.update(`${path}\0`).update(text);
  }
  const archive = { file: "data.zip", bytes: 0, members: "data/", sha256: hash.digest("hex") };
  const good = zipSync({
    "repository-main/README": utf8("new"),
    "repository-main/data/b.txt": utf8("two"),
    "repository-main/data/a.txt": utf8("one"),
  });
  const wrong = zipSync({ "data/a.txt": utf8("one"), "data/b.txt": utf8("changed") });
  const changed = await serve(context, (_, response) => response.end(wrong));
  const works = await serve(context, (request, response) => {
    response.writeHead(request.url === "/zip/main" ? 200 : 404).end(good);
  });
  const path = join(await temporaryFolder(context), "data.zip");
  const options = { mirrors: [changed] };
  await assert.rejects(
    download(archive, path, options),
    /not the published file: its content at data\/ .* has the sha256/,
  );
  assert.equal(existsSync(path), false);
  await download({ ...archive, addresses: [`${works}/zip/main`] }, path, options);
  assert.deepEqual(new Uint8Array(await readFile(path)), good);
});

test("where a publisher gives the checksum of the packed file, that is compared", async (context) => {
  const mirror = await serve(context, (_, response) => response.end(zipped));
  const path = join(await temporaryFolder(context), "data.gz");
  const sum = (kind: string) => createHash(kind).update(zipped).digest("hex");
  const about = { file: "data.gz", bytes: zipped.length };
  for (const known of [{ md5: sum("md5") }, { packedSha256: sum("sha256") }]) {
    assert.deepEqual(
      Buffer.from(await download({ ...about, ...known }, path, { mirrors: [mirror] })),
      content,
    );
  }
  const wrong = download({ ...about, md5: "0".repeat(32) }, path, { mirrors: [mirror] });
  await assert.rejects(wrong, new RegExp(`has the md5 ${sum("md5")}, expected 0{32}`));
});
