// What tfjs-node's kernels lack or get wrong.
import { registerMissingKernels } from "../cpu-fallback.ts";
import { registerFewChannels } from "./few-channels.ts";
import { registerBiasOperations } from "./fused/bias.ts";
import { registerOptimizers } from "./fused/optimizers.ts";
import { registerRecordableGather } from "./gather.ts";
import { registerHostArithmetic } from "./host-arithmetic.ts";
import { registerNumericPadding } from "./padding.ts";
import { registerReshape } from "./reshape.ts";
import { registerTransform } from "./transform.ts";

/** @param nodeBackend That of tfjs-node, whose kernels are registered. */
export function registerCorrections(nodeBackend: object, gpu: boolean): void {
  if (!gpu) registerFewChannels();
  registerNumericPadding();
  registerRecordableGather();
  registerBiasOperations(gpu);
  registerOptimizers();
  registerReshape();
  registerTransform();
  registerMissingKernels("tensorflow");
  registerHostArithmetic(nodeBackend);
}
