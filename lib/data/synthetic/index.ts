// `dl.data.synthetic`: data computed from a seed, each with a card that says so.

export type { Synthetic, SyntheticCard } from "./card.ts";
export { galaxyColours } from "./galaxies.ts";
export { hazyPairs } from "./hazy.ts";
export { sampledMeshes } from "./meshes.ts";
export { blobs, circles, gaussianQuantiles, type LabelledPoints, moons, spirals, xor } from "./points.ts";
export { linearRegression, sineRegression } from "./regression.ts";
export { shapes } from "./shapes.ts";
