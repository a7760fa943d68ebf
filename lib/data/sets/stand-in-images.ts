// Computed images in place of a set's: with classes, boxes, masks, or pairs of a hazy and a clear one.

import type { DatasetCard } from "../card.ts";
import type {
  DetectionContent,
  LabelledImagesContent,
  RestorationContent,
  SegmentationContent,
  UnsplitImagesContent,
} from "../dataset.ts";
import { DetectionImages, type ObjectBoxes, type PixelBox } from "../detection-images.ts";
import { type ImageShape, pixelCount } from "../images.ts";
import { LabelledImages } from "../labelled-images.ts";
import { PairedImages } from "../paired-images.ts";
import type { RandomSource } from "../random.ts";
import { SegmentedImages } from "../segmented-images.ts";
import { hazyPairs } from "../synthetic/hazy.ts";

// Every class has its own waves; each image shifts and dims them.
function waveImages(card: DatasetCard, source: RandomSource): (perClass: number) => LabelledImages {
  const shape = card.shape as unknown as ImageShape;
  const [height, width, channels] = shape;
  const waves = card.classNames.map(() =>
    Array.from({ length: channels }, () => ({
      across: source.integer(7) - 3,
      down: 1 + source.integer(3),
      phase: 2 * Math.PI * source.uniform(),
    })),
  );
  return (perClass) => {
    const labels = source
      .permutation(perClass * card.classNames.length)
      .map((place) => place % card.classNames.length);
    const values = new Uint8Array(labels.length * pixelCount(shape));
    labels.forEach((label, index) => {
      const [right, down, strength] = [
        source.uniform() * 0.2,
        source.uniform() * 0.2,
        60 + 60 * source.uniform(),
      ];
      for (let pixel = 0; pixel < height * width; pixel++) {
        const [x, y] = [(pixel % width) / width + right, Math.floor(pixel / width) / height + down];
        (waves[label] ?? []).forEach((wave, channel) => {
          const angle = 2 * Math.PI * (wave.across * x + wave.down * y) + wave.phase;
          values[(index * height * width + pixel) * channels + channel] = clip(
            128 + strength * Math.sin(angle) + 15 * source.normal(),
          );
        });
      }
    });
    return new LabelledImages({
      images: values,
      labels: Uint8Array.from(labels),
      shape,
      classNames: card.classNames,
    });
  };
}

export function labelledImages(card: DatasetCard, source: RandomSource): LabelledImagesContent {
  const images = waveImages(card, source);
  const perClass = Math.ceil(1000 / card.classNames.length);
  return {
    kind: "labelled-images",
    train: images(perClass),
    test: images(Math.ceil(perClass / 5)),
    classNames: card.classNames,
    shape: card.shape as unknown as ImageShape,
  };
}

export function unsplitImages(card: DatasetCard, source: RandomSource): UnsplitImagesContent {
  const published = card.splits.all?.size ?? 0;
  const perClass = Math.ceil(Math.min(1000, published) / card.classNames.length);
  return {
    kind: "unsplit-images",
    all: waveImages(card, source)(perClass),
    classNames: card.classNames,
    shape: card.shape as unknown as ImageShape,
  };
}

// Discs on a bright ground, another colour and size for each class.
export function detection(card: DatasetCard, source: RandomSource): DetectionContent {
  const shape = card.shape as unknown as ImageShape;
  const [height, width] = shape;
  // The classes' sizes lie between 3 and 9 hundredths of the image.
  const step = 0.06 / (card.classNames.length - 1);
  const images = (count: number) => {
    const objects: ObjectBoxes[] = Array.from({ length: count }, () => {
      const labels = Array.from({ length: 5 + source.integer(10) }, () =>
        source.integer(card.classNames.length),
      );
      const boxes = labels.map((label): PixelBox => {
        const radius = Math.round(height * (0.03 + step * label) * (0.8 + 0.4 * source.uniform()));
        const [x, y] = [
          radius + source.integer(width - 2 * radius),
          radius + source.integer(height - 2 * radius),
        ];
        return [x - radius, y - radius, x + radius, y + radius];
      });
      return { boxes, labels, ignored: labels.map(() => false) };
    });
    const pixels = (index: number) => paintDiscs(objects[index] as ObjectBoxes, shape);
    return new DetectionImages({ pixels, objects, shape, classNames: card.classNames });
  };
  return {
    kind: "detection",
    train: images(40),
    validation: images(10),
    test: images(10),
    classNames: card.classNames,
    shape,
  };
}

