// A long sequence of tokens as examples for a language model: windows of some length and, as targets, what comes next.

import * as tf from "@tensorflow/tfjs";
import type { Batch, Examples } from "../examples.ts";
import { requireOneOf } from "../nearest.ts";

export interface WindowOptions {
  /** Tokens in a window. */
  length: number;
  /** Tokens between the beginnings of two windows. Defaults to `1`. */
  stride?: number;
  /** Targets: the next token at every place (`"each"`), or only the one after the window (`"last"`). Defaults to `"each"`. */
  target?: "each" | "last";
  /** Give inputs as one-hot rows of this size, for models without an embedding. Defaults to token numbers. */
  oneHot?: number;
}

/** Windows over tokens; what `dl.train.fit` takes. */
class TokenWindows implements Examples {
  readonly size: number;
  readonly #tokens: Int32Array;
  readonly #options: Required<Omit<WindowOptions, "oneHot">> & Pick<WindowOptions, "oneHot">;

  constructor(tokens: ArrayLike<number>, options: WindowOptions) {
    const { length, stride = 1, target = "each" } = options;
    requireOneOf("target", target, ["each", "last"]);
    for (const [name, value] of Object.entries({ length, stride })) {
      if (Number.isInteger(value) && value > 0) continue;
      throw new RangeError(`${name} is ${value}; it must be a whole number of at least 1.`);
    }
    this.#tokens = Int32Array.from(tokens);
    this.#options = { ...options, length, stride, target };
    this.size = Math.max(0, Math.floor((tokens.length - length - 1) / stride) + 1);
    if (this.size === 0) {
      throw new RangeError(
        `${tokens.length} tokens are too few for a window of ${length} and the token after it; ` +
          "give a longer text or a smaller length.",
      );
    }
  }

  /** x `[n, length]` int32 (or one-hot `[n, length, oneHot]` float32) and y `[n, length]`, or `[n]`, int32. */
  batch(indices: ArrayLike<number>): Batch {
    const { length, stride, target, oneHot } = this.#options;
    const x = new Int32Array(indices.length * length);
    const y = new Int32Array(indices.length * (target === "each" ? length : 1));
    for (let row = 0; row < indices.length; row++) {
      const index = indices[row] as number;
      if (!(Number.isInteger(index) && index >= 0 && index < this.size)) {
        throw new RangeError(`There is no window ${index}; indices go from 0 to ${this.size - 1}.`);
      }
      const start = index * stride;
      x.set(this.#tokens.subarray(start, start + length), row * length);
      if (target === "last") y[row] = this.#tokens[start + length] as number;
      else y.set(this.#tokens.subarray(start + 1, start + length + 1), row * length);
    }
    const numbers = tf.tensor2d(x, [indices.length, length], "int32");
    const targets =
      target === "each" ? tf.tensor2d(y, [indices.length, length], "int32") : tf.tensor1d(y, "int32");
    if (oneHot === undefined) return { x: numbers, y: targets };
    try {
      return { x: tf.tidy(() => tf.cast(tf.oneHot(numbers, oneHot), "float32")), y: targets };
    } finally {
      numbers.dispose();
    }
  }
}

/**
 * Examples of a language model: `tokenWindows(tokenizer.encode(text), { length: 64 })`.
 *
 * @param tokens Token numbers of one text.
 * @throws RangeError if the text is shorter than a window and one token.
 */
export function tokenWindows(tokens: ArrayLike<number>, options: WindowOptions): Examples {
  return new TokenWindows(tokens, options);
}
