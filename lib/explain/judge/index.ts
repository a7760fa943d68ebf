// Judging explanations: do they find what the network uses, do they point at the object, do they depend on weights?

export {
  type ComparedMethods,
  type CompareMethodsOptions,
  compareMethods,
  type MethodName,
} from "./compare.ts";
export {
  type PointingGameOptions,
  pointingGame,
  relevanceMass,
  relevanceRank,
  sparseness,
} from "./localisation.ts";
export {
  type Order,
  type Perturbation,
  type PixelFlippingOptions,
  pixelFlipping,
  type RegionPerturbationOptions,
  regionPerturbation,
} from "./perturbation.ts";
export {
  type Explain,
  modelRandomisation,
  type Randomisation,
  type RandomisationOptions,
} from "./randomisation.ts";
