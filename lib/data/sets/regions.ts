// Sets with boxes or masks: Pascal VOC's folders, and pairs of an image and its mask.

import type { DatasetCard, Splits } from "../card.ts";
import type { DetectionContent, SegmentationContent } from "../dataset.ts";
import { DetectionImages, type ObjectBoxes } from "../detection-images.ts";
import type { FoundFiles } from "../files.ts";
import { readMembers } from "../formats/archive.ts";
import { stackImages } from "../formats/image-folder.ts";
import { readImage } from "../formats/pictures.ts";
import { readText } from "../formats/text.ts";
import { readVoc } from "../formats/voc.ts";
import type { ImageShape } from "../images.ts";
import { SegmentedImages } from "../segmented-images.ts";

/** Pascal VOC: Annotations/*.xml, JPEGImages/*.jpg, and the splits as lists in ImageSets/Main/*.txt. */
export function readVocSet(card: DatasetCard, splits: Splits, files: FoundFiles): DetectionContent {
  const shape = card.shape as unknown as ImageShape;
  const [archive] = Object.values(splits)[0]?.files ?? [];
  const name = archive?.file as string;
  const members = readMembers(files.get(name) as Uint8Array, name, "(Annotations|ImageSets|JPEGImages)/");
  const member = (path: string) => {
    const bytes = members.get(path);
    if (!bytes) throw new Error(`${name} has no ${path}; expected Pascal VOC's folders.`);
    return bytes;
  };
  const read = (list: string) => {
    const ids = readText(member(`ImageSets/Main/${list}.txt`), `${name} › ${list}.txt`)
      .split("\n")
      .filter(Boolean);
    const objects = ids.map((id) => readObjects(id));
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
  const readObjects = (id: string): ObjectBoxes => {
    const path = `Annotations/${id}.xml`;
    const { objects, width, height } = readVoc(member(path), `${name} › ${path}`);
    if (height !== shape[0] || width !== shape[1]) {
      throw new Error(`${name} › ${path}: ${height} × ${width} pixels, expected ${shape[0]} × ${shape[1]}.`);
    }
    return {
      boxes: objects.map(({ box }) => box),
      labels: objects.map((object) => card.classNames.indexOf(object.name)),
      ignored: objects.map(({ difficult }) => difficult),
    };
  };
  return {
    kind: "detection",
    train: read("train"),
    validation: read("val"),
    test: read("test"),
    classNames: card.classNames,
    shape,
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
