// The webgpu backend on a graphics device in software, in processes of their own: starting, reading, failing, ending.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { useSoftwareDevice } from "../battery/software-device.ts";

const url = (file: string) => JSON.stringify(pathToFileURL(`${import.meta.dirname}/../${file}`).href);

/** Run `code`, which returns what is compared; the process must end by itself and print nothing else. */
function inProcess(code: string, environment: Record<string, string> = {}): unknown {
  const script = `
    const { useSoftwareDevice } = await import(${url("battery/software-device.js")});
    useSoftwareDevice();
    const backend = await import(${url("index.js")});
    const tf = await import("@tensorflow/tfjs");
    const result = await (async () => { ${code} })();
    console.log(JSON.stringify(result ?? null));`;
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    ["--input-type=module", "-e", script],
    {
      cwd: import.meta.dirname,
      env: { ...process.env, NABLAB_BACKEND: "webgpu", ...environment },
      encoding: "utf8",
      timeout: 60_000,
    },
  );
  assert.deepEqual({ status, signal, stderr }, { status: 0, signal: null, stderr: "" });
  return JSON.parse(stdout);
}

const obstacle = useSoftwareDevice();

describe("webgpu", { skip: obstacle ?? false }, () => {
  it("starts by NABLAB_BACKEND, names its device and leaves the globals alone", () => {
    const code = `const before = [globalThis.setImmediate, globalThis.navigator];
      await backend.ready();
      tf.tidy(() => tf.matMul(tf.ones([40, 40]), tf.ones([40, 40])).dataSync());
      const { active, reason } = backend.list().find(({ name }) => name === "webgpu");
      const same = before[0] === globalThis.setImmediate && before[1] === globalThis.navigator;
      return { active, reason, same, inUse: tf.getBackend() };`;
    const { reason, ...rest } = inProcess(code) as { reason: string };
    assert.deepEqual(rest, { active: true, same: true, inUse: "webgpu" });
    assert.match(reason, /^SwiftShader.* \(software, not a GPU\), through Dawn in npm's webgpu \d/);
  });

  it("is never chosen unasked", () => {
    const code = "await backend.ready(); return backend.current();";
    assert.equal(inProcess(code, { NABLAB_BACKEND: "", NABLAB_TENSORFLOW: "/nowhere" }), "wasm");
  });

  it("reads values at once and by promise, in any order", () => {
    const code = `await backend.ready();
      const x = tf.range(0, 2048);
      const [a, b, c] = [1, 2, 3].map((n) => x.add(n));
      const later = a.data();
      const now = b.dataSync();
      const [first] = await later;
      const afterwards = c.add(b).dataSync();
      const both = await Promise.all([c.mul(2).data(), c.mul(3).data()]);
      return [first, now[1], afterwards[2], both[0][0], both[1][2047]];`;
    assert.deepEqual(inProcess(code), [1, 3, 9, 6, 6150]);
  });

  it("moves tensors to and from other backends", () => {
    const code = `await backend.use("cpu");
      const x = tf.complex([1, 2], [3, 4]), y = tf.range(0, 2000);
      await backend.use("webgpu");
      const moved = [...tf.real(x).dataSync(), ...tf.imag(x).dataSync()], z = y.add(1);
      await backend.use("wasm");
      return [...moved, z.add(1).dataSync()[1999]];`;
    assert.deepEqual(inProcess(code), [1, 2, 3, 4, 2001]);
  });

  it("tells which operation finds no memory, and the next one works", () => {
    const code = `await backend.ready();
      const x = tf.ones([2048]);
      let message;
      try { tf.tile(x.reshape([1, 2048]), [400_000, 1]); } catch (error) { message = error.message; }
      return [message, tf.memory().numTensors, x.add(1).dataSync()[2047]];`;
    const [message, tensors, next] = inProcess(code) as [string, number, number];
    assert.match(
      message,
      /no memory for the result of Tile .*3\.28 GB: the graphics device takes 1\.07 GB in a tensor/,
    );
    assert.deepEqual([tensors, next], [2, 2]);
  });

  it("throws what the device refused instead of handing out zeros", () => {
    const code = `await backend.ready();
      const x = tf.ones([2000]);
      const { device, tensorMap } = tf.backend();
      const y = x.add(1);
      device.createBuffer({ size: 4, usage: 0 });
      const messages = [];
      try { y.dataSync(); } catch (error) { messages.push(error.message); }
      device.createBuffer({ size: 4, usage: 0 });
      await x.add(2).data().catch((error) => messages.push(error.message));
      return [messages.map((text) => text.slice(0, 44)), x.add(3).dataSync()[0]];`;
    const refused = "The graphics device refused an operation; it";
    assert.deepEqual(inProcess(code), [[refused, refused], 4]);
  });

  it("ends when the program does, however it ends", () => {
    const start = "await backend.ready(); const x = tf.ones([64, 64]).matMul(tf.ones([64, 64]));";
    assert.equal(inProcess(`${start} x.data(); return 1;`), 1);
    assert.equal(inProcess(`${start} process.stdout.write("2"); process.exit(0);`), 2);
  });
});

it("webgpu without its npm package says what to install", () => {
  const code = `const { default: Module } = await import("node:module");
    const resolve = Module._resolveFilename;
    Module._resolveFilename = (name, ...rest) => {
      if (name === "webgpu") throw new Error("not found");
      return resolve(name, ...rest);
    };
    const { available, reason } = backend.list().find(({ name }) => name === "webgpu");
    return [available, reason, await backend.ready().catch((error) => error.message)];`;
  const reason = "the npm package webgpu is not installed: npm install webgpu";
  assert.deepEqual(inProcess(code), [false, reason, `The backend "webgpu" does not start: ${reason}`]);
});

describe("webgpu without a device", { skip: process.platform === "linux" ? false : "for Linux" }, () => {
  it("says what is missing", () => {
    const code = `const refusal = await backend.ready().catch((error) => error.message);
      return [refusal, backend.list().find(({ name }) => name === "webgpu")];`;
    const nowhere = { VK_ICD_FILENAMES: "/nowhere", VK_DRIVER_FILES: "/nowhere" };
    const [refusal, status] = inProcess(code, nowhere) as [string, { available: boolean; reason: string }];
    assert.match(
      refusal,
      /^The backend "webgpu" does not start: (libvulkan\.so\.1, the Vulkan loader, is missing|Dawn finds no graphics device)/,
    );
    assert.equal(status.available, false);
    assert.ok(refusal.endsWith(status.reason));
  });
});
