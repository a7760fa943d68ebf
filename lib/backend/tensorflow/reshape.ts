// tfjs-node makes a tensor of TensorFlow.js for the new shape at each reshape; its data is all that TensorFlow needs.
import type * as tf from "@tensorflow/tfjs";
import { wrapKernel } from "../cpu-fallback.ts";
import { type Attribute, attributeType } from "./attributes.ts";
import { dataType } from "./data-types.ts";

interface NodeBackend {
  executeSingleOutput(name: string, attributes: Attribute[], inputs: tf.TensorInfo[]): tf.Tensor;
  typeAttributeFromTensor(tensor: tf.TensorInfo): number;
  write(values: Int32Array, shape: number[], dtype: tf.DataType): object;
  disposeData(dataId: object): boolean;
}

const shapeType: Attribute = { name: "Tshape", type: attributeType.type, value: dataType.int32 };

export function registerReshape(): void {
  wrapKernel("Reshape", "tensorflow", () => ({ inputs, attrs, backend: given }) => {
    const backend = given as unknown as NodeBackend;
    const x = inputs.x as tf.TensorInfo;
    const { shape } = attrs as unknown as { shape: number[] };
    const rank = [shape.length];
    const dataId = backend.write(Int32Array.from(shape), rank, "int32");
    const type = { name: "T", type: attributeType.type, value: backend.typeAttributeFromTensor(x) };
    try {
      return backend.executeSingleOutput(
        "Reshape",
        [type, shapeType],
        [x, { dataId, shape: rank, dtype: "int32" }],
      );
    } finally {
      backend.disposeData(dataId);
    }
  });
}
