// `dl.models`: the architectures of the course as small builders; each gives a model with weights by a seed.

export { Adversarial, type AdversarialLosses, type AdversarialOptions, adversarial } from "./adversarial.ts";
export { type AutoencoderOptions, autoencoder, convolutionalAutoencoder } from "./autoencoder.ts";
export type { ImageClassifierOptions, ImageShape, ModelOptions } from "./build.ts";
export { type DensenetOptions, densenet } from "./densenet.ts";
export { Diffusion, type DiffusionOptions, type DiffusionSampleOptions, diffusion } from "./diffusion.ts";
export { type DiffusionUnetOptions, diffusionUnet } from "./diffusion-unet.ts";
export type { GenerativeFitOptions } from "./generative.ts";
export { type GooglenetOptions, googlenet } from "./googlenet.ts";
export { type LenetOptions, lenet, type SmallCnnOptions, smallCnn } from "./lenet.ts";
export { type MixerOptions, mixer } from "./mixer.ts";
export { type MobilenetOptions, mobilenet } from "./mobilenet.ts";
export { type MlpOptions, mlp, type PerceptronOptions, perceptron } from "./perceptron.ts";
export { type PointnetOptions, pointnet } from "./pointnet.ts";
export {
  type RecurrentLanguageModelOptions,
  recurrentLanguageModel,
  type SequenceClassifierOptions,
  type SequenceToSequenceOptions,
  sequenceClassifier,
  sequenceToSequence,
} from "./recurrent.ts";
export { type ResnetOptions, resnet } from "./resnet.ts";
export { type Siamese, type SiameseOptions, siamese } from "./siamese.ts";
export {
  type GptOptions,
  gpt,
  type SequenceTransformerOptions,
  type TokenClassifierOptions,
  transformer,
  transformerClassifier,
  type VitOptions,
  vit,
} from "./transformer.ts";
export {
  type FcnOptions,
  fcn,
  type SegmentationOptions,
  type UnetOptions,
  unet,
} from "./unet.ts";
export {
  VariationalAutoencoder,
  type VariationalAutoencoderOptions,
  type VariationalLosses,
  variationalAutoencoder,
} from "./variational-autoencoder.ts";
export { alexnet, type DenseHeadOptions, type VggOptions, vgg } from "./vgg.ts";
export { type YoloOptions, yolo } from "./yolo.ts";
export {
  type YoloDecodeOptions,
  type YoloDetections,
  type YoloGrid,
  type YoloGridOptions,
  yoloGrid,
} from "./yolo-grid.ts";
