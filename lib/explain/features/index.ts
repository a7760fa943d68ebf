// Seeing what a network has learnt: filters, activations, ideal images, units that read, attention, the loss around it.

export { type AttentionMaps, type AttentionMapsOptions, attentionMaps } from "./attention-maps.ts";
export { type ColouredTextOptions, colouredText, type NextToken } from "./coloured-text.ts";
export { type DeadUnits, type DeadUnitsOptions, deadUnits } from "./dead-units.ts";
export { type Film, type FilmFrame, type FilmOptions, film } from "./film.ts";
export {
  type ActivationMapsOptions,
  activationMaps,
  type FiltersOptions,
  filters,
  type TopImages,
  type TopImagesOptions,
  topImages,
} from "./filters.ts";
export { type LossLandscape, type LossLandscapeOptions, lossLandscape } from "./loss-landscape.ts";
export { type MaximizeOptions, type MaximizeResult, maximize } from "./maximize.ts";
export { type NeuronText, type NeuronTextOptions, neuronText } from "./neuron-text.ts";
export * as objectives from "./objectives.ts";
export { type Embed, type Projection, type ProjectionOptions, projection } from "./projection.ts";
export { type ReceptiveField, receptiveField } from "./receptive-field.ts";
export * as transforms from "./transforms.ts";
