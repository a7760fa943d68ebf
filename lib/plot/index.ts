// `dl.plot`: figures that notebooks show and that can be saved.

export {
  type AxesOptions,
  type LinesOptions,
  lines,
  type ScatterOptions,
  type Series,
  scatter,
} from "./charts.ts";
export { type ConfusionMatrixOptions, confusionMatrix } from "./confusion-matrix.ts";
export { Figure, type FigureContent } from "./figure.ts";
export { type GridOptions, grid } from "./grid.ts";
export { type ImagesOptions, images } from "./images.ts";
export { type ModelOptions, model } from "./model/model.ts";
export { type ImageBytes, type Picture, type PictureOptions, toPictures } from "./pictures.ts";
export { type SurfaceOptions, surface } from "./surface.ts";
export { type Themed, type ThemeName, theme } from "./theme.ts";
