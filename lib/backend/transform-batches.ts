// TensorFlow.js 4.22's plain JavaScript kernel of tf.image.transform returns after the first image of a batch and leaves
// the others at the fill value (tfjs-backend-cpu, kernels/Transform). So it is given one image at a time.
import * as tf from "@tensorflow/tfjs";
import { wrapKernel } from "./cpu-fallback.ts";

export function correctTransform(): void {
  wrapKernel("Transform", "cpu", (original) => (given) => {
    const { image, transforms } = given.inputs as Record<string, tf.Tensor>;
    const [batch] = image.shape as [number];
    if (batch === 1) return original(given);
    const { backend } = given;
    const slice = tf.getKernel("Slice", "cpu").kernelFunc;
    const concat = tf.getKernel("Concat", "cpu").kernelFunc;
    const one = (x: tf.TensorInfo, index: number) =>
      slice({
        inputs: { x },
        attrs: { begin: [index, ...x.shape.slice(1).fill(0)], size: [1, ...x.shape.slice(1)] },
        backend,
      }) as tf.TensorInfo;
    const dispose = (tensors: tf.TensorInfo[]) => {
      for (const { dataId } of tensors) (backend as tf.KernelBackend).disposeData(dataId);
    };
    const moved = Array.from({ length: batch }, (_, index) => {
      const parts = [one(image, index), one(transforms, transforms.shape[0] === 1 ? 0 : index)];
      const result = original({ ...given, inputs: { image: parts[0], transforms: parts[1] } });
      dispose(parts);
      return result as tf.TensorInfo;
    });
    const result = concat({ inputs: moved as unknown as tf.NamedTensorInfoMap, attrs: { axis: 0 }, backend });
    dispose(moved);
    return result;
  });
}
