// Many values as one.

import { alike, type Values } from "../sample.ts";

/**
 * Values of the same shape as one, with a new first dimension.
 *
 * @throws RangeError if shapes or types differ.
 */
export function stack(parts: readonly Values[]): Values {
  const [first] = parts as [Values, ...Values[]];
  const data = new (first.data.constructor as Uint8ArrayConstructor)(parts.length * first.data.length);
  for (let place = 0; place < parts.length; place++) {
    const part = parts[place] as Values;
    if (!alike(part, first)) {
      throw new RangeError(
        `Samples of one batch must be alike: the first has the shape [${first.shape}] (${first.data.constructor.name}), ` +
          `number ${place} has [${part.shape}] (${part.data.constructor.name}). Resize or crop images to one size first.`,
      );
    }
    data.set(part.data, place * first.data.length);
  }
  return { data, shape: [parts.length, ...first.shape] };
}
