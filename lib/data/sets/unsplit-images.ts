// Sets of images with one class each that are published in one piece: tables of pixels, NumPy arrays, folders.

import type { DatasetCard, Splits } from "../card.ts";
import type { UnsplitImagesContent } from "../dataset.ts";
import type { FoundFiles } from "../files.ts";
import { readMembers } from "../formats/archive.ts";
import { readCsv } from "../formats/csv.ts";
import { stackImages } from "../formats/image-folder.ts";
import { readNetpbm } from "../formats/netpbm.ts";
import { readNpy } from "../formats/npy.ts";
import { type ImageShape, pixelCount } from "../images.ts";
import { LabelledImages } from "../labelled-images.ts";
import { onlyFile } from "./plain.ts";

/** UCI's digits: a row of pixels from 0 to 16 for each image, and its class in the last column. */
export function readCsvImagesSet(card: DatasetCard, splits: Splits, files: FoundFiles): UnsplitImagesContent {
  const [name, bytes] = onlyFile(splits, files);
  const pixels = pixelCount(card.shape as unknown as ImageShape);
  const columns = [...Array.from({ length: pixels }, (_, pixel) => `pixel ${pixel}`), "class"];
  const table = readCsv(bytes, name, { columns });
  const images = new Uint8Array(table.size * pixels);
  columns.slice(0, -1).forEach((column, pixel) => {
    table.numbers(column).forEach((value, row) => {
      images[row * pixels + pixel] = Math.round((value * 255) / 16);
    });
  });
  return unsplit(card, splits, name, images, Uint8Array.from(table.numbers("class")));
}

/** scikit-image's cuttings: an array of images from 0 to 1, equally many of each class, class after class. */
export function readNpyImagesSet(card: DatasetCard, splits: Splits, files: FoundFiles): UnsplitImagesContent {
  const [name, bytes] = onlyFile(splits, files);
  const { shape, values } = readNpy(bytes, name);
  const expected = [sizeOf(splits), ...card.shape.slice(0, 2)];
  if (`${shape}` !== `${expected}`) {
    throw new Error(`${name} holds an array of [${shape}], expected [${expected}] (images, height, width).`);
  }
  const perClass = sizeOf(splits) / card.classNames.length;
  const labels = Uint8Array.from({ length: sizeOf(splits) }, (_, index) => Math.floor(index / perClass));
  return unsplit(
    card,
    splits,
    name,
    Uint8Array.from(values, (value) => Math.round(255 * value)),
    labels,
  );
}

/** ORL: an archive with a folder of PGM images for each person, 1.pgm, 2.pgm, …. */
export function readPgmFoldersSet(
  card: DatasetCard,
  splits: Splits,
  files: FoundFiles,
): UnsplitImagesContent {
  const [name, bytes] = onlyFile(splits, files);
  const members = readMembers(bytes, name, "[^/]+/\\d+\\.pgm$");
  const number = (path: string) => Number(/(\d+)\.pgm$/.exec(path)?.[1]);
  const named = card.classNames.flatMap((className, label) =>
    [...members]
      .filter(([path]) => path.startsWith(`${className}/`))
      .sort(([a], [b]) => number(a) - number(b))
      .map(([path, content]) => ({ path, image: readNetpbm(content, `${name} › ${path}`), label })),
  );
  if (named.length === 0) {
    throw new Error(
      `${name} holds no PGM images in folders ${card.classNames[0]}, ${card.classNames[1]}, ….`,
    );
  }
  const { images } = stackImages(named, { channels: 1 });
  const labels = Uint8Array.from(named, ({ label }) => label);
  return unsplit(card, splits, name, images, labels);
}

function unsplit(
  { shape: lengths, classNames }: DatasetCard,
  splits: Splits,
  name: string,
  images: Uint8Array,
  labels: Uint8Array,
): UnsplitImagesContent {
  if (labels.length !== sizeOf(splits)) {
    throw new Error(`${name} holds ${labels.length} images, expected ${sizeOf(splits)}.`);
  }
  const shape = lengths as unknown as ImageShape;
  const all = new LabelledImages({ images, labels, shape, classNames });
  return { kind: "unsplit-images", all, classNames, shape };
}

function sizeOf(splits: Splits): number {
  return splits.all?.size ?? 0;
}
