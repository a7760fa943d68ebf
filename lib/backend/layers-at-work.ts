// Listens to which layer is at work: layers are called by `apply` and, inside of models, by `call`, which every class has
// of its own.
import * as tf from "@tensorflow/tfjs";

type Layer = tf.layers.Layer;
type Method = (this: Layer, ...given: unknown[]) => unknown;

/**
 * Have `around` run what each layer does with tensors, layers inside of layers included.
 *
 * @returns What ends the listening.
 */
export function listenToLayers(around: <Result>(layer: Layer, body: () => Result) => Result): () => void {
  const working: Layer[] = [];
  const restore: (() => void)[] = [];
  for (const [prototype, name] of layerMethods()) {
    const original = prototype[name];
    prototype[name] = function (...given) {
      if (working.at(-1) === this || isSymbolic(given[0])) return original.apply(this, given);
      working.push(this);
      try {
        return around(this, () => original.apply(this, given));
      } finally {
        working.pop();
      }
    };
    restore.push(() => {
      prototype[name] = original;
    });
  }
  return () => {
    for (const each of restore) each();
  };
}

function layerMethods(): Set<[prototype: Record<string, Method>, name: string]> {
  const { classNameMap } = tf.serialization.SerializationMap.getMap();
  const base = tf.layers.Layer.prototype as object;
  const found = new Map<object, string>([[base, "apply"]]);
  for (const [type] of Object.values(classNameMap)) {
    for (let each = type.prototype; each && each !== base; each = Object.getPrototypeOf(each)) {
      if (each instanceof tf.layers.Layer && Object.hasOwn(each, "call")) found.set(each, "call");
    }
  }
  return new Set(Array.from(found, ([prototype, name]) => [prototype as Record<string, Method>, name]));
}

function isSymbolic(given: unknown): boolean {
  return [given].flat()[0] instanceof tf.SymbolicTensor;
}
