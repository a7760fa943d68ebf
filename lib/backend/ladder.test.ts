// The choice of a backend, each in a process of its own, as a backend can't be unloaded.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import type { BackendStatus } from "./index.ts";

const index = pathToFileURL(join(import.meta.dirname, "index.js")).href;

/** Run `code` with the module as `backend`; what it returns is printed as JSON and nothing else may be. */
function inProcess(code: string, environment: Record<string, string> = {}): unknown {
  const script = `const backend = await import(${JSON.stringify(index)}); const tf = await import("@tensorflow/tfjs");
    const result = await (async () => { ${code} })(); process.stdout.write(JSON.stringify(result ?? null));`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: import.meta.dirname,
    env: { ...process.env, NABLAB_BACKEND: "", ...environment },
    encoding: "utf8",
  });
  assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
  return JSON.parse(stdout);
}

const noTensorFlow = { NABLAB_TENSORFLOW: "/nowhere" };

describe("the ladder", () => {
  it("falls to wasm without libtensorflow and keeps the reasons", () => {
    const statuses = inProcess(
      "await backend.ready(); return backend.list();",
      noTensorFlow,
    ) as BackendStatus[];
    // Whether WebGPU can be had depends on the machine; it is never chosen unasked.
    const [webgpu, ...others] = [...statuses].sort((a) => (a.name === "webgpu" ? -1 : 0));
    assert.equal(webgpu.active, false);
    assert.match(webgpu.reason, /only on request: NABLAB_BACKEND=webgpu|npm install webgpu|Vulkan loader/);
    assert.deepEqual(
      others.map(({ name, available, active }) => ({ name, available, active })),
      [
        { name: "cuda", available: false, active: false },
        { name: "tensorflow", available: false, active: false },
        { name: "wasm", available: true, active: true },
        { name: "cpu", available: true, active: false },
      ],
    );
    assert.match(statuses[1].reason, /NABLAB_TENSORFLOW: \/nowhere does not exist/);
  });

  it("obeys NABLAB_BACKEND", () => {
    assert.equal(
      inProcess("await backend.ready(); return tf.getBackend();", { NABLAB_BACKEND: "cpu" }),
      "cpu",
    );
  });

  it("refuses a forced backend that does not start, with the reason", () => {
    const code = "return backend.ready().catch((error) => error.message);";
    assert.match(
      inProcess(code, { ...noTensorFlow, NABLAB_BACKEND: "tensorflow" }) as string,
      /^The backend "tensorflow" does not start: libtensorflow was not found/,
    );
    assert.equal(
      inProcess(code, { NABLAB_BACKEND: "torch" }),
      'NABLAB_BACKEND: There is no backend "torch"; choose one of cuda, tensorflow, webgpu, wasm, cpu.',
    );
  });

  it("changes backends, and a refused change leaves the one in use", () => {
    const code = `await backend.use("wasm"); await backend.use("cpu"); await backend.use("wasm");
      const refusal = await backend.use("tensorflow").catch((error) => error.message);
      return [backend.current(), tf.getBackend(), refusal];`;
    const [current, inUse, refusal] = inProcess(code, noTensorFlow) as string[];
    assert.deepEqual([current, inUse], ["wasm", "wasm"]);
    assert.match(refusal, /^The backend "tensorflow" does not start: libtensorflow was not found/);
  });

  it("chooses once, however often it is asked", () => {
    const code =
      "await Promise.all([backend.ready(), backend.ready()]); await backend.ready(); return backend.current();";
    assert.equal(inProcess(code, noTensorFlow), "wasm");
  });

  for (const name of ["tensorflow", "wasm", "cpu"]) {
    it(`starts ${name} without a word and leaves the process's events alone`, (context) => {
      const code = `await backend.ready(); tf.tidy(() => tf.add(1, 2).dataSync());
        return [process.listenerCount("uncaughtException"), process.listenerCount("unhandledRejection")];`;
      const available = inProcess(
        `return backend.list().find(({ name }) => name === "${name}");`,
      ) as BackendStatus;
      if (!available.available) return context.skip(available.reason);
      assert.deepEqual(inProcess(code, { NABLAB_BACKEND: name }), [0, 0]);
    });
  }

  it("has one TensorFlow.js, whichever way it is imported", () => {
    const code = `const { createRequire } = await import("node:module");
      const required = createRequire(${JSON.stringify(index)});
      await backend.ready();
      const node = createRequire(required.resolve("@tensorflow/tfjs-node-gpu/package.json"));
      return [required("@tensorflow/tfjs").engine() === tf.engine(), node("@tensorflow/tfjs").engine() === tf.engine(),
        required("@tensorflow/tfjs-core").engine() === tf.engine(), tf.default.engine() === tf.engine()];`;
    assert.deepEqual(inProcess(code), [true, true, true, true]);
  });
});
