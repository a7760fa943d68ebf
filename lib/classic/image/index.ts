// `dl.classic.image`: filters and geometry of images without learning. Tensors `[height, width]` or `[height, width,
// channels]` give tensors, pixels give pixels.

export {
  type CannyOptions,
  canny,
  type HoughLine,
  type HoughLinesOptions,
  houghLines,
} from "./edges.ts";
export {
  type BilateralOptions,
  bilateral,
  box,
  filter,
  type GaussianOptions,
  gaussian,
  laplacian,
  median,
  type SharpenOptions,
  type Slopes,
  sharpen,
  sobel,
  type WindowOptions,
} from "./filters.ts";
export {
  estimateHomography,
  type Homography,
  type Point,
  projectPoints,
  type WarpOptions,
  warp,
} from "./homography.ts";
export {
  type AdaptiveThresholdOptions,
  adaptiveThreshold,
  equalizeHistogram,
  grey,
  type Histogram,
  type HistogramOptions,
  histogram,
  otsu,
  threshold,
} from "./levels.ts";
export {
  close,
  dilate,
  erode,
  type MorphologyOptions,
  morphologicalGradient,
  open,
} from "./morphology.ts";
export type { Border, BorderOptions, FilteredPixels, Image, Like, Pixels } from "./pixels.ts";
