// tfjs-node's gather reads its indices to check them, which a step that is being recorded can't. There it is the
// operation alone: TensorFlow checks them too on a CPU, and gives zeros for those outside on a GPU.
import type * as tf from "@tensorflow/tfjs";
import { wrapKernel } from "../cpu-fallback.ts";
import { type Attribute, attributeType } from "./attributes.ts";
import type { TensorFlowBinding } from "./binding.ts";
import { dataType } from "./data-types.ts";

interface NodeBackend {
  binding: TensorFlowBinding;
  executeSingleOutput(name: string, attributes: Attribute[], inputs: tf.TensorInfo[]): tf.Tensor;
  write(values: Int32Array, shape: number[], dtype: tf.DataType): object;
  disposeData(dataId: object): boolean;
}

export function registerRecordableGather(): void {
  wrapKernel("GatherV2", "tensorflow", (original) => (given) => {
    const backend = given.backend as unknown as NodeBackend;
    if (!backend.binding.listener) return original(given);
    const { x, indices } = given.inputs as Record<string, tf.TensorInfo>;
    const { axis, batchDims } = given.attrs as unknown as { axis: number; batchDims: number };
    const axisTensor: tf.TensorInfo = {
      dataId: backend.write(Int32Array.of(axis), [], "int32"),
      shape: [],
      dtype: "int32",
    };
    const attributes = [
      { name: "batch_dims", type: attributeType.int, value: batchDims },
      { name: "Taxis", type: attributeType.type, value: dataType.int32 },
    ];
    const result = backend.executeSingleOutput("GatherV2", attributes, [x, indices, axisTensor]);
    backend.disposeData(axisTensor.dataId);
    return result;
  });
}
