// A folder with one sub-folder of images for each class.

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { LabelledImages } from "../labelled-images.ts";
import type { PixelImage } from "./netpbm.ts";
import { readImage } from "./pictures.ts";
import { resizeImage } from "./resize.ts";

interface ImageFolderOptions {
  /** Height and width in pixels that every image is brought to. Defaults to their own, which must then be the same. */
  imageSize?: readonly [height: number, width: number];
  /** 1 for grey, 3 for colour. Defaults to that of the first image. */
  channels?: 1 | 3;
  signal?: AbortSignal;
}

const endings = /\.(jpe?g|png|pgm|ppm)$/i;

/**
 * Read JPEG, PNG, PGM and PPM images; the names of the sub-folders, in alphabetical order, are the classes.
 *
 * @throws Error naming the folder if it has no sub-folder with images; naming the file if it is damaged or, without
 *   `imageSize`, of another size than the first.
 */
export async function readImageFolder(
  folder: string,
  options: ImageFolderOptions = {},
): Promise<LabelledImages> {
  const entries = await readdir(folder, { withFileTypes: true });
  const classNames = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const read: NamedImage[] = [];
  const labels: number[] = [];
  for (const [label, className] of classNames.entries()) {
    for (const file of (await readdir(join(folder, className))).sort()) {
      options.signal?.throwIfAborted();
      if (!endings.test(file)) continue;
      const path = join(folder, className, file);
      read.push({ path, image: readImage(await readFile(path), path) });
      labels.push(label);
    }
  }
  if (read.length === 0) {
    throw new Error(`${folder} holds no images in sub-folders; expected CLASS/FILE.jpg, .png, .pgm or .ppm.`);
  }
  if (classNames.length > 256)
    throw new Error(`${folder} has ${classNames.length} classes; at most 256 are possible.`);
  const { images, shape } = stackImages(read, options);
  return new LabelledImages({ images, labels: Uint8Array.from(labels), shape, classNames });
}

interface NamedImage {
  path: string;
  image: PixelImage;
}

/**
 * Images one after the other as bytes.
 *
 * @throws Error naming the first file of another size than the first image's, if no size is given.
 */
export function stackImages(
  named: readonly NamedImage[],
  { imageSize, channels: wanted }: ImageFolderOptions,
): { images: Uint8Array; shape: [height: number, width: number, channels: number] } {
  const first = (named[0] as NamedImage).image;
  const [height, width] = imageSize ?? [first.height, first.width];
  const channels = wanted ?? first.channels;
  const images = new Uint8Array(named.length * height * width * channels);
  named.forEach(({ path, image }, index) => {
    if (!imageSize && (image.height !== height || image.width !== width)) {
      throw new Error(
        `${path} has ${image.height} × ${image.width} pixels (height × width), the first image ${height} × ${width}; ` +
          "bring all to one size with imageSize.",
      );
    }
    const sized = withChannels(resizeImage(image, height, width), channels);
    images.set(sized.data, index * height * width * channels);
  });
  return { images, shape: [height, width, channels] };
}

// Grey is the luma of ITU-R 601, as in Pillow.
function withChannels(image: PixelImage, channels: 1 | 3): PixelImage {
  if (image.channels === channels) return image;
  const data = new Uint8Array(image.width * image.height * channels);
  const value = (index: number) => image.data[index] as number;
  for (let pixel = 0; pixel < image.width * image.height; pixel++) {
    if (channels === 3) data.fill(value(pixel), 3 * pixel, 3 * pixel + 3);
    else
      data[pixel] = Math.round(
        0.299 * value(3 * pixel) + 0.587 * value(3 * pixel + 1) + 0.114 * value(3 * pixel + 2),
      );
  }
  return { ...image, channels, data };
}
