// Pooling in terms of operations. The largest of several takes it all, and of equal ones the first: TensorFlow.js'
// gradient of a global maximum hands all of it to each of them, so that more would come out than went in.

import * as tf from "@tensorflow/tfjs";
import { callLayer, keepsSign, type Place } from "./operations.ts";

export const averages = (place: Place) => callLayer(place, "averagePooling", keepsSign(place));

export const takesLargest = (place: Place) => callLayer(place, "maxPooling", keepsSign(place));

/** Global maximum as a pooling whose window is the whole of `[n, steps, channels]` or `[n, height, width, channels]`. */
export function takesLargestOfAll(place: Place): number {
  if (place.config.dataFormat === "channelsFirst") return takesLargest(place);
  return callLayer(place, "maxPooling", {
    ...keepsSign(place),
    forward([x]) {
      const { shape } = x as tf.Tensor;
      const [count, channels] = [shape[0] as number, shape.at(-1) as number];
      const [height, width] =
        shape.length === 3 ? [1, shape[1] as number] : (shape.slice(1) as [number, number]);
      const maps = tf.reshape(x as tf.Tensor, [count, height, width, channels]) as tf.Tensor4D;
      return tf.reshape(tf.maxPool(maps, [height, width], 1, "valid"), [count, channels]);
    },
  });
}
