// `dl.summary`: what a model is made of and what it costs.

export { type LayerNode, layerGraph, type Shape } from "./graph.ts";
export { type LayerSummary, Summary, type SummaryOptions, summary } from "./summary.ts";
