// `dl.plot`: figures that notebooks show and that can be saved.

export { type AnimateOptions, animate } from "./animate.ts";

export type { Groups } from "./axes.ts";
export {
  type AxesOptions,
  type LinesOptions,
  lines,
  type ScatterOptions,
  type Series,
  scatter,
} from "./charts.ts";
export { type ConfusionMatrixOptions, confusionMatrix } from "./confusion-matrix.ts";
export { type ContourOptions, contour } from "./fields/contour.ts";
export {
  type Classifier,
  type DecisionBoundaryOptions,
  decisionBoundary,
  type LabelledPoints,
} from "./fields/decision-boundary.ts";
export { type HeatMapOptions, heatMap } from "./fields/heat-map.ts";
export { Figure, type FigureContent } from "./figure.ts";
export { type GridOptions, grid } from "./grid.ts";
export { type ImagesOptions, images } from "./images.ts";
export { type ModelOptions, model } from "./model/model.ts";
export { type DrawBoxesOptions, drawBoxes, type ObjectsOnImage } from "./objects/draw-boxes.ts";
export { type DrawMasksOptions, drawMasks } from "./objects/draw-masks.ts";
export { type ImageBytes, type Picture, type PictureOptions, toPictures } from "./pictures.ts";
export { type Scatter3dOptions, scatter3d } from "./space/scatter-3d.ts";
export { type Surface3dOptions, surface3d } from "./space/surface-3d.ts";
export { type BarsOptions, type BarValues, bars } from "./statistics/bars.ts";
export { type BoxPlotOptions, boxPlot } from "./statistics/box-plot.ts";
export { type HistogramOptions, histogram } from "./statistics/histogram.ts";
export { type JointOptions, joint, type PairsOptions, pairs } from "./statistics/joint.ts";
export { type ResidualsOptions, residuals } from "./statistics/residuals.ts";
export { type SurfaceOptions, surface } from "./surface.ts";
export { type Themed, type ThemeName, theme } from "./theme.ts";
