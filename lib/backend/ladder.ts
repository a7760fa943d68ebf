// The ladder of backends, best first. The first that starts is used; each that does not keeps its reason.
import { createRequire } from "node:module";
import * as tf from "@tensorflow/tfjs";
import { didYouMean } from "../data/nearest.ts";
import { correctAveragePoolGradient } from "./average-pool-gradient.ts";
import { correctConvolutionLayers } from "./convolution-layers.ts";
import { addDilationGradients } from "./dilation-gradients.ts";
import { correctGradients } from "./gradients.ts";
import { accelerateLayerNormalization } from "./layer-normalization.ts";
import { freeFailedGradients } from "./memory/failed-gradients.ts";
import { keepLedger } from "./memory/ledger.ts";
import { explainOutOfMemory } from "./memory/out-of-memory.ts";
import { accelerateOrthogonalInitializer } from "./orthogonal-initializer.ts";
import { accelerateRandomLayers } from "./random-layers.ts";
import { correctRecurrentLayers } from "./recurrent-layers.ts";
import { correctResizeGradients } from "./resize-gradients.ts";
import { accelerateRandomFunctions } from "./seedless-functions.ts";
import { takeShortWays } from "./short-ways.ts";
import { accelerateSoftmaxCrossEntropy } from "./softmax-cross-entropy.ts";
import { accelerateActivationGradients } from "./tensorflow/fused/activations.ts";
import { accelerateBatchNormalization } from "./tensorflow/fused/batch-normalization.ts";
import { type LocateReport, locateTensorFlow, nvidiaDriver } from "./tensorflow/locate.ts";
import { registerTensorFlow, tensorFlowEngine } from "./tensorflow/register.ts";
import { correctTransform } from "./transform-batches.ts";
import { registerWasm } from "./wasm/register.ts";
import { dawnObstacle, describeDawn, openAdapter } from "./webgpu/dawn.ts";
import { registerWebGpu } from "./webgpu/register.ts";

export const backendNames = ["cuda", "tensorflow", "webgpu", "wasm", "cpu"] as const;

/** These only run when they are asked for by name. */
const onRequest: ReadonlySet<string> = new Set(["webgpu"]);

/** A rung of the ladder: TensorFlow on a GPU, TensorFlow, WebGPU, WebAssembly, plain JavaScript. */
export type BackendName = (typeof backendNames)[number];

export interface BackendStatus {
  name: BackendName;
  /** Whether it runs or may be expected to; only starting it tells. */
  available: boolean;
  active: boolean;
  /** What it would run on, or why it can't. */
  reason: string;
}

let active: BackendName | undefined;
let choosing: Promise<void> | undefined;
const failures = new Map<BackendName, string>();

/**
 * Start the best backend, once: the one named by NABLAB_BACKEND, else the first of the ladder that
 * starts, leaving out "webgpu". Further calls wait for the first.
 * @throws Error if NABLAB_BACKEND names none of the backends or one that does not start.
 */
export function ready(): Promise<void> {
  choosing ??= choose().catch((error) => {
    choosing = undefined;
    throw error;
  });
  return choosing;
}

/**
 * Change to another backend. Tensors made before are moved when they are used next.
 * @throws Error if there is no backend of that name, or with the reason why it does not start.
 */
export async function use(name: BackendName): Promise<void> {
  if (!backendNames.includes(name)) throw new Error(unknownName(name));
  await choosing?.catch(() => {});
  try {
    await start(name);
  } catch (error) {
    throw new Error(`The backend "${name}" does not start: ${(error as Error).message}`);
  }
  choosing ??= Promise.resolve();
}

/** The backend in use; undefined before `ready()`. */
export function current(): BackendName | undefined {
  return active;
}

/** Every backend, best first, with what it runs on or the reason why it does not. */
export function list(): BackendStatus[] {
  const report = locateTensorFlow();
  return backendNames.map((name) => {
    const refusal = name === active ? undefined : (failures.get(name) ?? obstacle(name, report));
    return {
      name,
      available: refusal === undefined,
      active: name === active,
      reason: refusal ?? description(name, report),
    };
  });
}

/** `list()`, after a look for a graphics device, of which it knows nothing before WebGPU is started. */
export async function inspect(): Promise<BackendStatus[]> {
  if (!dawnObstacle()) {
    await openAdapter().catch((error: Error) => failures.set("webgpu", error.message));
  }
  return list();
}

