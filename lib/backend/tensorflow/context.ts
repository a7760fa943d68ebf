// TensorFlow's eager context: the devices it may use, and the check of its status after each call.
import { availableParallelism } from "node:os";
import { type AttributeSetters, eagerSetters } from "./attributes.ts";
import type { CApi, Pointer } from "./c-api.ts";
import { layerIn } from "./layer-names.ts";
import { RunAhead } from "./run-ahead.ts";

/** A failure reported by TensorFlow. */
export class TensorFlowError extends Error {
  override name = "TensorFlowError";
}

/** A device that TensorFlow sees; `memoryBytes` is what it may use. */
export interface Device {
  name: string;
  type: string;
  memoryBytes: number;
}

// Fields of ConfigProto (tensorflow/core/protobuf/config.proto), serialised by hand.
/** gpu_options { allow_growth: true }: take memory as needed, not all of it at the start. */
const allowGrowth = Uint8Array.of(0x32, 2, 0x20, 1);
/** device_count { key: "GPU" value: 0 } */
const noGpu = Uint8Array.of(0x0a, 7, 0x0a, 3, 0x47, 0x50, 0x55, 0x10, 0);
/** experimental { disable_thread_spinning: true }: threads without work sleep instead of looking for it in a loop. */
const sleepingThreads = Uint8Array.of(0x82, 1, 2, 0x48, 1);

/** With so few, a thread that looks for work takes time from those that have it. */
const fewCores = 4;

export class Context {
  readonly api: CApi;
  readonly pointer: Pointer;
  /** The one status that all calls report to; JavaScript's main thread makes them one at a time. */
  readonly status: Pointer;
  readonly eagerSetters: AttributeSetters;
  readonly devices: Device[];
  /** ConfigProto, serialised: which devices are used and how. */
  readonly config: Uint8Array;
  /** Functions that are computed while JavaScript goes on. */
  readonly ahead: RunAhead;

  /** @throws TensorFlowError if TensorFlow can't make a context. */
  constructor(api: CApi, options: { cuda: boolean }) {
    this.api = api;
    this.status = api.TF_NewStatus();
    this.eagerSetters = eagerSetters(api, this.status);
    const fields = [options.cuda ? allowGrowth : noGpu];
    if (availableParallelism() <= fewCores) fields.push(sleepingThreads);
    this.config = Buffer.concat(fields);
    const contextOptions = api.TFE_NewContextOptions();
    try {
      api.TFE_ContextOptionsSetConfig(contextOptions, this.config, this.config.length, this.status);
      this.check("setting its options");
      this.pointer = api.TFE_NewContext(contextOptions, this.status);
      this.check("starting");
    } finally {
      api.TFE_DeleteContextOptions(contextOptions);
    }
    this.devices = this.#listDevices();
    this.ahead = new RunAhead(this);
  }

  /** Whether it computes on a GPU. */
  get usesGpu(): boolean {
    return this.devices.some(({ type }) => type === "GPU");
  }

  /** Whether the last call failed. */
  failed(): boolean {
    return this.api.TF_GetCode(this.status) !== 0;
  }

  /** @throws TensorFlowError saying what failed, if the last call did. */
  check(doing: string): void {
    if (this.failed()) throw this.failure(doing);
  }

  /** What to throw when the last call failed; it names the layer, if that is known. */
  failure(doing: string): TensorFlowError {
    const layer = layerIn(this.api.TF_Message(this.status));
    const where = layer === undefined ? doing : `${doing}, in the layer "${layer}"`;
    return new TensorFlowError(`TensorFlow failed at ${where}: ${this.message()}`);
  }

  /** The last failure in plain words: without TensorFlow's internal names around it. */
  message(status = this.status): string {
    return this.api
      .TF_Message(status)
      .replace(/^\{\{.*?\}\}\s*/, "")
      .replace(/\s*\[\[\{\{node .*?\}\}\]\]/g, "")
      .replace(/\s*\[Op:\w+\](\s*name:.*)?\s*$/, "");
  }

  #listDevices(): Device[] {
    const list = this.api.TFE_ContextListDevices(this.pointer, this.status);
    this.check("listing its devices");
    const devices = Array.from({ length: this.api.TF_DeviceListCount(list) }, (_, index) => ({
      name: this.api.TF_DeviceListName(list, index, this.status),
      type: this.api.TF_DeviceListType(list, index, this.status),
      memoryBytes: this.api.TF_DeviceListMemoryBytes(list, index, this.status),
    }));
    this.api.TF_DeleteDeviceList(list);
    return devices;
  }
}
