// `dl.train.schedules`: learning rates over time.

export { combine, type Phase, type WarmUpOptions, warmUp } from "./combine.ts";
export { type CosineOptions, type CosineRestartsOptions, cosine, cosineRestarts } from "./cosine.ts";
export {
  constant,
  type ExponentialOptions,
  exponential,
  type MilestonesOptions,
  milestones,
  type PolynomialOptions,
  polynomial,
  type StepOptions,
  step,
} from "./decay.ts";
export { type OneCycleOptions, oneCycle } from "./one-cycle.ts";
export type { Schedule } from "./schedule.ts";
