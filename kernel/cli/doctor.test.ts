// `nablab doctor` with a TensorFlow that is missing, old or broken: it says so, and the next backend is chosen.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";

const root = join(import.meta.dirname, "../../..");
const libraries = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"] as const;

interface Backend {
  name: string;
  active: boolean;
  reason: string;
}

/** The backends by name, as the doctor finds them, and what it prints for people. */
function doctor(wheel: string): { tensorflow: Backend; active: string | null; text: string } {
  const run = (...options: string[]) => {
    const command = [join(root, "dist/kernel/cli/main.js"), "doctor", ...options];
    const env = { ...process.env, NABLAB_TENSORFLOW: wheel, NABLAB_BACKEND: "" };
    return spawnSync(process.execPath, command, { cwd: root, env, encoding: "utf8", timeout: 60_000 });
  };
  const { stdout, status, stderr } = run("--json");
  assert.equal(status, 0, stderr);
  const { backends, backend } = JSON.parse(stdout) as { backends: Backend[]; backend: string | null };
  const tensorflow = backends.find(({ name }) => name === "tensorflow") as Backend;
  return { tensorflow, active: backend, text: run().stdout };
}

/** A real one, to break. */
function installedWheel(): string | undefined {
  const site = join(root, ".venv/lib/python3.11/site-packages/tensorflow");
  return existsSync(join(site, libraries[0])) ? site : undefined;
}

describe("doctor", { skip: process.platform === "linux" ? false : "the libraries are Linux's" }, () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "doctor-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** A wheel of this version; each library comes from `make`. */
  const wheel = (name: string, version: string, make: (path: string) => void): string => {
    const made = join(folder, name, "tensorflow");
    mkdirSync(made, { recursive: true });
    mkdirSync(join(folder, name, `tensorflow_cpu-${version}.dist-info`));
    for (const library of libraries) make(join(made, library));
    return made;
  };

  /** A library that has none of TensorFlow's functions. */
  const stranger = (path: string) => {
    const { sharedObjects } = process.report.getReport() as unknown as { sharedObjects: string[] };
    copyFileSync(sharedObjects.find((each) => basename(each).startsWith("libstdc++")) as string, path);
    appendFileSync(path, Buffer.alloc(1_000_000));
  };

  const assertRefused = (path: string, reason: RegExp) => {
    const { tensorflow, active, text } = doctor(path);
    assert.match(tensorflow.reason, reason);
    assert.equal(tensorflow.active, false);
    assert.equal(active, "wasm");
    assert.match(text, reason);
    assert.ok(text.includes(`${path}, as NABLAB_TENSORFLOW says`));
    assert.match(text, /→ wasm +used: .*Notebooks run, on the backend wasm\./s);
  };

  it("tells that there is no wheel", () => {
    assertRefused(
      join(folder, "nowhere"),
      /libtensorflow was not found \(NABLAB_TENSORFLOW: .*nowhere does not exist\)/,
    );
  });

  it("tells a folder that is no wheel", () => {
    const empty = join(folder, "empty/tensorflow");
    mkdirSync(empty, { recursive: true });
    assertRefused(
      empty,
      /libtensorflow_framework\.so\.2 does not exist: is this the folder of TensorFlow's wheel\?/,
    );
  });

  it("tells a version that is too old", () => {
    assertRefused(
      wheel("old", "2.10.1", stranger),
      /TensorFlow 2\.10\.1 in .* is too old: 2\.16 or later is needed/,
    );
  });

  it("tells a library without TensorFlow's functions", () => {
    assertRefused(
      wheel("strange", "2.21.0", stranger),
      /libtensorflow has no function TF_Version: TensorFlow 2\.16/,
    );
  });

  it("tells a file that is no library", () => {
    const zeros = (path: string) => {
      writeFileSync(path, "");
      truncateSync(path, 2_000_000);
    };
    assertRefused(
      wheel("zeros", "2.21.0", zeros),
      /libtensorflow_framework\.so\.2 could not be loaded: .*invalid ELF header/,
    );
  });

  it("tells a library that is cut off, before it ends the process", (context) => {
    const real = installedWheel();
    if (!real) return context.skip("no wheel of TensorFlow in .venv");
    const cut = (part: number) => (path: string) => {
      const source = join(real, basename(path));
      if (basename(path) === libraries[0]) return symlinkSync(source, path);
      const bytes = readFileSync(source);
      writeFileSync(path, bytes.subarray(0, Math.floor(bytes.length * part)));
    };
    for (const part of [0.3, 0.95, 0.9999]) {
      const message =
        /libtensorflow_framework\.so\.2 is cut off: it has \d+ of \d+ bytes; install the wheel again/;
      assertRefused(wheel(`cut-${part}`, "2.21.0", cut(part)), message);
      rmSync(dirname(join(folder, `cut-${part}`, "tensorflow")), { recursive: true });
    }
  });
});
