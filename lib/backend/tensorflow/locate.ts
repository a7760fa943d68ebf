// Where libtensorflow is. Python's wheel of TensorFlow carries the C library in its `tensorflow`
// folder; Python itself never runs. Every place looked at keeps its reason, for `nablab doctor`.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { missingFrom } from "./elf.ts";

/** The wheel's `tensorflow` folder and what stands beside it. */
export interface TensorFlowInstallation {
  /** The `tensorflow` folder of the wheel. */
  folder: string;
  /** What named it: an environment variable or `.venv`. */
  source: string;
  ccLibrary: string;
  frameworkLibrary: string;
  /** Version by the wheel's metadata, such as "2.21.0"; undefined if the metadata is not there. */
  version: string | undefined;
  /** False for the `tensorflow-cpu` wheel, which is built without CUDA. */
  builtWithCuda: boolean;
  /** The `nvidia/*\/lib` folders beside it, from `tensorflow[and-cuda]`. */
  cudaFolders: string[];
}

/** One place that was looked at, and why it won't do. */
interface Refusal {
  source: string;
  reason: string;
}

export interface LocateReport {
  found: TensorFlowInstallation | undefined;
  refusals: Refusal[];
}

interface Environment {
  [name: string]: string | undefined;
}

/** The first TensorFlow 2 whose C library has all that is called (see c-api.ts). */
const oldestMinor = 16;

/** The libraries' names by platform. Only Linux is tested; Windows' wheel has no such library. */
const libraryNames: Partial<Record<NodeJS.Platform, { cc: string; framework: string }>> = {
  linux: { cc: "libtensorflow_cc.so.2", framework: "libtensorflow_framework.so.2" },
  darwin: { cc: "libtensorflow_cc.2.dylib", framework: "libtensorflow_framework.2.dylib" },
};

/**
 * Look for TensorFlow's wheel: the folder named by NABLAB_TENSORFLOW and no other if that is set, else
 * `.venv` of nablab and of the working directory, $VIRTUAL_ENV, $CONDA_PREFIX. Nothing is loaded.
 */
export function locateTensorFlow(
  environment: Environment = process.env,
  projectFolders: string[] = [packageRoot(), process.cwd()],
): LocateReport {
  const refusals: Refusal[] = [];
  const names = libraryNames[process.platform];
  if (!names) {
    const reason = `TensorFlow's wheel for ${process.platform} carries no C library that nablab can load`;
    return { found: undefined, refusals: [{ source: "platform", reason }] };
  }
  const named = environment.NABLAB_TENSORFLOW;
  if (named) {
    const found = examine(resolve(named), "NABLAB_TENSORFLOW", names, refusals);
    return { found, refusals };
  }
  const prefixes = [
    ...new Set(projectFolders.map((folder) => join(folder, ".venv"))),
    ...["VIRTUAL_ENV", "CONDA_PREFIX"],
  ];
  for (const prefix of prefixes) {
    const isVariable = prefix === "VIRTUAL_ENV" || prefix === "CONDA_PREFIX";
    const folder = isVariable ? environment[prefix] : prefix;
    const source = isVariable ? `$${prefix}` : prefix;
    if (!folder) refusals.push({ source, reason: "not set" });
    else if (!existsSync(folder)) refusals.push({ source, reason: `${folder} does not exist` });
    else {
      const packages = sitePackages(folder).map((site) => join(site, "tensorflow"));
      const wheel = packages.find((candidate) => existsSync(candidate));
      if (!wheel) {
        refusals.push({ source, reason: `the Python packages in ${folder} do not include tensorflow` });
      } else {
        const found = examine(wheel, source, names, refusals);
        if (found) return { found, refusals };
      }
    }
  }
  return { found: undefined, refusals };
}

/** What the NVIDIA driver says of itself; `version` is undefined where there is no driver. */
export function nvidiaDriver(): { version: string | undefined; reason: string } {
  const file = "/proc/driver/nvidia/version";
  if (process.platform !== "linux") {
    return { version: undefined, reason: `CUDA is looked for on Linux only, this is ${process.platform}` };
  }
  // Windows' subsystem for Linux has the driver's library but no entry in /proc.
  if (existsSync("/usr/lib/wsl/lib/libcuda.so.1")) return { version: "WSL", reason: "the driver of WSL" };
  if (!existsSync(file)) return { version: undefined, reason: `no NVIDIA driver (${file} does not exist)` };
  const version = /Kernel Module.*?\s(\d+[\d.]*)/.exec(readFileSync(file, "utf8"))?.[1] ?? "unknown";
  return { version, reason: `NVIDIA driver ${version}` };
}

function examine(
  folder: string,
  source: string,
  names: { cc: string; framework: string },
  refusals: Refusal[],
): TensorFlowInstallation | undefined {
  const refuse = (reason: string) => {
    refusals.push({ source, reason });
    return undefined;
  };
  if (!existsSync(folder)) return refuse(`${folder} does not exist`);
  const ccLibrary = join(folder, names.cc);
  const frameworkLibrary = join(folder, names.framework);
  for (const library of [frameworkLibrary, ccLibrary]) {
    if (!existsSync(library))
      return refuse(`${library} does not exist: is this the folder of TensorFlow's wheel?`);
    if (statSync(library).size < 1_000_000) {
      return refuse(`${library} is only ${statSync(library).size} bytes long: install the wheel again`);
    }
    const missing = missingFrom(library);
    if (missing) {
      return refuse(
        `${library} is cut off: it has ${missing.size} of ${missing.needed} bytes; install the wheel again`,
      );
    }
  }
  const site = dirname(folder);
  const metadata = readdirSync(site)
    .map((name) => /^(tensorflow(?:_cpu)?)-(\d[^-]*)\.dist-info$/.exec(name))
    .find((match) => match !== null);
  const version = metadata?.[2];
  if (version && Number.parseInt(version, 10) === 2 && Number(version.split(".")[1]) < oldestMinor) {
    return refuse(`TensorFlow ${version} in ${folder} is too old: 2.${oldestMinor} or later is needed`);
  }
  const nvidia = join(site, "nvidia");
  const cudaFolders = existsSync(nvidia)
    ? readdirSync(nvidia)
        .map((name) => join(nvidia, name, "lib"))
        .filter((lib) => existsSync(lib))
    : [];
  return {
    folder,
    source,
    ccLibrary,
    frameworkLibrary,
    version,
    builtWithCuda: metadata?.[1] !== "tensorflow_cpu",
    cudaFolders,
  };
}

/** `lib/python3.N/site-packages` of a virtual environment or a Conda prefix, newest Python first. */
function sitePackages(prefix: string): string[] {
  const lib = join(prefix, "lib");
  if (!existsSync(lib)) return [];
  return readdirSync(lib)
    .filter((name) => /^python3\.\d+$/.test(name))
    .sort((a, b) => Number(b.slice(8)) - Number(a.slice(8)))
    .map((name) => join(lib, name, "site-packages"));
}

/** The folder of nablab's own package.json. */
function packageRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, "package.json")) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}
