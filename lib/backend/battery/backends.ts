// For tests that run on every backend: all but WebGPU, whose device may turn out to be missing only when it is
// started. It has tests of its own.
import { type BackendStatus, list } from "../index.ts";

export function testedBackends(): BackendStatus[] {
  return list().filter(({ name }) => name !== "webgpu");
}
