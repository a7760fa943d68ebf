// Sets with boxes or masks: Pascal VOC's folders, and pairs of an image and its mask.

import type { DatasetCard, Splits } from "../card.ts";
import type { DetectionContent, SegmentationContent } from "../dataset.ts";
import { DetectionImages, type ObjectBoxes } from "../detection-images.ts";
import type { FoundFiles } from "../files.ts";
import { readMembers } from "../formats/archive.ts";
import { stackImages } from "../formats/image-folder.ts";
import { readImage } from "../formats/pictures.ts";
import { readText } from "../formats/text.ts";
import { readVoc, type VocAnnotation } from "../formats/voc.ts";
import type { ImageShape } from "../images.ts";
import { SegmentedImages } from "../segmented-images.ts";

/** Pascal VOC: Annotations/*.xml, JPEGImages/*.jpg, and the splits as lists in ImageSets/Main/*.txt. */
export function readVocSet(card: DatasetCard, splits: Splits, files: FoundFiles): DetectionContent {
  const shape = card.shape as unknown as ImageShape;
  const archives = new Map<string, Map<string, Uint8Array>>();
  const read = (split: string, list: string) => {
    const name = splits[split]?.files[0]?.file as string;
    const members =
      archives.get(name) ??
      readMembers(files.get(name) as Uint8Array, name, "(Annotations|ImageSets|JPEGImages)/");
    archives.set(name, members);
    const member = (path: string) => {
      const bytes = members.get(path);
      if (!bytes) throw new Error(`${name} has no ${path}; expected Pascal VOC's folders.`);
      return bytes;
    };
    const ids = readText(member(`ImageSets/Main/${list}.txt`), `${name} › ${list}.txt`)
      .split("\n")
      .filter(Boolean);
    const objects = ids.map((id) => {
      const path = `Annotations/${id}.xml`;
      return placeObjects(card, readVoc(member(path), `${name} › ${path}`), `${name} › ${path}`);
    });
    return new DetectionImages({
      pixels(index) {
        const path = `JPEGImages/${ids[index]}.jpg`;
        const image = readImage(member(path), `${name} › ${path}`);
        return stackImages([{ path, image }], { imageSize: [shape[0], shape[1]], channels: 3 }).images;
      },
      objects,
      shape,
      classNames: card.classNames,
    });
  };
  return {
    kind: "detection",
    train: read("train", "train"),
    validation: read("validation", "val"),
    test: read("test", "test"),
    classNames: card.classNames,
    shape,
  };
}

// The boxes on an image that is brought to the shape of the card.
function placeObjects(
  { shape, classNames, resized }: DatasetCard,
  { objects, width, height }: VocAnnotation,
  path: string,
): ObjectBoxes {
  const [rows, columns] = shape as [number, number];
  if (!resized && (height !== rows || width !== columns)) {
    throw new Error(`${path}: ${height} × ${width} pixels, expected ${rows} × ${columns}.`);
  }
  const [across, down] = [columns / width, rows / height];
  return {
    boxes: objects.map(({ box: [left, top, right, bottom] }) => [
      left * across,
      top * down,
      right * across,
      bottom * down,
    ]),
    labels: objects.map((object) => classNames.indexOf(object.name)),
    ignored: objects.map(({ difficult }) => difficult),
  };
}

/** Images in image/ and masks of the same name in label/; the mask's grey levels, in ascending order, are the classes. */
export function readPairsSet(card: DatasetCard, splits: Splits, files: FoundFiles): SegmentationContent {
  const shape = card.shape as unknown as ImageShape;
  const [archive] = Object.values(splits)[0]?.files ?? [];
  const name = archive?.file as string;
  const members = [...readMembers(files.get(name) as Uint8Array, name, "(image|label)/[^/]+\\.png$")];
  const stack = (folder: string) => {
    const chosen = members.filter(([path]) => path.startsWith(`${folder}/`));
    const number = (path: string) => Number(/(\d+)\.png$/.exec(path)?.[1]);
    chosen.sort(([a], [b]) => number(a) - number(b));
    const named = chosen.map(([path, bytes]) => ({ path, image: readImage(bytes, `${name} › ${path}`) }));
    const size = splits.train?.size;
    if (named.length !== size)
      throw new Error(`${name} has ${named.length} images in ${folder}/, expected ${size}.`);
    return stackImages(named, { channels: 1 }).images;
  };
  const levels = stack("label");
  const found = [...new Set(levels)].sort((a, b) => a - b);
  if (found.length !== card.classNames.length) {
    throw new Error(
      `${name}: the masks have ${found.length} grey levels, expected ${card.classNames.length}.`,
    );
  }
  const classOf = Uint8Array.from({ length: 256 }, (_, level) => Math.max(0, found.indexOf(level)));
  const masks = levels.map((level) => classOf[level] as number);
  const train = new SegmentedImages({ images: stack("image"), masks, shape, classNames: card.classNames });
  return { kind: "segmentation", train, classNames: card.classNames, shape };
}
