// Sets of images with one class each: IDX, CIFAR-10's binary batches, GTSRB's folders.

import type { DatasetCard, SplitFiles, Splits } from "../card.ts";
import type { LabelledImagesContent } from "../dataset.ts";
import type { FoundFiles } from "../files.ts";
import { readMembers, readTar } from "../formats/archive.ts";
import { readCifar10 } from "../formats/cifar.ts";
import { readCsv } from "../formats/csv.ts";
import { stackImages } from "../formats/image-folder.ts";
import { readNetpbm } from "../formats/netpbm.ts";
import { readIdx } from "../idx.ts";
import type { ImageShape } from "../images.ts";
import { LabelledImages } from "../labelled-images.ts";

/** MNIST and what follows its format: one file of images, one of labels. */
export function readIdxSet(card: DatasetCard, splits: Splits, files: FoundFiles): LabelledImagesContent {
  return bySplit(card, splits, ({ files: [images, labels] }) => {
    const values = (file: string | undefined) =>
      readIdx(files.get(file as string) as Uint8Array, file as string).values;
    return { images: values(images?.file), labels: values(labels?.file) };
  });
}

/** CIFAR-10: five training batches and one of test images in one archive. */
export function readCifar10Set(card: DatasetCard, splits: Splits, files: FoundFiles): LabelledImagesContent {
  return bySplit(card, splits, ({ files: [archive], size }, split) => {
    const name = archive?.file as string;
    const pattern = split === "train" ? /data_batch_[1-5]\.bin$/ : /test_batch\.bin$/;
    const batches = [...readTar(files.get(name) as Uint8Array, name)]
      .filter(([path]) => pattern.test(path))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, bytes]) => readCifar10(bytes, `${name} › ${path}`));
    const labels = join(batches.map((batch) => batch.labels));
    if (labels.length !== size) {
      throw new Error(`${name} holds ${labels.length} images at ${pattern.source}, expected ${size}.`);
    }
    return { images: join(batches.map((batch) => batch.images)), labels };
  });
}

/** GTSRB: PPM images of any size, with a table of file names and classes in every folder, or beside the archive. */
export function readGtsrbSet(card: DatasetCard, splits: Splits, files: FoundFiles): LabelledImagesContent {
  return bySplit(card, splits, (split) => {
    const members = new Map(
      split.files.flatMap(({ file }) => {
        const found = [
          ...readMembers(
            files.get(file) as Uint8Array,
            file,
            "[^/]+\\.(ppm|csv)$|[0-9]{5}/[^/]+\\.(ppm|csv)$",
          ),
        ];
        return found.map(([path, bytes]) => [path, { bytes, name: `${file} › ${path}` }] as const);
      }),
    );
    const tables = [...members]
      .filter(([path]) => path.endsWith(".csv"))
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const rows = tables.flatMap(([path, { bytes, name }]) => {
      const table = readCsv(bytes, name, { delimiter: ";" });
      // The published test images come with a table that keeps the classes secret.
      if (!table.names.includes("ClassId")) return [];
      const folder = path.slice(0, path.lastIndexOf("/") + 1);
      const labels = table.numbers("ClassId");
      return table
        .text("Filename")
        .map((file, row) => ({ path: `${folder}${file}`, label: labels[row] as number }));
    });
    // A part of the set comes with the whole table.
    const present = rows.filter(({ path }) => members.has(path));
    if (present.length !== split.size) {
      throw new Error(
        `${split.files.map(({ file }) => file).join(", ")}: ${present.length} images are named in a table, expected ${split.size}.`,
      );
    }
    const named = present.map(({ path }) => {
      const { bytes, name } = members.get(path) as { bytes: Uint8Array; name: string };
      return { path: name, image: readNetpbm(bytes, name) };
    });
    const [height, width] = card.shape as unknown as ImageShape;
    const { images } = stackImages(named, { imageSize: [height, width], channels: 3 });
    return { images, labels: Uint8Array.from(present, ({ label }) => label) };
  });
}

function bySplit(
  card: DatasetCard,
  { train, test }: Splits,
  read: (split: SplitFiles, name: string) => { images: Uint8Array; labels: Uint8Array },
): LabelledImagesContent {
  const shape = card.shape as unknown as ImageShape;
  const images = (split: SplitFiles | undefined, name: string) =>
    new LabelledImages({ ...read(split as SplitFiles, name), shape, classNames: card.classNames });
  return {
    kind: "labelled-images",
    train: images(train, "train"),
    test: images(test, "test"),
    classNames: card.classNames,
    shape,
  };
}

function join(parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const part of parts) {
    whole.set(part, position);
    position += part.length;
  }
  return whole;
}
