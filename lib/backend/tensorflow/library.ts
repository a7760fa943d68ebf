// Loading libtensorflow into the process, and CUDA's libraries before it.
import { closeSync, openSync, readdirSync } from "node:fs";
import { join } from "node:path";
import koffi, { type LibraryHandle } from "koffi";
import { bindCApi, type CApi } from "./c-api.ts";
import type { TensorFlowInstallation } from "./locate.ts";

/**
 * Load the two libraries of `installation` (once in a process, they can't be unloaded).
 * @throws Error with the loader's message if a library is damaged or made for another machine.
 */
export function loadTensorFlow(installation: TensorFlowInstallation, cuda: boolean): CApi {
  if (cuda) loadCudaLibraries(installation.cudaFolders);
  const framework = load(installation.frameworkLibrary);
  return bindCApi([load(installation.ccLibrary), framework]);
}

function load(path: string): LibraryHandle {
  try {
    const library = koffi.load(path, { global: true, lazy: true });
    stayLoaded(path);
    return library;
  } catch (error) {
    throw new Error(`${path} could not be loaded: ${(error as Error).message}`);
  }
}

/**
 * koffi unloads a library when the process ends, under the feet of TensorFlow's threads, which then
 * crash. RTLD_NODELETE keeps it.
 */
function stayLoaded(path: string): void {
  const RTLD_LAZY = 1;
  const RTLD_NODELETE = process.platform === "darwin" ? 0x80 : 0x1000;
  koffi.load(null).func("void *dlopen(const char *, int)")(path, RTLD_LAZY | RTLD_NODELETE);
}

/**
 * libtensorflow opens CUDA's libraries by bare name, which finds those of pip's `nvidia-*` packages
 * once they are in the process. They need each other: go round until a round loads none.
 */
function loadCudaLibraries(folders: string[]): void {
  let waiting = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /\.so(\.\d+)*$/.test(name))
      .map((name) => join(folder, name)),
  );
  for (let before = -1; before !== waiting.length; ) {
    before = waiting.length;
    waiting = waiting.filter((path) => {
      try {
        load(path);
        return false;
      } catch {
        return true;
      }
    });
  }
}

/**
 * Run `start` without the banners that TensorFlow writes to stderr before it can be asked not to:
 * that of oneDNN obeys no setting. Where the user has set TF_CPP_MIN_LOG_LEVEL, everything is shown.
 */
export function withoutBanners<T>(start: () => T): T {
  if (process.env.TF_CPP_MIN_LOG_LEVEL !== undefined) return start();
  process.env.TF_CPP_MIN_LOG_LEVEL = "3";
  const c = koffi.load(null);
  const dup = c.func("int dup(int)");
  const dup2 = c.func("int dup2(int, int)");
  const stderr = 2;
  const kept: number = dup(stderr);
  const nowhere = openSync("/dev/null", "w");
  dup2(nowhere, stderr);
  closeSync(nowhere);
  try {
    return start();
  } finally {
    dup2(kept, stderr);
    closeSync(kept);
  }
}