function paintDiscs({ boxes, labels }: ObjectBoxes, [height, width]: ImageShape): Uint8Array {
  const image = new Uint8Array(height * width * 3).fill(225);
  boxes.forEach(([left, top, right, bottom], position) => {
    const label = labels[position] as number;
    const colour = [200 - 40 * label, 90 + 35 * label, 130 + 40 * label];
    const [x, y, radius] = [(left + right) / 2, (top + bottom) / 2, (right - left) / 2];
    for (let row = top; row < bottom; row++) {
      for (let column = left; column < right; column++) {
        if (Math.hypot(column + 0.5 - x, row + 0.5 - y) <= radius)
          image.set(colour, (row * width + column) * 3);
      }
    }
  });
  return image;
}

// Cells around random points, one in each square of a grid; where two are almost equally near, there is a membrane.
export function cells(card: DatasetCard, source: RandomSource): SegmentationContent {
  const shape = card.shape as unknown as ImageShape;
  const [height, width] = shape;
  const count = 6;
  const masks = new Uint8Array(count * height * width);
  const images = new Uint8Array(masks.length);
  const size = Math.max(height, width) / 10;
  // Points beyond the border too, so that every pixel has all its neighbours.
  const side = 14;
  for (let index = 0; index < count; index++) {
    const middles = Array.from({ length: side * side }, (_, square) => {
      const [column, row] = [(square % side) - 2, Math.floor(square / side) - 2];
      return [(column + source.uniform()) * size, (row + source.uniform()) * size] as const;
    });
    for (let pixel = 0; pixel < height * width; pixel++) {
      const [column, row] = [pixel % width, Math.floor(pixel / width)];
      const [across, down] = [Math.floor(column / size) + 2, Math.floor(row / size) + 2];
      let [nearest, second] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
      for (let near = 0; near < 9; near++) {
        const square = (down - 1 + Math.floor(near / 3)) * side + across - 1 + (near % 3);
        const [x, y] = middles[square] as readonly [number, number];
        const distance = Math.sqrt((column - x) ** 2 + (row - y) ** 2);
        if (distance < nearest) [nearest, second] = [distance, nearest];
        else if (distance < second) second = distance;
      }
      const inside = second - nearest > size / 8 ? 1 : 0;
      masks[index * height * width + pixel] = inside;
      images[index * height * width + pixel] = clip((inside ? 170 : 80) + 25 * source.normal());
    }
  }
  const train = new SegmentedImages({ images, masks, shape, classNames: card.classNames });
  return { kind: "segmentation", train, classNames: card.classNames, shape };
}

// A belly with an ellipse for each organ, always in about the same place.
export function organs(card: DatasetCard, source: RandomSource): SegmentationContent {
  const shape = card.shape as unknown as ImageShape;
  const [height, width] = shape;
  const count = 12;
  const masks = new Uint8Array(count * height * width);
  const images = new Uint8Array(masks.length);
  const last = card.classNames.length - 1;
  for (let index = 0; index < count; index++) {
    const ellipses = card.classNames.slice(1).map((_, organ) => {
      const angle = (2 * Math.PI * organ) / last + 0.2 * source.normal();
      return {
        x: 0.5 + 0.22 * Math.cos(angle),
        y: 0.5 + 0.18 * Math.sin(angle),
        across: 0.06 + 0.05 * source.uniform(),
        down: 0.05 + 0.05 * source.uniform(),
        level: 90 + (130 * organ) / last,
      };
    });
    for (let pixel = 0; pixel < height * width; pixel++) {
      const [x, y] = [(pixel % width) / width, Math.floor(pixel / width) / height];
      const organ = ellipses.findIndex((each) => {
        return ((x - each.x) / each.across) ** 2 + ((y - each.y) / each.down) ** 2 < 1;
      });
      const body = ((x - 0.5) / 0.45) ** 2 + ((y - 0.5) / 0.38) ** 2 < 1 ? 60 : 5;
      const place = index * height * width + pixel;
      masks[place] = organ + 1;
      images[place] = clip((ellipses[organ]?.level ?? body) + 8 * source.normal());
    }
  }
  const train = new SegmentedImages({ images, masks, shape, classNames: card.classNames });
  return { kind: "segmentation", train, classNames: card.classNames, shape };
}

export function hazy(card: DatasetCard): RestorationContent {
  const shape = card.shape as unknown as ImageShape;
  const toBytes = (values: ArrayLike<number>) => Uint8Array.from(values, (value) => clip(255 * value));
  const all = new PairedImages({
    read: (index) => {
      const { inputs, targets } = hazyPairs({ samples: 1, imageSize: [shape[0], shape[1]], seed: index });
      return { input: toBytes(inputs), target: toBytes(targets) };
    },
    size: Math.min(50, card.splits.all?.size ?? 0),
    shape,
  });
  return { kind: "restoration", all, shape };
}

function clip(value: number): number {
  return Math.min(255, Math.max(0, Math.round(value)));
}
