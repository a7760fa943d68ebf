// SavedModels on TensorFlow.js's tensors.
import * as tf from "@tensorflow/tfjs";
import { dataTypeName } from "./tensorflow/data-types.ts";
import { idOf, nodeBackend } from "./tensorflow/graph/tensors.ts";
import { tensorFlowEngine } from "./tensorflow/register.ts";
import { SavedModelSession, type SignatureInfo, type TensorInfo } from "./tensorflow/saved-model.ts";

export type { SignatureInfo, TensorInfo };

/** A SavedModel that is loaded, until it is disposed. */
export class RunnableSavedModel {
  readonly #session: SavedModelSession;

  /** @throws Error if TensorFlow is not what computes, or the model can't be loaded. */
  constructor(folder: string, tags: string[]) {
    requireTensorFlow();
    const { context } = tensorFlowEngine() as NonNullable<ReturnType<typeof tensorFlowEngine>>;
    this.#session = new SavedModelSession(context, folder, tags);
  }

  get signatures(): ReadonlyMap<string, SignatureInfo> {
    return this.#session.signatures;
  }

  run(inputs: [TensorInfo, tf.Tensor][], outputs: TensorInfo[]): tf.Tensor[] {
    requireTensorFlow();
    const backend = nodeBackend();
    const handles = inputs.map(([info, tensor]): [TensorInfo, bigint] => {
      return [info, backend.binding.handle(idOf(backend, tensor.dataId))];
    });
    return this.#session
      .run(handles, outputs)
      .map((handle) => backend.createOutputTensor(backend.binding.adopt(handle)));
  }

  dispose(): void {
    this.#session.dispose();
  }
}

/** The name of TensorFlow's type. */
export function typeName({ dtype }: TensorInfo): string {
  return dataTypeName(dtype);
}

function requireTensorFlow(): void {
  if (tf.getBackend() === "tensorflow") return;
  throw new Error(
    `a SavedModel is run by TensorFlow, and "${tf.getBackend()}" computes now: dl.backend.use("tensorflow").`,
  );
}
