// The backend "wasm" of TensorFlow.js, completed: as published it can't train a convolutional network.
// Needs nothing but npm packages. One thread: tfjs-backend-wasm turns threads off in Node, because its
// worker script is made for browsers (https://github.com/tensorflow/tfjs/issues/3830).
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { formatSize } from "../../plot/table.ts";
import { correctAveragePoolGradient } from "../average-pool-gradient.ts";
import { registerMissingKernels } from "../cpu-fallback.ts";
import { correctResizeGradients } from "../resize-gradients.ts";
import { registerAdam } from "./adam.ts";
import { registerBias } from "./bias.ts";
import { registerConvolutionGradients } from "./convolution.ts";
import { completeDataTypes } from "./data-types.ts";
import { registerDepthwiseGradients } from "./depthwise.ts";
import { registerEinsum } from "./einsum.ts";
import { registerIdentity } from "./identity.ts";
import { registerMatMul } from "./matmul.ts";
import { registerMaxPoolGradient } from "./max-pool.ts";
import { registerRandom } from "./random.ts";
import { registerSamePadding } from "./same-padding.ts";
import { registerSegmentSum } from "./segments.ts";

let registered = false;

/**
 * Register the backend, start it and make it the current one; done once in a process.
 * @throws Error if this Node has no WebAssembly SIMD or the binary can't be read.
 */
export async function registerWasm(): Promise<void> {
  if (registered) return;
  const require = createRequire(import.meta.url);
  const { setWasmPaths } =
    require("@tensorflow/tfjs-backend-wasm") as typeof import("@tensorflow/tfjs-backend-wasm");
  setWasmPaths(join(dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json")), "wasm-out/"));
  if (!(await withoutProcessListeners(() => tf.setBackend("wasm")))) {
    throw new Error("tfjs-backend-wasm did not start; see the warning above.");
  }
  registerIdentity();
  registerSamePadding();
  registerConvolutionGradients();
  registerDepthwiseGradients();
  registerMaxPoolGradient();
  correctAveragePoolGradient("wasm");
  correctResizeGradients("wasm");
  registerSegmentSum();
  registerMatMul();
  registerEinsum();
  registerMissingKernels("wasm");
  registerAdam();
  registerBias();
  registerRandom();
  completeDataTypes(tf.backend());
  refuseHugeTensors(tf.backend() as unknown as WasmBackend);
  registered = true;
}

interface WasmBackend {
  wasm: { _malloc(bytes: number): number; _free(place: number): void };
}

/** What it can't address it would take for a smaller number, and write beyond it. */
function refuseHugeTensors({ wasm }: WasmBackend): void {
  // Emscripten puts the function itself in the place of this one at its first call.
  wasm._free(wasm._malloc(1));
  const malloc = wasm._malloc;
  const most = 2 ** 32 - 1;
  wasm._malloc = (bytes) => {
    const place = bytes > most ? 0 : malloc(bytes);
    if (place === 0 && bytes > 0) {
      throw new Error(`No memory for ${formatSize(bytes)}: WebAssembly has at most 4 GB in all`);
    }
    return place;
  };
}

/** Emscripten's start-up code listens for the process's uncaught errors, which are not its business. */
async function withoutProcessListeners<T>(start: () => Promise<T>): Promise<T> {
  const events = ["uncaughtException", "unhandledRejection"] as const;
  const before = events.map((event) => new Set<unknown>(process.listeners(event as "uncaughtException")));
  try {
    return await start();
  } finally {
    events.forEach((event, index) => {
      for (const listener of process.listeners(event as "uncaughtException")) {
        if (!before[index].has(listener)) process.off(event, listener);
      }
    });
  }
}