async function choose(): Promise<void> {
  const forced = process.env.NABLAB_BACKEND;
  if (forced) {
    if (!backendNames.includes(forced as BackendName))
      throw new Error(`NABLAB_BACKEND: ${unknownName(forced)}`);
    return use(forced as BackendName);
  }
  for (const name of backendNames) {
    if (onRequest.has(name)) continue;
    try {
      return await start(name);
    } catch {
      // Its reason is kept; the next rung is tried.
    }
  }
}

async function start(name: BackendName): Promise<void> {
  prepare();
  try {
    const refusal = obstacle(name, locateTensorFlow());
    if (refusal) throw new Error(refusal);
    if (name === "cuda" || name === "tensorflow") {
      startTensorFlow(name === "cuda");
      await tf.setBackend("tensorflow");
    } else {
      if (name === "webgpu") await registerWebGpu();
      if (name === "wasm") await registerWasm();
      await tf.setBackend(name);
    }
  } catch (error) {
    failures.set(name, (error as Error).message);
    throw error;
  }
  failures.delete(name);
  active = name;
}

function startTensorFlow(cuda: boolean): void {
  const installation = locateTensorFlow().found;
  if (!installation) throw new Error("libtensorflow was not found.");
  const before = tensorFlowEngine();
  const engine = registerTensorFlow(installation, cuda);
  if (cuda && !engine.context.usesGpu) {
    const libraries =
      installation.cudaFolders.length > 0
        ? `although ${installation.cudaFolders.length} folders of CUDA libraries are installed: does nvidia-smi list one?`
        : "and pip's nvidia-* packages are not installed: pip install 'tensorflow[and-cuda]'.";
    const started = before ? " (it was started for the CPU; restart the process to use the GPU)" : "";
    throw new Error(`TensorFlow ${engine.version} sees no GPU${started}, ${libraries}`);
  }
  if (!cuda && engine.context.usesGpu) {
    throw new Error("TensorFlow runs on the GPU in this process; restart with NABLAB_BACKEND=tensorflow.");
  }
}

/** Why a backend can't even be tried. */
function obstacle(name: BackendName, report: LocateReport): string | undefined {
  if (name === "webgpu") return dawnObstacle();
  if (name === "wasm")
    return isInstalled("@tensorflow/tfjs-backend-wasm") ? undefined : "its npm package is missing";
  if (name === "cpu") return undefined;
  if (name === "cuda") {
    const driver = nvidiaDriver();
    if (!driver.version) return driver.reason;
  }
  if (!report.found) {
    return `libtensorflow was not found (${report.refusals.map(({ source, reason }) => `${source}: ${reason}`).join("; ")})`;
  }
  if (name === "cuda" && !report.found.builtWithCuda) {
    return "the wheel is tensorflow-cpu, built without CUDA: pip install 'tensorflow[and-cuda]'";
  }
  return undefined;
}

function description(name: BackendName, report: LocateReport): string {
  if (name === "cuda" || name === "tensorflow") {
    const version = tensorFlowEngine()?.version ?? report.found?.version ?? "of unknown version";
    return `TensorFlow ${version} in ${report.found?.folder}${name === "cuda" ? `, ${nvidiaDriver().reason}` : ""}`;
  }
  if (name === "webgpu") {
    const request = 'used only on request: NABLAB_BACKEND=webgpu or dl.backend.use("webgpu")';
    return name === active ? describeDawn() : `${describeDawn()}; ${request}`;
  }
  if (name === "wasm") return "WebAssembly with SIMD, one thread";
  return "plain JavaScript, slow";
}

function isInstalled(packageName: string): boolean {
  try {
    createRequire(import.meta.url).resolve(packageName);
    return true;
  } catch {
    return false;
  }
}

function unknownName(name: string): string {
  return `There is no backend "${name}"; choose one of ${backendNames.join(", ")}.${didYouMean(name, backendNames)}`;
}

let prepared = false;

/** What TensorFlow.js needs on any backend, once. */
function prepare(): void {
  if (prepared) return;
  prepared = true;
  takeShortWays();
  keepLedger();
  explainOutOfMemory();
  freeFailedGradients();
  correctGradients();
  addDilationGradients();
  correctConvolutionLayers();
  accelerateOrthogonalInitializer();
  correctRecurrentLayers();
  accelerateBatchNormalization();
  accelerateLayerNormalization();
  accelerateActivationGradients();
  accelerateSoftmaxCrossEntropy();
  accelerateRandomLayers();
  accelerateRandomFunctions();
  correctAveragePoolGradient("cpu");
  correctResizeGradients("cpu");
  correctTransform();
  // The "cpu" backend greets at its first tensor and recommends tfjs-node, which this library replaces.
  (tf.findBackend("cpu") as tf.KernelBackend & { firstUse: boolean }).firstUse = false;
}
