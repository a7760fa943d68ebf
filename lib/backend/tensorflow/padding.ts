// Convolutions padded by numbers. tfjs-node's kernels know "same" and "valid" alone (some, explicit pads
// of the forward convolution too), so the input is padded first and then convolved as "valid".
import * as tf from "@tensorflow/tfjs";
import { wrapKernel } from "../cpu-fallback.ts";

type Padding = "same" | "valid" | number | tf.backend_util.ExplicitPadding;

/** Kernels that take the input as `x`. */
const withInput = [
  "Conv2D",
  "Conv2DBackpropFilter",
  "DepthwiseConv2dNative",
  "DepthwiseConv2dNativeBackpropFilter",
  "FusedConv2D",
  "FusedDepthwiseConv2D",
];

/** Kernels that return its gradient. */
const withInputGradient = ["Conv2DBackpropInput", "DepthwiseConv2dNativeBackpropInput"];

export function registerNumericPadding(): void {
  for (const kernelName of withInput) {
    wrapKernel(kernelName, "tensorflow", (original) => (given) => {
      const pads = padsOf(given.attrs);
      if (!pads) return original(given);
      const x = tf.pad(given.inputs.x as tf.Tensor, pads);
      try {
        return original({
          ...given,
          inputs: { ...given.inputs, x },
          attrs: { ...given.attrs, pad: "valid" },
        });
      } finally {
        x.dispose();
      }
    });
  }
  for (const kernelName of withInputGradient) {
    wrapKernel(kernelName, "tensorflow", (original) => (given) => {
      const pads = padsOf(given.attrs);
      if (!pads) return original(given);
      const inputShape = given.attrs?.inputShape as number[];
      const paddedShape = inputShape.map((size, axis) => size + pads[axis][0] + pads[axis][1]);
      const attrs = { ...given.attrs, pad: "valid", inputShape: paddedShape };
      const padded = original({ ...given, attrs }) as tf.Tensor;
      const begin = pads.map(([before]) => before);
      const gradient = tf.slice(padded, begin, inputShape);
      padded.dispose();
      return gradient;
    });
  }
}

/** Zeros before and after each axis; undefined for "same" and "valid". */
function padsOf(attributes: tf.NamedAttrMap | undefined): [number, number][] | undefined {
  const { pad, dataFormat } = attributes as unknown as { pad: Padding; dataFormat?: "NHWC" | "NCHW" };
  if (typeof pad === "string") return undefined;
  if (Array.isArray(pad)) return pad as [number, number][];
  const [none, both]: [number, number][] = [
    [0, 0],
    [pad, pad],
  ];
  return dataFormat === "NCHW" ? [none, none, both, both] : [none, both, both, none];
}
