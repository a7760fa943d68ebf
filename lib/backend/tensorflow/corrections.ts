// What tfjs-node's kernels lack or get wrong.
import { registerMissingKernels } from "../cpu-fallback.ts";
import { registerRecordableGather } from "./gather.ts";
import { registerNumericPadding } from "./padding.ts";

export function registerCorrections(): void {
  registerNumericPadding();
  registerRecordableGather();
  registerMissingKernels("tensorflow");
}
