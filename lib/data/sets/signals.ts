// MNIST-1D: a pickled dictionary of NumPy arrays.

import { ArrayExamples } from "../arrays.ts";
import type { DatasetCard, Splits } from "../card.ts";
import type { SignalsContent } from "../dataset.ts";
import type { FoundFiles } from "../files.ts";
import { readPickle } from "../formats/pickle.ts";
import { onlyFile } from "./plain.ts";

/** MNIST-1D: x and y of the training curves, x_test and y_test of the others. */
export function readMnist1dSet(card: DatasetCard, splits: Splits, files: FoundFiles): SignalsContent {
  const [name, bytes] = onlyFile(splits, files);
  const arrays = readPickle(bytes, name);
  const examples = (split: string, suffix: string) => {
    const [x, y] = [arrays[`x${suffix}`], arrays[`y${suffix}`]];
    const expected = [splits[split]?.size, ...card.shape];
    if (`${x?.shape}` !== `${expected}` || `${y?.shape}` !== `${expected[0]}`) {
      throw new Error(
        `${name} holds x${suffix} [${x?.shape}] and y${suffix} [${y?.shape}], expected [${expected}] and [${expected[0]}].`,
      );
    }
    return new ArrayExamples({
      inputs: Float32Array.from(x?.values ?? []),
      inputShape: card.shape,
      targets: Int32Array.from(y?.values ?? []),
      targetShape: [],
      classNames: card.classNames,
    });
  };
  return {
    kind: "signals",
    train: examples("train", ""),
    test: examples("test", "_test"),
    classNames: card.classNames,
    shape: card.shape as unknown as SignalsContent["shape"],
  };
}
