// Whole epochs of Fashion-MNIST, shifted and mirrored by chance, with the live chart, as a notebook trains them.

import { fileURLToPath } from "node:url";
import { augment, type LabelledImages, load, pipeline } from "../../../lib/data/index.ts";
import { setDisplayTarget } from "../../../lib/plot/display.ts";
import { fit } from "../../../lib/train/index.ts";
import { type Spent, spent } from "../clock.ts";
import { compiled, workloads } from "./workloads.ts";

export const name = "Fashion-MNIST with augmentation, LeNet, whole epochs, batch 128";

const batchSize = 128;

/** What a peer is asked to do the same. */
export const request = {
  data: fileURLToPath(new URL("../../../../datasets/fashion-mnist/sample", import.meta.url)),
  batch: batchSize,
};

/** Trains one model for ever more epochs. */
export async function makeEpochs(): Promise<{
  size: number;
  run(epochs: number): Promise<Spent>;
  dispose(): void;
}> {
  // Charts are made and sent nowhere.
  setDisplayTarget({ show: () => ({ update: () => {} }), interruptSignal: () => undefined });
  const { train } = (await load("fashion-mnist")) as { train: LabelledImages };
  const model = compiled(workloads.lenet!);
  const shift = augment.randomCrop({ size: 28, padding: 2 });
  const data = pipeline(train).map(augment.compose([shift, augment.horizontalFlip()]), { workers: 2 });
  return {
    size: train.size,
    run: (epochs) =>
      spent(epochs, async () => {
        await fit(model, data, { epochs, batchSize });
      }),
    dispose: () => model.dispose(),
  };
}
