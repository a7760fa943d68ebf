// Values from the GPU. TensorFlow.js reads them at once only through a browser's canvas; here the buffer is mapped
// and waited for. What the device refused meanwhile becomes an error, where WebGPU would hand out zeros.
import * as tf from "@tensorflow/tfjs";
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { waitWhile } from "./events.ts";

/** Give a backend its `readSync`, and errors to it and to `read`. */
export function readAtOnce(backend: WebGPUBackend): void {
  const { device } = backend;
  let refused: string | undefined;
  device.addEventListener("uncapturederror", (event) => {
    // Dawn would print it.
    event.preventDefault();
    refused ??= (event as GPUUncapturedErrorEvent).error.message;
  });
  const check = () => {
    if (refused === undefined) return;
    const message = refused;
    refused = undefined;
    throw new Error(`The graphics device refused an operation; its results are lost. ${message}`);
  };

  const read = backend.read.bind(backend);
  backend.read = async (dataId) => {
    const values = await read(dataId);
    check();
    return values;
  };

  const readSync = backend.readSync.bind(backend);
  backend.readSync = (dataId) => {
    const data = backend.tensorMap.get(dataId);
    if (data.values != null || data.dtype === "string" || data.dtype === "complex64") return readSync(dataId);
    const bytes = download(backend, data.resource as GPUBuffer);
    check();
    data.values = tf.util.convertBackendValuesAndArrayBuffer(bytes, data.dtype);
    return data.values;
  };
}

function download(backend: WebGPUBackend, buffer: GPUBuffer): ArrayBuffer {
  const { bufferManager } = backend;
  const { size } = buffer;
  const staging = bufferManager.acquireBuffer(size, GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ);
  try {
    backend.endComputePassEncoder();
    backend.ensureCommandEncoderReady();
    encoder(backend).copyBufferToBuffer(buffer, 0, staging, 0, size);
    backend.submitQueue();
    staging.mapAsync(GPUMapMode.READ).catch(() => {});
    waitWhile(() => staging.mapState === "pending");
    if (staging.mapState !== "mapped") throw new Error("The graphics device is lost: restart the process.");
    const bytes = staging.getMappedRange().slice(0);
    staging.unmap();
    return bytes;
  } finally {
    bufferManager.releaseBuffer(staging);
  }
}

function encoder(backend: WebGPUBackend): GPUCommandEncoder {
  return (backend as unknown as { commandEncoder: GPUCommandEncoder }).commandEncoder;
}
