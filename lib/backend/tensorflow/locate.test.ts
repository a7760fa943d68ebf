// Where the wheel is looked for, and that every refusal has its reason. The wheels here are empty files.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { loadTensorFlow } from "./library.ts";
import { locateTensorFlow } from "./locate.ts";

describe("locateTensorFlow", { skip: process.platform === "linux" ? false : "the names are Linux's" }, () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "nablab-locate-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** A prefix as `python -m venv` makes it, with a wheel whose libraries are full of zeros. */
  const prefix = (name: string, distribution = "tensorflow_cpu-2.21.0") => {
    const site = join(folder, name, "lib/python3.11/site-packages");
    const wheel = join(site, "tensorflow");
    mkdirSync(wheel, { recursive: true });
    mkdirSync(join(site, `${distribution}.dist-info`));
    for (const library of ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"]) {
      writeFileSync(join(wheel, library), "");
      truncateSync(join(wheel, library), 2_000_000);
    }
    return { root: join(folder, name), site, wheel };
  };

  it("takes .venv before $VIRTUAL_ENV before $CONDA_PREFIX", () => {
    const project = join(folder, "project");
    const [venv, active, conda] = ["project/.venv", "active", "conda"].map((name) => prefix(name));
    const environment = { VIRTUAL_ENV: active.root, CONDA_PREFIX: conda.root };
    assert.equal(locateTensorFlow(environment, [project]).found?.folder, venv.wheel);
    const other = locateTensorFlow(environment, [folder]);
    assert.equal(other.found?.folder, active.wheel);
    assert.match(other.refusals[0].reason, /\.venv does not exist/);
    assert.equal(locateTensorFlow({ CONDA_PREFIX: conda.root }, [folder]).found?.source, "$CONDA_PREFIX");
  });

  it("knows the wheel's version, whether it has CUDA, and CUDA's libraries", () => {
    const { root, site } = prefix("cuda", "tensorflow-2.21.0");
    mkdirSync(join(site, "nvidia/cublas/lib"), { recursive: true });
    mkdirSync(join(site, "nvidia/__pycache__"), { recursive: true });
    const { found } = locateTensorFlow({ VIRTUAL_ENV: root }, []);
    assert.equal(found?.version, "2.21.0");
    assert.equal(found?.builtWithCuda, true);
    assert.deepEqual(found?.cudaFolders, [join(site, "nvidia/cublas/lib")]);
    assert.equal(locateTensorFlow({ VIRTUAL_ENV: prefix("cpu").root }, []).found?.builtWithCuda, false);
  });

  it("looks nowhere else when NABLAB_TENSORFLOW is set", () => {
    const { root, wheel } = prefix("named");
    assert.equal(locateTensorFlow({ NABLAB_TENSORFLOW: wheel }, []).found?.source, "NABLAB_TENSORFLOW");
    const wrong = locateTensorFlow({ NABLAB_TENSORFLOW: root, VIRTUAL_ENV: root }, []);
    assert.equal(wrong.found, undefined);
    assert.match(wrong.refusals[0].reason, /libtensorflow_framework\.so\.2 does not exist/);
  });

  it("gives a reason for each place", () => {
    mkdirSync(join(folder, "empty/lib/python3.12/site-packages"), { recursive: true });
    const { wheel, root } = prefix("cut");
    truncateSync(join(wheel, "libtensorflow_cc.so.2"), 100);
    const { found, refusals } = locateTensorFlow(
      { VIRTUAL_ENV: join(folder, "empty"), CONDA_PREFIX: root },
      [],
    );
    assert.equal(found, undefined);
    assert.match(refusals[0].reason, /do not include tensorflow/);
    assert.match(refusals[1].reason, /only 100 bytes long/);
    assert.deepEqual(
      locateTensorFlow({}, []).refusals.map(({ source, reason }) => `${source} ${reason}`),
      ["$VIRTUAL_ENV not set", "$CONDA_PREFIX not set"],
    );
  });

  it("loading a damaged library fails with its name", () => {
    const { found } = locateTensorFlow({ NABLAB_TENSORFLOW: prefix("damaged").wheel }, []);
    assert.ok(found);
    assert.throws(() => loadTensorFlow(found, false), /libtensorflow_framework\.so\.2 could not be loaded: /);
  });
});
