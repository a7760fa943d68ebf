// libtensorflow comes inside TensorFlow's Python wheel. Only its libraries are used and Python never runs, so the
// wheel is installed without its Python dependencies, for CUDA together with NVIDIA's libraries.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { venv } from "./project.ts";
import { pip } from "./python.ts";
import { compareVersions, parseRequirement, satisfies } from "./requirements.ts";
import { installedIn, missingIn, requirementsOfExtra, sitePackages } from "./site-packages.ts";
import { run } from "./steps.ts";

const versions = "==2.21.*";
// There is a wheel for each Python from 3.10 to 3.13; a newer Python takes that of 3.13, whose libraries are the same.
const newestWheel = "3.13";

/** What the NVIDIA driver says, or why there is none. */
export interface CudaDriver {
  available: boolean;
  version?: string;
  devices: string[];
  reason: string;
}

/** Looks for an NVIDIA driver that answers: by nvidia-smi, or by its kernel module and libcuda (containers). */
export async function cudaDriver(): Promise<CudaDriver> {
  const query = ["--query-gpu=driver_version,name", "--format=csv,noheader"];
  const { code, output } = await run("nvidia-smi", query);
  const lines = output
    .trim()
    .split("\n")
    .map((line) => line.split(", "));
  if (code === 0 && lines[0]?.[1]) {
    const [version] = lines[0];
    return {
      available: true,
      version,
      devices: lines.map(([, name]) => name),
      reason: "nvidia-smi answers",
    };
  }
  const none = (reason: string): CudaDriver => ({ available: false, devices: [], reason });
  const module = "/proc/driver/nvidia/version";
  if (!existsSync(module)) return none("no nvidia-smi and no NVIDIA kernel module");
  const cache = await run("/sbin/ldconfig", ["-p"]);
  if (!cache.output.includes("libcuda.so.1"))
    return none("the NVIDIA kernel module is loaded, but there is no libcuda.so.1");
  const version = /Kernel Module\D+([\d.]+)/.exec(readFileSync(module, "utf8"))?.[1];
  return {
    available: true,
    ...(version && { version }),
    devices: [],
    reason: `${module} and libcuda.so.1 are there`,
  };
}

/** A `tensorflow` folder that holds libtensorflow, and the version of the wheel it came with. */
export interface TensorFlow {
  folder: string;
  distribution: string;
  version: string;
}

/** The TensorFlow wheel that pip has installed under a prefix. */
export function tensorflowIn(prefix: string): TensorFlow | undefined {
  const installed = installedIn(prefix);
  for (const distribution of ["tensorflow", "tensorflow-cpu"]) {
    const version = installed.get(distribution)?.version;
    const folder = sitePackages(prefix)
      .map((site) => join(site, "tensorflow"))
      .find(
        (path) =>
          existsSync(join(path, "libtensorflow_cc.so.2")) ||
          existsSync(join(path, "libtensorflow_cc.2.dylib")),
      );
    if (version && folder) return { folder, distribution, version };
  }
  return undefined;
}

/** The distribution for this machine, or undefined where no wheel holds a library we can bind. */
export function distributionFor(platform: string, arch: string, cuda: boolean): string | undefined {
  if (platform === "linux" && arch === "x64") return cuda ? "tensorflow" : "tensorflow-cpu";
  if (arch === "arm64" && (platform === "linux" || platform === "darwin")) return "tensorflow";
  return undefined;
}

/** Installs what is missing of libtensorflow into `.venv`. Throws pip's Problem. */
export async function ensureTensorflow(python: string, cuda: boolean): Promise<void> {
  const wanted = distributionFor(process.platform, process.arch, cuda);
  if (!wanted) return;
  const present = tensorflowIn(venv);
  // The wheel with CUDA also runs without a GPU: nothing is exchanged when the driver has gone.
  const enough = present && (present.distribution === wanted || present.distribution === "tensorflow");
  if (!enough || !satisfies(present.version, parseRequirement(`${present.distribution}${versions}`))) {
    if (present)
      await pip(`removing ${present.distribution} ${present.version}`, [
        "uninstall",
        "-y",
        present.distribution,
      ]);
    const size = wanted === "tensorflow-cpu" ? "250 MB" : "600 MB";
    await pip(`libtensorflow (${wanted}${versions}, ${size} to download)`, [
      ...["install", "--no-deps", "--no-compile", `${wanted}${versions}`],
      ...(await forNewerPython(python)),
    ]);
  }
  const wheel = cuda && installedIn(venv).get("tensorflow");
  if (!wheel) return;
  const libraries = missingIn(venv, requirementsOfExtra(wheel, "and-cuda"));
  if (libraries.length > 0)
    await pip("CUDA libraries (nvidia-*-cu12, 3 GB)", ["install", "--no-compile", ...libraries]);
}

async function forNewerPython(python: string): Promise<string[]> {
  const { output } = await run(python, ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"]);
  if (compareVersions(output.trim(), newestWheel) <= 0) return [];
  return [
    "--python-version",
    newestWheel,
    "--only-binary=:all:",
    "--upgrade",
    "--target",
    sitePackages(venv)[0],
  ];
}
