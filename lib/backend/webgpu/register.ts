// The backend "webgpu" of TensorFlow.js in Node: on Dawn, with values that can be read at once, and with the
// kernels that it lacks.
import { createRequire } from "node:module";
import * as tf from "@tensorflow/tfjs";
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { formatSize } from "../../plot/table.ts";
import { correctAveragePoolGradient } from "../average-pool-gradient.ts";
import { registerMissingKernels } from "../cpu-fallback.ts";
import { correctKernels } from "./corrections.ts";
import { openAdapter } from "./dawn.ts";
import { readAtOnce } from "./read.ts";

let registered = false;

/**
 * Register the backend, start it and make it the current one; done once in a process.
 * @throws Error with the reason if Dawn or a graphics device is missing.
 */
export async function registerWebGpu(): Promise<void> {
  if (registered) return;
  const adapter = await openAdapter();
  const device = await adapter.requestDevice({
    requiredFeatures: adapter.features.has("timestamp-query") ? ["timestamp-query"] : [],
    requiredLimits: limits(adapter),
  });
  // Loaded where nobody sees a `navigator.gpu`, the package registers its kernels but no backend of its own.
  const { WebGPUBackend } = createRequire(import.meta.url)(
    "@tensorflow/tfjs-backend-webgpu",
  ) as typeof import("@tensorflow/tfjs-backend-webgpu");
  const backend = asInBrowser(() => new WebGPUBackend(device, adapter.info));
  readAtOnce(backend);
  tf.registerBackend("webgpu", () => backend);
  registerMissingKernels("webgpu");
  correctAveragePoolGradient("webgpu");
  correctKernels(backend);
  refuseHugeTensors(backend);
  await tf.setBackend("webgpu");
  registered = true;
}

/** The device would only tell much later. */
function refuseHugeTensors({ bufferManager, device }: WebGPUBackend): void {
  const acquire = bufferManager.acquireBuffer.bind(bufferManager);
  const most = Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize);
  bufferManager.acquireBuffer = (size, ...options) => {
    if (size <= most) return acquire(size, ...options);
    throw new Error(
      `No memory for ${formatSize(size)}: the graphics device takes ${formatSize(most)} in a tensor`,
    );
  };
}

/** The most that the device can do of what TensorFlow.js makes use of. */
function limits(adapter: GPUAdapter): Record<string, number> {
  const names = [
    "maxBufferSize",
    "maxComputeInvocationsPerWorkgroup",
    "maxComputeWorkgroupSizeX",
    "maxComputeWorkgroupStorageSize",
    "maxComputeWorkgroupsPerDimension",
    "maxStorageBufferBindingSize",
  ] as const;
  return Object.fromEntries(names.map((name) => [name, adapter.limits[name] as number]));
}

/** The backend's constructor looks for `navigator.gpu`, only to see that it exists. */
function asInBrowser(construct: () => WebGPUBackend): WebGPUBackend {
  const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  Object.defineProperty(globalThis, "navigator", { value: { gpu: {} }, configurable: true });
  try {
    return construct();
  } finally {
    if (before) Object.defineProperty(globalThis, "navigator", before);
    else Reflect.deleteProperty(globalThis, "navigator");
  }
}
