// What computes: the choice of a backend, and what the choice rests on.
export { type BackendName, type BackendStatus, backendNames, current, list, ready, use } from "./ladder.ts";
export { type MemoryReport, memory } from "./memory.ts";
export {
  type LocateReport,
  locateTensorFlow,
  nvidiaDriver,
  type Refusal,
  type TensorFlowInstallation,
} from "./tensorflow/locate.ts";
