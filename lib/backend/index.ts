// What computes: the choice of a backend, and how much memory tensors hold.
export { type BackendName, type BackendStatus, backendNames, current, list, ready, use } from "./ladder.ts";
export { type MemoryReport, memory } from "./memory.ts";
