// Architectures as Keras 3 writes them, made into the form of Keras 2 that TensorFlow.js reads, and back.

/** A layer, initializer, regularizer …: its class and what its constructor takes. */
interface Described {
  class_name: string;
  config: Record<string, unknown>;
  name?: string;
  inbound_nodes?: unknown[];
}

export type KerasConfig = Described;

/** Options of Keras that TensorFlow.js's layers ignore, with the values for which that is right. */
const neutral: Record<string, unknown[]> = {
  groups: [1],
  keepdims: [false],
  output_padding: [null],
  rms_scaling: [false],
  renorm: [false],
  threshold: [0, null],
};

/**
 * The architecture for `tf.models.modelFromJSON`.
 *
 * @param keras Version of Keras that wrote it, such as "3.15.1"; 3 computes some things in another way than 2.
 * @throws RangeError if a layer has options that TensorFlow.js's layer lacks.
 */
export function fromKerasConfig(model: KerasConfig, keras: string, path: string): KerasConfig {
  const isThree = Number.parseInt(keras, 10) >= 3;
  const refuse = (layer: Described, what: string): never => {
    const name = layer.config.name ?? layer.name;
    throw new RangeError(`"${path}": the ${layer.class_name} layer "${name}" ${what}.`);
  };

  const convert = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(convert);
    if (value === null || typeof value !== "object") return value;
    if (isDescribed(value)) {
      const { class_name, config } = value;
      if (class_name === "DTypePolicy" || class_name === "Policy") return config.name;
      // A function, such as an activation, by its name.
      if (typeof config === "string") return config;
      return convertObject(value);
    }
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, convert(each)]));
  };

  const convertObject = (given: Described): Described => {
    const config = Object.fromEntries(
      Object.entries(given.config).map(([key, value]) => [key, key === "layers" ? value : convert(value)]),
    );
    for (const [key, values] of Object.entries(neutral)) {
      if (!(key in config) || (key === "groups" && given.class_name === "GroupNormalization")) continue;
      if (!values.includes(config[key])) {
        refuse(given, `has ${key} = ${JSON.stringify(config[key])}, which TensorFlow.js has not`);
      }
      delete config[key];
    }
    for (const key of ["activation", "recurrent_activation"]) {
      if (isThree && config[key] === "hard_sigmoid")
        refuse(given, `has ${key} "hard_sigmoid", ${twoSigmoids}`);
      if (config[key] === "silu") config[key] = "swish";
    }
    if (config.batch_shape) config.batch_input_shape = config.batch_shape;
    if (String(config.dtype).startsWith("mixed_")) config.dtype = "float32";
    if (given.class_name === "BatchNormalization" && Array.isArray(config.axis)) config.axis = config.axis[0];
    if (given.class_name === "LeakyReLU" && "negative_slope" in config) config.alpha = config.negative_slope;
    else if (config.negative_slope)
      refuse(given, `has negative_slope = ${config.negative_slope}; use LeakyReLU`);
    for (const key of ["input_layers", "output_layers"]) {
      const places = config[key];
      if (Array.isArray(places) && typeof places[0] === "string") config[key] = [places];
    }
    const result: Described = { class_name: given.class_name, config };
    if (given.name !== undefined) result.name = given.name;
    if (given.inbound_nodes) result.inbound_nodes = given.inbound_nodes.map(inboundNode);
    if (!Array.isArray(config.layers)) return result;
    config.layers = config.layers.map(convertObject);
    return isThree ? withCallsOfSequentials(result, 1) : result;
  };

  return convertObject(model);
}

/**
 * The model with calls of sequential models inside it counted from `shift` later on: TensorFlow.js's first is that on their
 * own input, which Keras 3 does not count.
 */
function withCallsOfSequentials(model: Described, shift: number): Described {
  const { layers, input_layers, output_layers } = model.config as Record<string, unknown[]>;
  const sequentials = new Set(
    (layers as Described[]).flatMap(({ class_name, name }) =>
      class_name === "Sequential" && name ? [name] : [],
    ),
  );
  const move = (reference: unknown) => {
    const [name, call, ...rest] = reference as [string, number, ...unknown[]];
    return [name, sequentials.has(name) ? call + shift : call, ...rest];
  };
  const moved = (layers as Described[]).map((layer) =>
    layer.inbound_nodes
      ? { ...layer, inbound_nodes: (layer.inbound_nodes as unknown[][]).map((node) => node.map(move)) }
      : layer,
  );
  const moveAll = (places?: unknown[]) =>
    typeof places?.[0] === "string" ? move(places) : places?.map(move);
  const places = input_layers && {
    input_layers: moveAll(input_layers),
    output_layers: moveAll(output_layers),
  };
  return { ...model, config: { ...model.config, layers: moved, ...places } };
}

const twoSigmoids =
  "which is max(0, min(1, x / 6 + 0.5)) in Keras 3 and max(0, min(1, 0.2 x + 0.5)) in TensorFlow.js; " +
  'use "sigmoid"';

/** The tensors of a call, `[layer, node, output, keywords]` each. */
function inboundNode(node: unknown): unknown {
  if (Array.isArray(node)) return node;
  const { args, kwargs } = node as { args: unknown[]; kwargs: Record<string, unknown> };
  const keywords = Object.fromEntries(
    Object.entries(kwargs).filter(([, value]) => ["boolean", "number", "string"].includes(typeof value)),
  );
  return [...tensorsIn(args), ...tensorsIn(kwargs)].map((history) => [...history, keywords]);
}

function tensorsIn(value: unknown): unknown[][] {
  if (value === null || typeof value !== "object") return [];
  if (isDescribed(value) && value.class_name === "__keras_tensor__") {
    return [value.config.keras_history as unknown[]];
  }
  return Object.values(value).flatMap(tensorsIn);
}

function isDescribed(value: object): value is Described {
  return "class_name" in value && "config" in value;
}

/**
 * The architecture for Keras 3 from a model's `toJSON`.
 *
 * @throws RangeError for activations that Keras 3 computes otherwise.
 */
export function toKerasConfig(topology: object, path: string): KerasConfig {
  const convert = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(convert);
    if (value === null || typeof value !== "object") return value;
    const result = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, convert(each)]));
    if (!isDescribed(result)) return result;
    const { config } = result;
    for (const key of ["activation", "recurrent_activation"]) {
      if (config[key] !== "hard_sigmoid") continue;
      throw new RangeError(
        `"${path}": the ${result.class_name} layer "${config.name}" has ${key} "hardSigmoid", ${twoSigmoids}.`,
      );
    }
    if (result.class_name === "Model") result.class_name = "Functional";
    if (result.class_name === "LeakyReLU") {
      config.negative_slope = config.alpha;
      delete config.alpha;
    }
    if (result.class_name === "GRU") config.reset_after = false;
    // What only TensorFlow.js writes.
    delete config.rank;
    if (Array.isArray(config.layers) && config.layers[0]?.class_name === "InputLayer") {
      for (const layer of config.layers as Described[]) {
        if (layer.class_name !== "InputLayer") delete layer.config.batch_input_shape;
      }
    }
    // Wrappers look their layer up by its module.
    for (const key of ["layer", "cell"]) {
      if (config[key])
        config[key] = { module: "keras.layers", registered_name: null, ...(config[key] as object) };
    }
    for (const key of ["input_layers", "output_layers"]) {
      const places = config[key];
      if (Array.isArray(places) && places.length === 1) config[key] = places[0];
    }
    return Array.isArray(config.layers) ? withCallsOfSequentials(result, -1) : result;
  };
  return convert(topology) as KerasConfig;
}
