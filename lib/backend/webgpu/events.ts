// WebGPU answers by promises, TensorFlow.js wants values at once (`dataSync`). Dawn moves its promises on from
// callbacks that it gives to the global `setImmediate`; kept here, they can also be called in the middle of a
// computation, until the awaited one has come. See AsyncRunner.cpp in Dawn's src/dawn/node/binding.

type Callback = () => void;

const waiting = new Set<Callback>();

/** What Dawn schedules while `call` runs is kept, and runs when Node is idle or in `waitWhile`. */
function keepingCallbacks<T>(call: () => T): T {
  const scheduler = globalThis.setImmediate;
  globalThis.setImmediate = ((callback: Callback) => {
    waiting.add(callback);
    return scheduler(() => run(callback));
  }) as typeof setImmediate;
  try {
    return call();
  } finally {
    globalThis.setImmediate = scheduler;
  }
}

/** Once only, whoever comes first. Dawn schedules the next callback from within this one. */
function run(callback: Callback): void {
  if (waiting.delete(callback)) keepingCallbacks(callback);
}

/** The methods of WebGPU by which Dawn may start to schedule callbacks. */
const asynchronousMethods = {
  GPU: ["requestAdapter"],
  GPUAdapter: ["requestDevice"],
  GPUBuffer: ["mapAsync"],
  GPUDevice: ["createComputePipelineAsync", "createRenderPipelineAsync", "popErrorScope"],
  GPUQueue: ["onSubmittedWorkDone"],
  GPUShaderModule: ["getCompilationInfo"],
};

type Method = (this: unknown, ...parameters: unknown[]) => unknown;

/** Keep Dawn's callbacks from now on; `classes` are those of its module, by name. */
export function keepDawnCallbacks(classes: Record<string, { prototype: object }>): void {
  for (const [className, names] of Object.entries(asynchronousMethods)) {
    const prototype = classes[className].prototype as Record<string, Method>;
    for (const name of names) {
      const original = prototype[name];
      prototype[name] = function (...parameters) {
        return keepingCallbacks(() => original.apply(this, parameters));
      };
    }
  }
}

const pause = new Int32Array(new SharedArrayBuffer(4));

/** Let Dawn work, and nothing else of this thread, until `pending` tells that it is done. */
export function waitWhile(pending: () => boolean): void {
  // At first without a pause, as small results come within microseconds.
  const spinUntil = performance.now() + 1;
  while (pending()) {
    const callbacks = [...waiting];
    if (callbacks.length === 0) throw new Error("Dawn waits for something but has nothing to run.");
    callbacks.forEach(run);
    if (performance.now() > spinUntil && pending()) Atomics.wait(pause, 0, 0, 0.1);
  }
}
