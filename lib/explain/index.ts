// `dl.explain`: what a network looks at, with numbers that add up.

export * from "./adversarial/index.ts";
export { type CamMethod, type CamOptions, type CamResult, cam } from "./cam/cam.ts";
export * from "./features/index.ts";
export type { Attribution, AttributionOptions, BaselineAttribution } from "./gradients/attribution.ts";
export { type DeepLiftOptions, deepLift } from "./gradients/deep-lift.ts";
export { inputXGradient, type SmoothGradOptions, saliency, smoothGrad } from "./gradients/gradient.ts";
export { type GuidedGradCamOptions, guidedBackprop, guidedGradCam } from "./gradients/guided.ts";
export { type IntegratedGradientsOptions, integratedGradients } from "./gradients/integrated.ts";
export { type OcclusionOptions, occlusion } from "./gradients/occlusion.ts";
export * as canonize from "./graph/canonizers.ts";
export * from "./judge/index.ts";
export * as composites from "./lrp/composites.ts";
export { conservation } from "./lrp/conservation.ts";
export { type LedgerRow, type LrpOptions, type LrpResult, lrp } from "./lrp/lrp.ts";
export * as rules from "./lrp/rules.ts";
export { type HeatmapOptions, heatmap, type ImgifyOptions, imgify } from "./pictures/heatmap.ts";
export type { Explanation } from "./pictures/maps.ts";
export { type OverlayOptions, overlay } from "./pictures/overlay.ts";
export { type StepThrough, type StepThroughOptions, stepThrough } from "./step-through/index.ts";
export { detection, segmentation, type Target } from "./target.ts";
