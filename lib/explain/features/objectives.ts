// What an ideal image is to raise, as sums and products of simple aims (the algebra is that of lucid, Olah et al.
// 2017, "Feature visualization").

import * as tf from "@tensorflow/tfjs";

/** What an objective looks at: activations of layers, `[n, …]`, and the logits, `[n, …, classes]`. */
interface Seen {
  /** Output of a layer, by its name. */
  layer(name: string): tf.Tensor;
  logits: tf.Tensor;
  /** What the network was shown. */
  image: tf.Tensor;
}

/** A number for each image, `[n]`, to be made large. Objectives don't change; each operation makes a new one. */
export class Objective {
  readonly name: string;
  /** Names of the layers it needs. */
  readonly layers: readonly string[];
  readonly value: (seen: Seen) => tf.Tensor1D;

  constructor(name: string, layers: readonly string[], value: (seen: Seen) => tf.Tensor) {
    this.name = name;
    this.layers = layers;
    this.value = (seen) => value(seen) as tf.Tensor1D;
  }

  plus(other: Objective | number): Objective {
    return combine(this, other, "+", tf.add);
  }

  minus(other: Objective | number): Objective {
    return combine(this, other, "−", tf.sub);
  }

  times(other: Objective | number): Objective {
    return combine(this, other, "×", tf.mul);
  }
}

/** Mean activation of a channel of a layer's maps (of a dense layer: of a unit). */
export function channel(layer: string, channel: number): Objective {
  return new Objective(`${layer}:${channel}`, [layer], (seen) => {
    return perImage(lastAxis(seen.layer(layer), channel, layer));
  });
}

/**
 * Activation of a channel at one place.
 *
 * @param place Row and column (of a sequence: the step). Defaults to the middle of the map.
 */
export function neuron(layer: string, channel: number, place?: readonly number[]): Objective {
  const where = place ? ` at ${place.join(", ")}` : " in the middle";
  return new Objective(`${layer}:${channel}${where}`, [layer], (seen) => {
    const maps = seen.layer(layer);
    const sizes = maps.shape.slice(1, -1);
    const at = place ?? sizes.map((size) => Math.floor(size / 2));
    if (at.length !== sizes.length || !at.every((one, axis) => one >= 0 && one < (sizes[axis] as number))) {
      throw new RangeError(
        `The place [${at}] is not in the maps of "${layer}", which are ${sizes.join(" × ")}.`,
      );
    }
    const one = lastAxis(maps, channel, layer);
    return tf.reshape(tf.slice(one, [0, ...at], [-1, ...at.map(() => 1)]), [-1]);
  });
}

/** Mean of the squares of a layer's activations: whatever it reacts to ("deep dream"). */
export function layer(name: string): Objective {
  return new Objective(name, [name], (seen) => perImage(tf.square(seen.layer(name))));
}

/** Mean activation along a direction in a layer's channels. */
export function direction(layer: string, weights: readonly number[]): Objective {
  return new Objective(`${layer}: a direction`, [layer], (seen) => {
    const maps = seen.layer(layer);
    const channels = maps.shape[maps.rank - 1];
    if (weights.length !== channels) {
      throw new RangeError(
        `The direction has ${weights.length} numbers; "${layer}" has ${channels} channels.`,
      );
    }
    return perImage(tf.sum(tf.mul(maps, tf.tensor1d([...weights])), -1));
  });
}

/** Logit of a class. */
export function logit(target: number): Objective {
  return new Objective(`logit ${target}`, [], ({ logits }) =>
    perImage(lastAxis(logits, target, "the output")),
  );
}

/** Mean of objectives. */
export function mean(...objectives: readonly Objective[]): Objective {
  const [first, ...others] = objectives;
  if (!first) throw new RangeError("There is no objective to take the mean of.");
  return others.reduce((sum, next) => sum.plus(next), first).times(1 / objectives.length);
}

/** Minus the mean difference between neighbouring pixels of the image: added with a weight, it gives smoother images. */
export function smoothness(): Objective {
  return new Objective("smoothness", [], ({ image }) => {
    const [, height, width] = image.shape as [number, number, number];
    const down = tf.sub(tf.slice(image, [0, 1], [-1, height - 1]), tf.slice(image, [0, 0], [-1, height - 1]));
    const across = tf.sub(
      tf.slice(image, [0, 0, 1], [-1, -1, width - 1]),
      tf.slice(image, [0, 0, 0], [-1, -1, width - 1]),
    );
    return tf.neg(tf.add(perImage(tf.abs(down)), perImage(tf.abs(across))));
  });
}

function combine(
  one: Objective,
  other: Objective | number,
  sign: string,
  operation: (a: tf.Tensor, b: tf.Tensor | number) => tf.Tensor,
): Objective {
  if (typeof other === "number") {
    return new Objective(`(${one.name} ${sign} ${other})`, one.layers, (seen) =>
      operation(one.value(seen), other),
    );
  }
  return new Objective(`(${one.name} ${sign} ${other.name})`, [...one.layers, ...other.layers], (seen) =>
    operation(one.value(seen), other.value(seen)),
  );
}

function lastAxis(values: tf.Tensor, index: number, name: string): tf.Tensor {
  const size = values.shape[values.rank - 1] as number;
  if (!(Number.isInteger(index) && index >= 0 && index < size)) {
    throw new RangeError(`There is no channel ${index} in "${name}"; there are 0 to ${size - 1}.`);
  }
  const begin = values.shape.map((_, axis) => (axis === values.rank - 1 ? index : 0));
  const sizes = values.shape.map((_, axis) => (axis === values.rank - 1 ? 1 : -1));
  return tf.squeeze(tf.slice(values, begin, sizes), [values.rank - 1]);
}

function perImage(values: tf.Tensor): tf.Tensor1D {
  return values.rank > 1
    ? tf.mean(tf.reshape(values, [values.shape[0] as number, -1]), 1)
    : (tf.clone(values) as tf.Tensor1D);
}
