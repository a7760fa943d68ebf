// The gradient of a recurrent layer's weights, from those of the sums of all steps: one product for kernel, bias and
// recurrent kernel. It is taken in blocks of steps, whose numbers a processor core still has in its cache.
import * as tf from "@tensorflow/tfjs";
import type { CellMath } from "./cell.ts";

/** Bytes of sums in a block: with their factors they fit the second cache of today's cores. */
const blockBytes = 2 ** 19;

/**
 * @param factors By step, for each group of columns.
 * @param sums The gradients of the sums, by step: batch × columns.
 * @returns Of all weights, one below the other: kernel, bias, recurrent kernel.
 */
export function weightsGradient(cell: CellMath, factors: tf.Tensor[][], sums: tf.Tensor[]): tf.Tensor {
  const length = Math.max(1, Math.floor(blockBytes / (4 * sums[0].size)));
  return tf.tidy(() => {
    const parts: tf.Tensor[] = [];
    for (let start = 0; start < sums.length; start += length) {
      const block = factors.slice(start, start + length);
      const groups = cell.columns(tf.concat(sums.slice(start, start + length)));
      const products = groups.map((columns, group) =>
        tf.matMul(tf.concat(block.map((step) => step[group])), columns, true),
      );
      parts.push(products.length === 1 ? products[0] : tf.concat(products, 1));
    }
    const sum = tf.addN(parts);
    return cell.reorder?.(sum) ?? sum;
  });
}
