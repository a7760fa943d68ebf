// What computes: the choice of a backend, and how much memory tensors hold.
import "./random-functions.ts";

export { type Compiled, type CompileOptions, compile } from "./compile.ts";
export { type BackendName, type BackendStatus, backendNames, current, list, ready, use } from "./ladder.ts";
export { listenToLayers } from "./layers-at-work.ts";
export { type MemoryReport, memory } from "./memory.ts";
export { type Gradients, gradientEntries } from "./optimizers.ts";
export { dropout, randomNormal, randomUniform } from "./random.ts";
export { type StartedCall, settled } from "./recording/plan.ts";
export { RecordedStep, recordsSteps, type StepReport, suspendRecording } from "./recording/step.ts";
export { RunnableSavedModel, type SignatureInfo, type TensorInfo, typeName } from "./saved-model.ts";
export { KeptRecordings } from "./tensorflow/graph/kept.ts";
