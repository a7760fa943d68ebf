// `dl.train.optimizers`: optimizers that TensorFlow.js doesn't have; they go wherever a `tf.Optimizer` does.

export { type AdamOptions, type AdamWOptions, adamW } from "./adam-w.ts";
export { lamb } from "./lamb.ts";
export { type LionOptions, lion } from "./lion.ts";
export { type NadamOptions, nadam } from "./nadam.ts";
export type { WeightDecayOptions } from "./optimizer.ts";
export { radam } from "./radam.ts";
export { type SgdOptions, sgd } from "./sgd.ts";
