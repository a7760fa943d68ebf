// What tfjs-node's kernels lack or get wrong.
import { registerMissingKernels } from "../cpu-fallback.ts";

export function registerCorrections(): void {
  registerMissingKernels("tensorflow");
}
