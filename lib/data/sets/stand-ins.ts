// Computed examples with the shapes, classes and columns of a set that can't be had: a program runs on them
// to the end, but what it measures says nothing about the set.

import type { DatasetCard } from "../card.ts";
import type {
  DatasetContent,
  DetectionContent,
  LabelledImagesContent,
  SegmentationContent,
  TableContent,
  TextContent,
  VolumesContent,
} from "../dataset.ts";
import { DetectionImages, type ObjectBoxes, type PixelBox } from "../detection-images.ts";
import { type ImageShape, pixelCount } from "../images.ts";
import { LabelledImages } from "../labelled-images.ts";
import { type RandomSource, random } from "../random.ts";
import { SegmentedImages } from "../segmented-images.ts";
import { Table } from "../table.ts";
import { Volume } from "../volume.ts";
import { textContent, volumeName } from "./plain.ts";

/** A stand-in for the set of a card; the same on every machine. */
export function standIn(card: DatasetCard): DatasetContent {
  return makers[card.format](card, random(0));
}

const makers: Record<DatasetCard["format"], (card: DatasetCard, source: RandomSource) => DatasetContent> = {
  idx: labelledImages,
  "cifar-10": labelledImages,
  gtsrb: labelledImages,
  csv: table,
  text,
  voc: detection,
  "image-pairs": segmentation,
  nifti: volumes,
};

// Every class has its own waves; each image shifts and dims them.
function labelledImages(card: DatasetCard, source: RandomSource): LabelledImagesContent {
  const shape = card.shape as unknown as ImageShape;
  const [height, width, channels] = shape;
  const waves = card.classNames.map(() =>
    Array.from({ length: channels }, () => ({
      across: source.integer(7) - 3,
      down: 1 + source.integer(3),
      phase: 2 * Math.PI * source.uniform(),
    })),
  );
  const images = (perClass: number) => {
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
  const perClass = Math.ceil(1000 / card.classNames.length);
  return {
    kind: "labelled-images",
    train: images(perClass),
    test: images(Math.ceil(perClass / 5)),
    classNames: card.classNames,
    shape,
  };
}

// Numbers are normal; what is predicted depends on all of them, most on the first.
function table(card: DatasetCard, source: RandomSource): TableContent {
  const rows = 500;
  const target = card.target as string;
  const score = new Float64Array(rows);
  const columns: Record<string, Float64Array | (string | null)[]> = {};
  const scale = (values: readonly string[]) => (row: number) => {
    const part = 1 / (1 + Math.exp(-2 * (score[row] as number)));
    return values[Math.min(values.length - 1, Math.floor(values.length * part))] as string;
  };
  const all = Array.from({ length: rows }, (_, row) => row);
  Object.entries(card.columns ?? {}).forEach(([name, { values, date, missing, range }], position) => {
    if (name === target && !values) {
      columns[name] = card.classNames.length
        ? all.map(scale(card.classNames))
        : score.map((value) => within(value + 0.3 * source.normal(), range));
    } else if (values) columns[name] = all.map(scale(values));
    else if (date)
      columns[name] = all.map((row) => new Date(Date.UTC(2000, 0, 1 + row)).toISOString().slice(0, 10));
    else {
      columns[name] = Float64Array.from(all, (row) => {
        const value = source.normal();
        score[row] = (score[row] as number) + value / (1 + position);
        return missing && source.uniform() < 0.02 ? Number.NaN : within(value, range);
      });
    }
  });
  return { kind: "table", table: new Table(columns), target };
}

function within(value: number, range: readonly [low: number, high: number] | undefined): number {
  if (!range) return value;
  const [low, high] = range;
  return Math.min(high, Math.max(low, (low + high) / 2 + (value * (high - low)) / 4));
}

// Words of syllables: each line is a name, or each paragraph a speaker and what they say.
function text(card: DatasetCard, source: RandomSource): TextContent {
  const pick = (values: readonly string[]) => values[source.integer(values.length)] as string;
  const word = () =>
    Array.from({ length: 1 + source.integer(3) }, () => pick([..."bdfklmnrstv"]) + pick([..."aeiou"])).join(
      "",
    ) + pick(["", "n", "s", "l"]);
  if (card.unit === "names") return textContent(`${Array.from({ length: 1000 }, word).join("\n")}\n`);
  const vocabulary = Array.from({ length: 300 }, word);
  const line = () =>
    `${Array.from({ length: 4 + source.integer(6) }, () => pick(vocabulary)).join(" ")}${pick([",", ".", ";", "!"])}`;
  const speaker = () => `${pick(vocabulary).toUpperCase()}:`;
  const speeches = Array.from({ length: 400 }, () => {
    return [speaker(), ...Array.from({ length: 1 + source.integer(4) }, line)].join("\n");
  });
  return textContent(`${speeches.join("\n\n")}\n`);
}

// Discs on a bright ground, another colour and size for each class.
function detection(card: DatasetCard, source: RandomSource): DetectionContent {
  const shape = card.shape as unknown as ImageShape;
  const [height, width] = shape;
  const images = (count: number) => {
    const objects: ObjectBoxes[] = Array.from({ length: count }, () => {
      const labels = Array.from({ length: 5 + source.integer(10) }, () =>
        source.integer(card.classNames.length),
      );
      const boxes = labels.map((label): PixelBox => {
        const radius = Math.round(height * (0.03 + 0.03 * label) * (0.8 + 0.4 * source.uniform()));
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
function segmentation(card: DatasetCard, source: RandomSource): SegmentationContent {
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

// A head of nested ellipsoids after Shepp and Logan, 1974; the second volume lacks the skull.
function volumes(card: DatasetCard): VolumesContent {
  const [width, depth, height] = card.shape as [number, number, number];
  const shells: [radius: number, value: number][] = [
    [0.95, 220],
    [0.85, 40],
    [0.8, 120],
    [0.65, 180],
    [0.2, 30],
  ];
  const make = (skull: boolean) => {
    const values = new Uint8Array(width * depth * height);
    const visible = (skull ? shells : shells.slice(2)).map(
      ([radius, value]) => [radius ** 2, value] as const,
    );
    let index = 0;
    for (let up = 0; up < height; up++) {
      for (let forward = 0; forward < depth; forward++) {
        const column = ((2 * up) / height - 1) ** 2 + ((2 * forward) / depth - 1) ** 2;
        for (let right = 0; right < width; right++, index++) {
          const squared = column + ((2 * right) / width - 1) ** 2;
          for (const [limit, value] of visible) if (squared < limit) values[index] = value;
        }
      }
    }
    return new Volume({
      values,
      shape: [width, depth, height],
      spacing: [1, 1, 1],
      affine: [width, depth, height].map((size, row) =>
        [0, 1, 2, 3].map((column) => (column === row ? 1 : column === 3 ? -size / 2 : 0)),
      ),
    });
  };
  const files = Object.values(card.splits).flatMap(({ files }) => files.map(({ file }) => volumeName(file)));
  return {
    kind: "volumes",
    volumes: Object.fromEntries(files.map((name, index) => [name, make(index === 0)])),
  };
}

function clip(value: number): number {
  return Math.min(255, Math.max(0, Math.round(value)));
}
