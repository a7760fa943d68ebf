// CHAOS: slices as DICOM files, and masks as PNG files of the same name whose grey levels stand for the organs.

import type { DatasetCard, Splits } from "../card.ts";
import type { SegmentationContent } from "../dataset.ts";
import type { FoundFiles } from "../files.ts";
import { readMembers } from "../formats/archive.ts";
import { type DicomImage, readDicom } from "../formats/dicom.ts";
import type { PixelImage } from "../formats/netpbm.ts";
import { readImage } from "../formats/pictures.ts";
import { nearestPixel, resizeImage } from "../formats/resize.ts";
import type { ImageShape } from "../images.ts";
import { SegmentedImages } from "../segmented-images.ts";
import { onlyFile } from "./plain.ts";

// Of the challenge's own evaluation: the classes lie 63 apart, and editing has spread each of them a little.
const levelsPerClass = 63;

/** MR/PATIENT/T2SPIR/DICOM_anon/*.dcm and MR/PATIENT/T2SPIR/Ground/*.png; each patient's brightest voxel becomes 255. */
export function readChaosSet(card: DatasetCard, splits: Splits, files: FoundFiles): SegmentationContent {
  const shape = card.shape as unknown as ImageShape;
  const [height, width] = shape;
  const [name, bytes] = onlyFile(splits, files);
  const members = readMembers(bytes, name, "MR/\\d+/T2SPIR/(DICOM_anon/[^/.]+\\.dcm|Ground/[^/.]+\\.png)$");
  const patients = new Map<string, { image: DicomImage; mask: PixelImage; path: string }[]>();
  for (const [path, content] of members) {
    if (!path.endsWith(".dcm")) continue;
    const maskPath = path.replace("/DICOM_anon/", "/Ground/").replace(/dcm$/, "png");
    const mask = members.get(maskPath);
    if (!mask) throw new Error(`${name} › ${path} has no mask ${maskPath}.`);
    const patient = path.split("/")[1] as string;
    const slices = patients.get(patient) ?? [];
    slices.push({
      image: readDicom(content, `${name} › ${path}`),
      mask: readImage(mask, `${name} › ${maskPath}`),
      path,
    });
    patients.set(patient, slices);
  }
  if (patients.size === 0) throw new Error(`${name} holds no slices at MR/PATIENT/T2SPIR/DICOM_anon/*.dcm.`);
  const ordered = [...patients].sort(([a], [b]) => Number(a) - Number(b));
  const images: Uint8Array[] = [];
  const masks: Uint8Array[] = [];
  for (const [, slices] of ordered) {
    slices.sort((a, b) => (a.path < b.path ? -1 : 1));
    const brightest = slices.reduce(
      (most, { image }) => image.values.reduce((a, b) => Math.max(a, b), most),
      1,
    );
    for (const { image, mask, path } of slices) {
      if (mask.height !== image.height || mask.width !== image.width) {
        throw new Error(
          `${name} › ${path} has ${image.height} × ${image.width} pixels, its mask ${mask.height} × ${mask.width}.`,
        );
      }
      const data = Uint8Array.from(image.values, (value) =>
        Math.max(0, Math.round((255 * value) / brightest)),
      );
      const grey: PixelImage = { height: image.height, width: image.width, channels: 1, data };
      images.push(resizeImage(grey, height, width).data);
      masks.push(resizeMask(mask, height, width));
    }
  }
  const train = new SegmentedImages({
    images: Buffer.concat(images),
    masks: Buffer.concat(masks),
    shape,
    classNames: card.classNames,
  });
  return { kind: "segmentation", train, classNames: card.classNames, shape };
}

// The class of the nearest pixel: an average of two classes would be a third.
function resizeMask(mask: PixelImage, height: number, width: number): Uint8Array {
  const nearest = nearestPixel(mask, height, width);
  return Uint8Array.from({ length: height * width }, (_, index) => {
    return Math.round((mask.data[nearest(index) * mask.channels] as number) / levelsPerClass);
  });
}
