// Images moved by a matrix, which tfjs-node has no kernel for although TensorFlow has the operation.
import * as tf from "@tensorflow/tfjs";
import { type Attribute, attributeType } from "./attributes.ts";
import { dataType } from "./data-types.ts";

interface NodeBackend {
  executeSingleOutput(name: string, attributes: Attribute[], inputs: tf.TensorInfo[]): tf.TensorInfo;
}

interface TransformAttributes {
  interpolation: "nearest" | "bilinear";
  fillMode: "constant" | "reflect" | "wrap" | "nearest";
  fillValue: number;
  outputShape?: [height: number, width: number];
}

export function registerTransform(): void {
  tf.registerKernel({
    kernelName: "Transform",
    backendName: "tensorflow",
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { image, transforms } = inputs as Record<string, tf.Tensor4D>;
      const { interpolation, fillMode, fillValue, outputShape } = attrs as unknown as TransformAttributes;
      const attributes = [
        { name: "dtype", type: attributeType.type, value: dataType[image.dtype as "float32" | "int32"] },
        { name: "interpolation", type: attributeType.string, value: interpolation.toUpperCase() },
        { name: "fill_mode", type: attributeType.string, value: fillMode.toUpperCase() },
      ];
      const size = tf.tensor1d(outputShape ?? image.shape.slice(1, 3), "int32");
      const fill = tf.scalar(fillValue);
      try {
        return (backend as unknown as NodeBackend).executeSingleOutput(
          "ImageProjectiveTransformV3",
          attributes,
          [image, transforms, size, fill],
        );
      } finally {
        tf.dispose([size, fill]);
      }
    },
  });
}
