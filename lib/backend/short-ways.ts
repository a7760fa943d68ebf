// Short ways through TensorFlow.js's engine for what nearly every call is: a registered kernel that nobody profiles, and
// a scope whose result is one tensor. The engine's own ways look kernels up twice and make closures, lists and sets for
// each call, which takes as long as a small operation.
import * as tf from "@tensorflow/tfjs";

interface KernelCall {
  kernelName?: string;
  inputs: tf.NamedTensorMap;
  attrs?: tf.NamedAttrMap;
}

interface Scope {
  id: number;
  track: tf.Tensor[];
}

interface Engine {
  backendName: string | undefined;
  backend: tf.KernelBackend;
  ENV: tf.Environment;
  state: { kernelDepth: number; profiling: boolean; activeScope: Scope | null; scopeStack: Scope[] };
  runKernel(name: string, inputs: tf.NamedTensorMap, attributes?: tf.NamedAttrMap): unknown;
  runKernelFunc(call: KernelCall): unknown;
  isTapeOn(): boolean;
  makeTensorFromTensorInfo(info: tf.TensorInfo): tf.Tensor;
  getTensorsForGradient(name: string, inputs: tf.NamedTensorMap, outputs: tf.Tensor[]): tf.Tensor[];
  saveTensorsForBackwardMode(tensors: tf.Tensor[]): tf.Tensor[];
  addTapeNode(
    name: string,
    inputs: tf.NamedTensorMap,
    outputs: tf.Tensor[],
    gradient: null,
    saved: tf.Tensor[],
    attributes: tf.NamedAttrMap | undefined,
  ): void;
  endScope(result?: tf.TensorContainer): void;
  track(tensor: tf.Tensor): tf.Tensor;
}

/** To be called before others put something around the engine's methods. */
export function takeShortWays(): void {
  const engine = tf.engine() as unknown as Engine;
  const { runKernelFunc, endScope } = engine;
  // The namespace looks them up at each use.
  const { Tensor, getKernel } = tf;

  // Whether there is such a kernel is asked once, in `runKernelFunc`.
  engine.runKernel = function (kernelName, inputs, attrs) {
    return this.runKernelFunc({ kernelName, inputs, attrs });
  };

  engine.runKernelFunc = function (call) {
    const { backendName, state, ENV } = this;
    const { kernelName, inputs, attrs } = call;
    const isPlain =
      kernelName !== undefined && backendName && !state.profiling && !ENV.get("DEBUG") && !ENV.get("IS_TEST");
    if (!isPlain) return runKernelFunc.call(this, call);
    const kernel = getKernel(kernelName, backendName);
    if (!kernel) throw new Error(`Kernel '${kernelName}' not registered for backend '${backendName}'`);
    const toTensor = (info: tf.TensorInfo) =>
      "rank" in info ? (info as tf.Tensor) : this.makeTensorFromTensorInfo(info);
    const isTapeOn = this.isTapeOn();
    let made: tf.Tensor | tf.Tensor[];
    let saved: tf.Tensor[] = [];
    state.kernelDepth++;
    try {
      const out = kernel.kernelFunc({ inputs, attrs, backend: this.backend });
      made = Array.isArray(out) ? out.map(toTensor) : toTensor(out);
      if (isTapeOn) {
        saved = this.saveTensorsForBackwardMode(
          this.getTensorsForGradient(kernelName, inputs, [made].flat()),
        );
      }
    } finally {
      state.kernelDepth--;
    }
    if (isTapeOn) this.addTapeNode(kernelName, inputs, [made].flat(), null, saved, attrs);
    return made;
  };

  engine.endScope = function (result) {
    const { state } = this;
    const scope = state.activeScope;
    if (!scope || !(result instanceof Tensor)) {
      endScope.call(this, result);
      return;
    }
    for (const tensor of scope.track) if (tensor !== result && !tensor.kept) tensor.dispose();
    state.scopeStack.pop();
    state.activeScope = state.scopeStack.at(-1) ?? null;
    // It is the outer scope's if it was made in this one.
    if (!result.kept && (result as tf.Tensor & { scopeId: number }).scopeId === scope.id) this.track(result);
  };
}
