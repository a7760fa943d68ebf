// A random choice of the examples of every split.

import type { DatasetContent } from "../dataset.ts";
import { random } from "../random.ts";

interface Selectable<Self> {
  readonly size: number;
  select(indices: ArrayLike<number>): Self;
}

/**
 * `count` examples of every split.
 *
 * @throws RangeError if a split has fewer, or there is nothing to choose from, as in a text.
 */
export function limitContent(content: DatasetContent, count: number, seed: number): DatasetContent {
  switch (content.kind) {
    case "labelled-images":
      return {
        ...content,
        train: content.train.limit(count, { seed }),
        test: content.test.limit(count, { seed }),
      };
    case "unsplit-images":
      return { ...content, all: content.all.limit(count, { seed }) };
    case "signals":
      return { ...content, train: draw(content.train, count, seed), test: draw(content.test, count, seed) };
    case "labelled-meshes":
      return { ...content, train: draw(content.train, count, seed), test: draw(content.test, count, seed) };
    case "restoration":
      return { ...content, all: draw(content.all, count, seed) };
    case "detection":
      return {
        ...content,
        train: draw(content.train, count, seed),
        validation: draw(content.validation, count, seed),
        test: draw(content.test, count, seed),
      };
    case "segmentation":
      return { ...content, train: draw(content.train, count, seed) };
    case "table":
      return { ...content, table: draw(content.table, count, seed) };
    default: {
      const what = { text: "a text", volumes: "a set of volumes", mesh: "a mesh" }[content.kind];
      throw new RangeError(`limit is ${count}, but ${what} has no examples to choose from.`);
    }
  }
}

function draw<Examples extends Selectable<Examples>>(
  examples: Examples,
  count: number,
  seed: number,
): Examples {
  if (!(Number.isInteger(count) && count > 0 && count <= examples.size)) {
    throw new RangeError(
      `${count} examples were asked for; a whole number from 1 to ${examples.size} is possible.`,
    );
  }
  return examples.select(random(seed).permutation(examples.size).subarray(0, count).sort());
}
