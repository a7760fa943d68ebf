// Seeing what a network has learnt: filters, activations, ideal images.

export {
  type ActivationMapsOptions,
  activationMaps,
  type FiltersOptions,
  filters,
  type TopImages,
  type TopImagesOptions,
  topImages,
} from "./filters.ts";
export { type MaximizeOptions, type MaximizeResult, maximize } from "./maximize.ts";
export * as objectives from "./objectives.ts";
export { type ReceptiveField, receptiveField } from "./receptive-field.ts";
export * as transforms from "./transforms.ts";
