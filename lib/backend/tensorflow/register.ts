// The backend "tensorflow" of TensorFlow.js: tfjs-node's kernels on our binding.
import { createRequire } from "node:module";
import util from "node:util";
import * as tf from "@tensorflow/tfjs";
import { asTfjsBinding, TensorFlowBinding } from "./binding.ts";
import { Context, type Device } from "./context.ts";
import { registerCorrections } from "./corrections.ts";
import { loadTensorFlow, withoutBanners } from "./library.ts";
import type { TensorFlowInstallation } from "./locate.ts";
import { takeShortWays } from "./short-ways.ts";

type NodeBackendModule = typeof import("@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js");

/** A TensorFlow in use. */
export interface TensorFlowEngine {
  installation: TensorFlowInstallation;
  version: string;
  devices: Device[];
  context: Context;
  /** Tensors that TensorFlow holds for us. */
  handleCount(): number;
}

let registered: TensorFlowEngine | undefined;

/** The TensorFlow that is loaded, if one is. */
export function tensorFlowEngine(): TensorFlowEngine | undefined {
  return registered;
}

/**
 * Load `installation` and register the backend "tensorflow" with TensorFlow.js; done once in a process.
 * @throws Error if a library can't be loaded or TensorFlow can't start.
 */
export function registerTensorFlow(installation: TensorFlowInstallation, cuda: boolean): TensorFlowEngine {
  if (registered) return registered;
  const context = withoutBanners(() => new Context(loadTensorFlow(installation, cuda), { cuda }));
  const binding = new TensorFlowBinding(context);
  const { NodeJSKernelBackend } = loadKernels();
  const backend = new NodeJSKernelBackend(asTfjsBinding(binding), "@tensorflow/tfjs-node-gpu");
  takeShortWays(backend);
  tf.registerBackend("tensorflow", () => backend, 3);
  registerCorrections(backend, context.usesGpu);
  registered = {
    installation,
    version: binding.TF_Version,
    devices: context.devices,
    context,
    handleCount: () => binding.getNumOfTensors(),
  };
  return registered;
}

/** tfjs-node's kernels, without its index, which would load its own native addon. */
function loadKernels(): NodeBackendModule {
  // Gone from Node 23 on, and called by the kernels.
  const legacy = util as unknown as Record<string, unknown>;
  legacy.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  legacy.isArray ??= Array.isArray;
  const require = createRequire(import.meta.url);
  require("@tensorflow/tfjs-node-gpu/dist/register_all_kernels.js");
  return require("@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js");
}
