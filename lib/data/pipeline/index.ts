// Pipelines: lazy, seeded, with workers where steps are expensive.

export type { MapContext, MapFunction } from "./operations.ts";
export { type MapOptions, type Pipeline, pipeline } from "./pipeline.ts";
export type { SampleSource, Source } from "./source.ts";
export type { LooseSample } from "./values.ts";
