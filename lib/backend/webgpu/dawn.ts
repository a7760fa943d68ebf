// Dawn, Chromium's WebGPU, as the npm package "webgpu" brings it to Node. It is large (130 MB), so it is not among
// the dependencies: who wants it installs it, beside nablab or in the folder of the notebooks.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import koffi from "koffi";
import { keepDawnCallbacks } from "./events.ts";

interface DawnPackage {
  create(options: string[]): GPU;
  globals: Record<string, { prototype: object }>;
}

/** The types that TensorFlow.js brings are older than this property. */
export interface Adapter extends GPUAdapter {
  info: GPUAdapterInfo & { isFallbackAdapter: boolean };
}

let gpu: GPU | undefined;
/** What the last look for a graphics device found. */
let found: string | undefined;

/** Why WebGPU can't even be tried; undefined if it can. */
export function dawnObstacle(): string | undefined {
  return locate() ? loaderObstacle() : "the npm package webgpu is not installed: npm install webgpu";
}

/** What WebGPU runs on, as far as it is known. */
export function describeDawn(): string {
  return `${found ?? "any graphics device"}, through Dawn in npm's webgpu ${locate()?.version}`;
}

/**
 * Ask Dawn for a graphics device.
 * @throws Error with the reason if the package, the Vulkan loader or the device is missing.
 */
export async function openAdapter(): Promise<Adapter> {
  gpu ??= await load();
  const adapter = (await gpu.requestAdapter({ powerPreference: "high-performance" })) as Adapter | null;
  if (!adapter) {
    throw new Error(
      "Dawn finds no graphics device: a GPU with a driver for " +
        `${process.platform === "darwin" ? "Metal" : process.platform === "win32" ? "Direct3D 12" : "Vulkan"} is needed.`,
    );
  }
  const { device, description, vendor, isFallbackAdapter } = adapter.info;
  found = `${description || device || vendor}${isFallbackAdapter ? " (software, not a GPU)" : ""}`;
  return adapter;
}

async function load(): Promise<GPU> {
  const obstacle = dawnObstacle();
  if (obstacle) throw new Error(obstacle);
  const { main } = locate() as DawnLocation;
  const { create, globals } = (await import(pathToFileURL(main).href)) as DawnPackage;
  keepDawnCallbacks(globals);
  // TensorFlow.js expects the names of WebGPU's constants and classes where a browser has them.
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  return create([]);
}

interface DawnLocation {
  main: string;
  version: string;
}

function locate(): DawnLocation | undefined {
  for (const from of [import.meta.url, join(process.cwd(), "any.js")]) {
    try {
      const main = createRequire(from).resolve("webgpu");
      const { version } = JSON.parse(readFileSync(join(dirname(main), "package.json"), "utf8"));
      return { main, version };
    } catch {
      // Not there; the next place is tried.
    }
  }
}

/** Dawn tells of a missing loader on the process's standard error only. */
function loaderObstacle(): string | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    koffi.load("libvulkan.so.1");
    return undefined;
  } catch {
    return "libvulkan.so.1, the Vulkan loader, is missing: apt install libvulkan1";
  }
}
