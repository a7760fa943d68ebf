// Sets for the removal of haze: hazy images in hazy/, clear ones in gt/, paired by the number in their names.

import type { DatasetCard, Splits } from "../card.ts";
import type { RestorationContent } from "../dataset.ts";
import type { FoundFiles } from "../files.ts";
import { readMembers } from "../formats/archive.ts";
import { stackImages } from "../formats/image-folder.ts";
import type { PixelImage } from "../formats/netpbm.ts";
import { readImage } from "../formats/pictures.ts";
import type { ImageShape } from "../images.ts";
import { PairedImages } from "../paired-images.ts";
import { onlyFile } from "./plain.ts";

/** Dense-Haze (GT/01_GT.png and hazy/01_hazy.png) and RESIDE's SOTS (gt/1400.png and ten of hazy/1400_1.png). */
export function readHazePairsSet(card: DatasetCard, splits: Splits, files: FoundFiles): RestorationContent {
  const shape = card.shape as unknown as ImageShape;
  const [name, bytes] = onlyFile(splits, files);
  // Only the image's own folder is cut off: indoor and outdoor images may have the same number.
  const members = readMembers(bytes, name, "^(.*/)?(hazy|gt|GT)/[^/.][^/]*\\.(png|jpe?g)$");
  const key = (path: string) => path.replace(/(hazy|gt|GT)\/(\d+)[^/]*$/, "$2");
  const isHazy = (path: string) => /(^|\/)hazy\/[^/]*$/.test(path);
  const clear = new Map([...members.keys()].filter((path) => !isHazy(path)).map((path) => [key(path), path]));
  const pairs = [...members.keys()]
    .filter((path) => isHazy(path))
    .sort()
    .map((hazy) => [hazy, clear.get(key(hazy))] as const);
  const alone = pairs.find(([, target]) => target === undefined);
  const size = splits.all?.size;
  if (alone || pairs.length !== size) {
    throw new Error(
      alone
        ? `${name} › ${alone[0]} has no clear image of the same number in gt/.`
        : `${name} holds ${pairs.length} pairs of hazy/ and gt/, expected ${size}.`,
    );
  }
  const image = (path: string) => readImage(members.get(path) as Uint8Array, `${name} › ${path}`);
  const pixels = (path: string, whole: PixelImage) =>
    stackImages([{ path, image: whole }], { imageSize: [shape[0], shape[1]], channels: 3 }).images;
  const all = new PairedImages({
    read: (index) => {
      const [hazy, target] = pairs[index] as [string, string];
      const input = image(hazy);
      return { input: pixels(hazy, input), target: pixels(target, cropMiddle(image(target), input)) };
    },
    size: pairs.length,
    shape,
  });
  return { kind: "restoration", all, shape };
}

// SOTS's indoor images lost a border of 10 pixels when the haze was computed.
function cropMiddle(image: PixelImage, { height, width }: PixelImage): PixelImage {
  if (image.height <= height && image.width <= width) return image;
  const [top, left] = [Math.floor((image.height - height) / 2), Math.floor((image.width - width) / 2)];
  const data = new Uint8Array(height * width * image.channels);
  for (let row = 0; row < height; row++) {
    const start = ((top + row) * image.width + left) * image.channels;
    data.set(image.data.subarray(start, start + width * image.channels), row * width * image.channels);
  }
  return { height, width, channels: image.channels, data };
}
