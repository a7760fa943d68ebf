// Transposed convolutions with a stride that give few channels, as an autoencoder's last layer does. oneDNN computes 16
// channels at a time however few are asked for, and that for each place between the strides. Here these places are
// channels, too: of one plain convolution, whose filter has for each place the taps that it sees (as in Shi and colleagues:
// "Is the deconvolution layer the same as a convolutional layer?", arXiv:1609.07009).
import * as tf from "@tensorflow/tfjs";
import { wrapKernel } from "../cpu-fallback.ts";
import { type Attribute, attributeType } from "./attributes.ts";
import { runFused } from "./fused/run.ts";

/** Channels that oneDNN computes together. */
const channelBlock = 16;
/** With fewer pixels, it takes longer to rearrange the filter than it saves. */
const fewestPixels = 2 ** 14;

interface Attributes {
  strides: [number, number] | number;
  pad: "same" | "valid" | number | tf.backend_util.ExplicitPadding;
  dataFormat: "NHWC" | "NCHW";
  inputShape: [number, number, number, number];
}

export function registerFewChannels(): void {
  wrapKernel("Conv2DBackpropInput", "tensorflow", (original) => (given) => {
    const { strides, pad, dataFormat, inputShape } = given.attrs as unknown as Attributes;
    if (dataFormat !== "NHWC" || typeof pad !== "string") return original(given);
    const { dy, filter } = given.inputs as { dy: tf.Tensor4D; filter: tf.Tensor4D };
    const info = tf.backend_util.computeConv2DInfo(inputShape, filter.shape, strides, 1, pad);
    const { batchSize, inHeight, inWidth, inChannels, strideHeight, strideWidth } = info;
    const places = strideHeight * strideWidth;
    const isWorthwhile =
      places > 1 &&
      places * inChannels <= channelBlock &&
      batchSize * inHeight * inWidth >= fewestPixels &&
      inHeight % strideHeight === 0 &&
      inWidth % strideWidth === 0;
    if (!isWorthwhile) return original(given);
    const rows = placesOf(inHeight, info.outHeight, info.filterHeight, strideHeight, info.padInfo.top);
    const columns = placesOf(inWidth, info.outWidth, info.filterWidth, strideWidth, info.padInfo.left);
    return tf.tidy(() => {
      const atPlaces = convolve(dy, rearrange(filter, rows, columns), rows, columns);
      const [height, width] = [inHeight / strideHeight, inWidth / strideWidth];
      const byRow = tf.reshape(atPlaces, [batchSize, height, width, strideHeight, strideWidth * inChannels]);
      return tf.reshape(tf.transpose(byRow, [0, 1, 3, 2, 4]), inputShape);
    });
  });
}

/** The places between two strides along an axis. */
interface Places {
  /** For each place, which part of the filter each tap is; its size where there is none. */
  taps: number[][];
  /** Zeros before and after. */
  pads: [number, number];
}

/** What is at s·q + p depends on what is at q − m by the filter's part s·m + p + `before`. */
function placesOf(size: number, given: number, filterSize: number, stride: number, before: number): Places {
  const last = Math.floor((filterSize - 1 - before) / stride);
  const first = -Math.floor((stride - 1 + before) / stride);
  const taps = Array.from({ length: stride }, (_, place) =>
    Array.from({ length: last - first + 1 }, (_, tap) => {
      const part = stride * (last - tap) + place + before;
      return part >= 0 && part < filterSize ? part : filterSize;
    }),
  );
  return { taps, pads: [last, size / stride - given - first] };
}

/** The filter [height, width, to, from] as one [taps, taps, from, places · to]. */
function rearrange(filter: tf.Tensor4D, { taps: rows }: Places, { taps: columns }: Places): tf.Tensor {
  const [, , to, from] = filter.shape;
  // Behind the last part, zeros for taps that a place does not have.
  const padded = tf.pad(filter, [
    [0, 1],
    [0, 1],
    [0, 0],
    [0, 0],
  ]);
  const parts = tf.gather(tf.gather(padded, rows.flat(), 0), columns.flat(), 1);
  const [height, width] = [rows[0].length, columns[0].length];
  const byPlace = tf.reshape(parts, [rows.length, height, columns.length, width, to, from]);
  const places = rows.length * columns.length;
  return tf.reshape(tf.transpose(byPlace, [1, 3, 5, 0, 2, 4]), [height, width, from, places * to]);
}

function convolve(x: tf.Tensor, filter: tf.Tensor, rows: Places, columns: Places): tf.Tensor {
  const attributes: Attribute[] = [
    { name: "strides", type: attributeType.int, value: [1, 1, 1, 1] },
    { name: "padding", type: attributeType.string, value: "EXPLICIT" },
    {
      name: "explicit_paddings",
      type: attributeType.int,
      value: [0, 0, ...rows.pads, ...columns.pads, 0, 0],
    },
  ];
  return runFused("Conv2D", attributes, [x, filter], 1)[0];
}
