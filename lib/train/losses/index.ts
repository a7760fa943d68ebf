// `dl.train.losses`: losses that TensorFlow.js doesn't have, or not from logits.

export {
  type BinaryCrossEntropyOptions,
  binaryCrossEntropy,
  type CrossEntropyOptions,
  crossEntropy,
  type FocalOptions,
  focal,
  kullbackLeibler,
  labelSmoothing,
  negativeLogLikelihood,
} from "./classification.ts";
export { type ConnectionistOptions, connectionist } from "./connectionist.ts";
export { type YoloLossOptions, yolo } from "./detection.ts";
export type { FromLogits, Loss } from "./loss.ts";
export {
  categoricalHinge,
  contrastive,
  hinge,
  type MarginOptions,
  multiMargin,
  softMargin,
  squaredHinge,
  type TripletOptions,
  triplet,
} from "./margin.ts";
export { dice, jaccard, type OverlapOptions, type TverskyOptions, tversky } from "./overlap.ts";
export {
  type HuberOptions,
  huber,
  logCosh,
  type PoissonOptions,
  poisson,
  type QuantileOptions,
  quantile,
} from "./regression.ts";
