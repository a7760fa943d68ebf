import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { dataFolders, runtimeFolder, userDataFolder } from "./jupyter-paths.ts";
import { kernelSpec, readKernelSpec, removeKernelSpec, specFolder, writeKernelSpec } from "./kernelspec.ts";
import { distributionFor } from "./tensorflow.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nablab-data-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("kernel.json starts this installation and asks for interrupts by message", () => {
  const spec = kernelSpec();
  assert.equal(spec.argv[0], process.execPath);
  assert.ok(existsSync(spec.argv[1]), spec.argv[1]);
  assert.deepEqual(spec.argv.slice(2), ["kernel", "{connection_file}"]);
  assert.equal(spec.display_name, "TypeScript (nablab)");
  assert.equal(spec.language, "typescript");
  assert.equal(spec.interrupt_mode, "message");
  assert.equal("env" in spec, false);
  assert.deepEqual(kernelSpec({ tensorflow: "/opt/tf" }).env, { NABLAB_TENSORFLOW: "/opt/tf" });
});

test("registering twice writes once, and removing twice removes once", () => {
  assert.equal(writeKernelSpec(folder, kernelSpec()), true);
  assert.equal(writeKernelSpec(folder, kernelSpec()), false);
  assert.equal(writeKernelSpec(folder, kernelSpec({ node: "/other/node" })), true);
  assert.equal(readKernelSpec(folder)?.argv[0], "/other/node");
  assert.equal(removeKernelSpec(folder), true);
  assert.equal(removeKernelSpec(folder), false);
  assert.equal(readKernelSpec(folder), undefined);
});

test("the logos are what their names say", () => {
  writeKernelSpec(folder, kernelSpec());
  for (const size of [32, 64]) {
    const png = readFileSync(join(specFolder(folder), `logo-${size}x${size}.png`));
    assert.equal(png.toString("latin1", 1, 4), "PNG");
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [size, size]);
  }
  assert.match(readFileSync(join(specFolder(folder), "logo-svg.svg"), "utf8"), /^<svg /);
});

test("a broken kernel.json is reported, not taken for none", () => {
  writeKernelSpec(folder, kernelSpec());
  writeFileSync(join(specFolder(folder), "kernel.json"), "{");
  assert.throws(() => readKernelSpec(folder), SyntaxError);
});

test("Jupyter's folders follow platform and environment", () => {
  assert.equal(userDataFolder({ HOME: "/h" }, "linux"), "/h/.local/share/jupyter");
  assert.equal(userDataFolder({ HOME: "/h", XDG_DATA_HOME: "/x" }, "linux"), "/x/jupyter");
  assert.equal(userDataFolder({ HOME: "/h" }, "darwin"), "/h/Library/Jupyter");
  assert.equal(userDataFolder({ HOME: "/h", JUPYTER_DATA_DIR: "/d" }, "darwin"), "/d");
  assert.equal(runtimeFolder({ JUPYTER_DATA_DIR: "/d" }), "/d/runtime");
  assert.equal(runtimeFolder({ JUPYTER_RUNTIME_DIR: "/r", HOME: "/h" }), "/r");
  assert.deepEqual(dataFolders(["/p", "/p"], { JUPYTER_PATH: "/a", JUPYTER_DATA_DIR: "/d" }).slice(0, 3), [
    "/a",
    "/p/share/jupyter",
    "/d",
  ]);
});

test("TensorFlow's wheel by machine", () => {
  assert.equal(distributionFor("linux", "x64", false), "tensorflow-cpu");
  assert.equal(distributionFor("linux", "x64", true), "tensorflow");
  assert.equal(distributionFor("linux", "arm64", false), "tensorflow");
  assert.equal(distributionFor("darwin", "arm64", false), "tensorflow");
  assert.equal(distributionFor("darwin", "x64", false), undefined);
  assert.equal(distributionFor("win32", "x64", false), undefined);
});
