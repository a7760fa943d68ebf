// Which parts of a model are TensorFlow.js's own or the library's, whose code is known to depend on nothing but its settings.
import * as tf from "@tensorflow/tfjs";
import { CustomLayer, isPureLayer } from "../layers/custom-layer.ts";

export const builtInClasses = new Set<unknown>(
  Object.values(tf.serialization.SerializationMap.getMap().classNameMap)
    .map(([registered]) => registered)
    // The library's own may have been registered before; which of them are pure is theirs to say.
    .filter((registered) => !(registered.prototype instanceof CustomLayer)),
);

/** Layers hold further ones, cells, activations, regularizers, …: all of them `Serializable`. */
export function consistsOfBuiltIns(part: object, seen = new Set<object>()): boolean {
  if (seen.has(part)) return true;
  seen.add(part);
  if (!builtInClasses.has(part.constructor) && !isPureLayer(part.constructor)) return false;
  return Object.values(part)
    .flatMap((value) => (Array.isArray(value) ? value : [value]))
    .every((value) => !(value instanceof tf.serialization.Serializable) || consistsOfBuiltIns(value, seen));
}
