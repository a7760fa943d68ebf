// Computed examples with the shapes, classes and columns of a set that can't be had: a program runs on them
// to the end, but what it measures says nothing about the set.

import { ArrayExamples } from "../arrays.ts";
import type { DatasetCard } from "../card.ts";
import type { DatasetContent, SignalsContent, TableContent, TextContent } from "../dataset.ts";
import { type RandomSource, random } from "../random.ts";
import { Table } from "../table.ts";
import { textContent } from "./plain.ts";
import { cells, detection, hazy, labelledImages, organs, unsplitImages } from "./stand-in-images.ts";
import { bumpyBall, superquadrics, volumes } from "./stand-in-solids.ts";

/** A stand-in for the set of a card; the same on every machine. */
export function standIn(card: DatasetCard): DatasetContent {
  return makers[card.format](card, random(0));
}

const makers: Record<DatasetCard["format"], (card: DatasetCard, source: RandomSource) => DatasetContent> = {
  idx: labelledImages,
  "cifar-10": labelledImages,
  gtsrb: labelledImages,
  "csv-images": unsplitImages,
  "npy-images": unsplitImages,
  "pgm-folders": unsplitImages,
  "mnist-1d": signals,
  csv: table,
  text,
  voc: detection,
  "image-pairs": cells,
  chaos: organs,
  "haze-pairs": hazy,
  nifti: volumes,
  "mesh-module": bumpyBall,
  modelnet: superquadrics,
};

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

// Every class is a sum of its own waves; each curve is shifted, stretched and noisy.
function signals(card: DatasetCard, source: RandomSource): SignalsContent {
  const [length] = card.shape as [number];
  const waves = card.classNames.map(() =>
    [1, 2, 3].map((frequency) => ({
      frequency,
      strength: source.normal() / frequency,
      phase: 2 * Math.PI * source.uniform(),
    })),
  );
  const curves = (count: number) => {
    const targets = source.permutation(count).map((place) => place % card.classNames.length);
    const inputs = new Float32Array(count * length);
    targets.forEach((label, index) => {
      const [shift, strength] = [0.3 * source.uniform(), 0.7 + 0.6 * source.uniform()];
      for (let step = 0; step < length; step++) {
        const value = (waves[label] ?? []).reduce((sum, wave) => {
          return (
            sum +
            wave.strength * Math.sin(2 * Math.PI * wave.frequency * (step / length + shift) + wave.phase)
          );
        }, 0);
        inputs[index * length + step] = strength * value + 0.1 * source.normal();
      }
    });
    return new ArrayExamples({
      inputs,
      inputShape: [length],
      targets: Int32Array.from(targets),
      targetShape: [],
      classNames: card.classNames,
    });
  };
  return {
    kind: "signals",
    train: curves(1000),
    test: curves(200),
    classNames: card.classNames,
    shape: [length],
  };
}
