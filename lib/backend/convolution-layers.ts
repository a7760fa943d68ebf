// Convolution layers that TensorFlow.js 4.22 can't train or run: dilated ones, whose fused operation has no gradient,
// and causal ones over steps, which are not implemented with a bias. They are put together from plain operations.
import * as tf from "@tensorflow/tfjs";

/** What the class behind the three convolution layers has, which tfjs's types keep back. */
interface ConvolutionLayer {
  rank: number;
  padding: "valid" | "same" | "causal";
  dataFormat: string;
  strides: number[];
  dilationRate: number[];
  kernelSize: number[];
  kernel: { read(): tf.Tensor };
  bias: { read(): tf.Tensor } | null;
  activation: { apply(x: tf.Tensor): tf.Tensor } | null;
  call(inputs: tf.Tensor | tf.Tensor[], kwargs: object): tf.Tensor | tf.Tensor[];
  computeOutputShape(inputShape: unknown): (number | null)[];
}

interface DepthwiseLayer extends ConvolutionLayer {
  depthwiseKernel: { read(): tf.Tensor };
}

export function correctConvolutionLayers(): void {
  const layer = tf.layers.conv2d({ filters: 1, kernelSize: 1 });
  const shared = Object.getPrototypeOf(Object.getPrototypeOf(layer)) as ConvolutionLayer;
  const original = shared.call;
  shared.call = function (inputs, kwargs) {
    const isDilated = this.dilationRate.some((rate) => rate > 1);
    const isPlain = this.rank === 3 || this.dataFormat !== "channelsLast";
    if (isPlain || !(isDilated || this.padding === "causal")) return original.call(this, inputs, kwargs);
    return tf.tidy(() => {
      const x = [inputs].flat()[0] as tf.Tensor;
      const sums = this.rank === 1 ? overSteps(this, x) : overImages(this, x);
      const biased = this.bias ? tf.add(sums, this.bias.read()) : sums;
      return this.activation ? this.activation.apply(biased) : biased;
    });
  };
  // A causal convolution gives as many steps as one with padding "same"; tfjs takes it for one without padding.
  const originalShape = shared.computeOutputShape;
  shared.computeOutputShape = function (inputShape) {
    const counted = this.padding === "causal" ? Object.create(this, { padding: { value: "same" } }) : this;
    return originalShape.call(counted, inputShape);
  };
  correctDepthwise();
}

/** The depthwise layer of TensorFlow.js leaves its dilation out, so it gives other numbers than the model it came from. */
function correctDepthwise(): void {
  const layer = tf.layers.depthwiseConv2d({ kernelSize: 1 });
  const shared = Object.getPrototypeOf(layer) as DepthwiseLayer;
  const { call, computeOutputShape } = shared;
  const leavesOut = ({ dilationRate, dataFormat }: DepthwiseLayer) =>
    dataFormat === "channelsLast" && dilationRate.some((rate) => rate > 1);
  shared.call = function (inputs, kwargs) {
    if (!leavesOut(this)) return call.call(this, inputs, kwargs);
    return tf.tidy(() => {
      const x = [inputs].flat()[0] as tf.Tensor4D;
      const filter = this.depthwiseKernel.read() as tf.Tensor4D;
      const [strides, dilations] = [this.strides, this.dilationRate] as [number, number][];
      const pad = this.padding as "valid" | "same";
      const sums = tf.depthwiseConv2d(x, filter, strides as [number, number], pad, "NHWC", dilations);
      const biased = this.bias ? tf.add(sums, this.bias.read()) : sums;
      return this.activation ? this.activation.apply(biased) : biased;
    });
  };
  shared.computeOutputShape = function (inputShape) {
    if (!leavesOut(this)) return computeOutputShape.call(this, inputShape);
    const kernelSize = this.kernelSize.map(
      (size, axis) => 1 + (size - 1) * (this.dilationRate[axis] as number),
    );
    return computeOutputShape.call(Object.create(this, { kernelSize: { value: kernelSize } }), inputShape);
  };
}

function overImages({ kernel, strides, padding, dilationRate }: ConvolutionLayer, x: tf.Tensor): tf.Tensor {
  const filter = kernel.read() as tf.Tensor4D;
  const pad = padding as "valid" | "same";
  const [steps, dilations] = [strides, dilationRate] as [number, number][];
  return tf.conv2d(x as tf.Tensor4D, filter, steps as [number, number], pad, "NHWC", dilations);
}

function overSteps(layer: ConvolutionLayer, x: tf.Tensor): tf.Tensor {
  const { kernel, padding } = layer;
  const [stride = 1, dilation = 1, size = 1] = [layer.strides[0], layer.dilationRate[0], layer.kernelSize[0]];
  const isCausal = padding === "causal";
  const past = isCausal
    ? tf.pad(x, [
        [0, 0],
        [dilation * (size - 1), 0],
        [0, 0],
      ])
    : x;
  const pad = isCausal ? "valid" : padding;
  return tf.conv1d(past as tf.Tensor3D, kernel.read() as tf.Tensor3D, stride, pad, "NWC", dilation);
}
