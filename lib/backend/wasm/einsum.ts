// Einsum as matrix products. Every letter of a pair of operands belongs to one of four groups: in both
// and in the result (batch), in both only (contracted), in the left or in the right only.
import * as tf from "@tensorflow/tfjs";
import { asTensor } from "../kernel-tensors.ts";

export function registerEinsum(): void {
  tf.registerKernel({
    kernelName: "Einsum",
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs }) =>
      tf.tidy(() => {
        const [operands, result] = String(attrs?.equation).replaceAll(" ", "").split("->");
        const terms = operands.split(",");
        const tensors = terms.map((_, index) => asTensor((inputs as unknown as tf.TensorInfo[])[index]));
        let left: Term = { letters: terms[0], tensor: tensors[0] };
        for (let index = 1; index < terms.length; index++) {
          const needed = new Set(result + terms.slice(index + 1).join(""));
          left = contract(left, { letters: terms[index], tensor: tensors[index] }, needed);
        }
        return arrange(sumOut(left, new Set(result)), result);
      }),
  });
}

/** A tensor and the letter of each of its axes. */
interface Term {
  letters: string;
  tensor: tf.Tensor;
}

function contract(left: Term, right: Term, needed: Set<string>): Term {
  const a = sumOut(left, new Set([...needed, ...right.letters]));
  const b = sumOut(right, new Set([...needed, ...left.letters]));
  const shared = [...a.letters].filter((letter) => b.letters.includes(letter));
  const batch = shared.filter((letter) => needed.has(letter));
  const contracted = shared.filter((letter) => !needed.has(letter));
  const onlyA = [...a.letters].filter((letter) => !shared.includes(letter));
  const onlyB = [...b.letters].filter((letter) => !shared.includes(letter));
  const sizes = new Map<string, number>();
  for (const term of [a, b]) {
    [...term.letters].forEach((letter, axis) => {
      sizes.set(letter, term.tensor.shape[axis]);
    });
  }
  const shapeOf = (letters: string[]) => letters.map((letter) => sizes.get(letter) as number);
  const sizeOf = (letters: string[]) => shapeOf(letters).reduce((product, size) => product * size, 1);
  const product = tf.matMul(
    tf.reshape(arrange(a, [...batch, ...onlyA, ...contracted].join("")), [
      sizeOf(batch),
      sizeOf(onlyA),
      sizeOf(contracted),
    ]),
    tf.reshape(arrange(b, [...batch, ...contracted, ...onlyB].join("")), [
      sizeOf(batch),
      sizeOf(contracted),
      sizeOf(onlyB),
    ]),
  );
  const letters = [...batch, ...onlyA, ...onlyB];
  return { letters: letters.join(""), tensor: tf.reshape(product, shapeOf(letters)) };
}

/** Sum over the axes whose letters are not needed. */
function sumOut({ letters, tensor }: Term, needed: Set<string>): Term {
  const axes = [...letters].flatMap((letter, axis) => (needed.has(letter) ? [] : [axis]));
  if (axes.length === 0) return { letters, tensor };
  return {
    letters: [...letters].filter((letter) => needed.has(letter)).join(""),
    tensor: tf.sum(tensor, axes),
  };
}

function arrange({ letters, tensor }: Term, order: string): tf.Tensor {
  return letters === order
    ? tensor
    : tf.transpose(
        tensor,
        [...order].map((letter) => letters.indexOf(letter)),
      );
}
