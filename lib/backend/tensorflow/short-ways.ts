// Short ways through tfjs-node's backend for what every operation does: name the type of its inputs, and make a tensor of
// its output. tfjs-node looks the backend and each constant up through getters, several times for an operation.
import { createRequire } from "node:module";
import * as tf from "@tensorflow/tfjs";
import { type Attribute, attributeType } from "./attributes.ts";
import type { TensorMetadata } from "./binding.ts";
import { dataType } from "./data-types.ts";

interface NodeBackend {
  tensorMap: { set(dataId: object, data: object): void };
  createOutputTensor(metadata: TensorMetadata): tf.Tensor;
  executeSingleInput(name: string, input: tf.TensorInfo): tf.Tensor;
  executeSingleOutput(name: string, attributes: Attribute[], inputs: tf.TensorInfo[]): tf.Tensor;
}

interface NodeBackendModule {
  createTensorsTypeOpAttr(name: string, given: unknown): Attribute;
}

/** TensorFlow's types as TensorFlow.js has them; uint8 is what images are decoded to. */
const typeNames: Record<number, tf.DataType> = {
  [dataType.float32]: "float32",
  [dataType.int32]: "int32",
  [dataType.uint8]: "int32",
  [dataType.bool]: "bool",
  [dataType.complex64]: "complex64",
  [dataType.string]: "string",
};

const typeCodes: Record<string, number> = {
  float32: dataType.float32,
  int32: dataType.int32,
  bool: dataType.bool,
  complex64: dataType.complex64,
  string: dataType.string,
};

/** Anything rarer goes the way of tfjs-node. */
export function takeShortWays(nodeBackend: object): void {
  const backend = nodeBackend as NodeBackend;
  const require = createRequire(import.meta.url);
  const module: NodeBackendModule = require("@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js");
  const { createTensorsTypeOpAttr } = module;
  const { createOutputTensor } = backend;
  const engine = tf.engine();

  const typeAttribute = (name: string, given: unknown): Attribute => {
    const value = typeof given === "string" ? typeCodes[given] : undefined;
    if (value === undefined) return createTensorsTypeOpAttr(name, given);
    return { name, type: attributeType.type, value };
  };
  module.createTensorsTypeOpAttr = typeAttribute;

  backend.executeSingleInput = function (name, input) {
    return this.executeSingleOutput(name, [typeAttribute("T", input.dtype)], [input]);
  };

  backend.createOutputTensor = function (metadata) {
    const { id, shape, dtype } = metadata;
    const name = typeNames[dtype];
    if (name === undefined) return createOutputTensor.call(this, metadata);
    const dataId = {};
    this.tensorMap.set(dataId, { shape, dtype, id, values: null, refCount: 1 });
    return engine.makeTensorFromTensorInfo({ dataId, shape, dtype: name });
  };
}
