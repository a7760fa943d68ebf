// `dl.explain`: what a network looks at, with numbers that add up.

export { mergeBatchNorm, stripSoftmax } from "./graph/canonizers.ts";
export * as composites from "./lrp/composites.ts";
export { conservation } from "./lrp/conservation.ts";
export { type LedgerRow, type LrpOptions, type LrpResult, lrp } from "./lrp/lrp.ts";
export * as rules from "./lrp/rules.ts";
export type { Target } from "./target.ts";
