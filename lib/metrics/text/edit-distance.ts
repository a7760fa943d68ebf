// How many insertions, deletions and substitutions turn one text into another, and the error rates made of it.

import { type Accumulator, Metric } from "../metric.ts";
import { requireSameLength } from "../values.ts";

/**
 * Levenshtein distance: the least number of insertions, deletions and substitutions that turn `hypothesis` into
 * `reference`.
 *
 * @param reference Text, compared by Unicode characters, or any sequence such as words.
 * @param hypothesis Of the same kind.
 */
export function editDistance<Item>(
  reference: string | ArrayLike<Item>,
  hypothesis: string | ArrayLike<Item>,
): number {
  const [wanted, found]: unknown[][] = [
    Array.from<unknown>(reference),
    Array.from<unknown>(hypothesis),
  ] as const;
  // distances[j]: from the first i items of the reference to the first j of the hypothesis.
  let distances = Array.from({ length: found.length + 1 }, (_, index) => index);
  for (const [i, item] of wanted.entries()) {
    const next = [i + 1];
    for (const [j, other] of found.entries()) {
      const substituted = (distances[j] as number) + (item === other ? 0 : 1);
      next.push(Math.min(substituted, (distances[j + 1] as number) + 1, (next[j] as number) + 1));
    }
    distances = next;
  }
  return distances[found.length] as number;
}

/** One batch: the right texts and those to judge. */
export type TextBatch = [references: readonly string[], hypotheses: readonly string[]];

class Edits implements Accumulator<TextBatch> {
  readonly #split: (text: string) => string[];
  size = 0;
  edits = 0;
  length = 0;

  constructor(split: (text: string) => string[]) {
    this.#split = split;
  }

  add(...[references, hypotheses]: TextBatch): void {
    for (const [name, texts] of Object.entries({ references, hypotheses })) {
      const wrong = Array.isArray(texts) ? texts.find((text) => typeof text !== "string") : texts;
      if (wrong !== undefined) {
        throw new TypeError(`${name} holds ${JSON.stringify(wrong)}; it must be an array of texts.`);
      }
    }
    requireSameLength({ references: references.length, hypotheses: hypotheses.length });
    for (const [index, reference] of references.entries()) {
      const wanted = this.#split(reference);
      this.edits += editDistance(wanted, this.#split(hypotheses[index] as string));
      this.length += wanted.length;
    }
    this.size += references.length;
  }

  merge(other: Edits): void {
    this.edits += other.edits;
    this.length += other.length;
    this.size += other.size;
  }
}

abstract class ErrorRate extends Metric<TextBatch, Edits, number> {
  constructor(split: (text: string) => string[]) {
    super({
      options: {},
      state: () => new Edits(split),
      // Nothing to say and nothing said is right; NaN where something was said.
      result: ({ edits, length }) => (edits === 0 ? 0 : length === 0 ? Number.NaN : edits / length),
    });
  }
}

/** Streaming {@link characterErrorRate}. */
export class CharacterErrorRate extends ErrorRate {
  constructor() {
    super((text) => Array.from(text));
  }
}

/**
 * Edits of characters in all texts over the length of the right texts; 0 is perfect, and above 1 is possible.
 *
 * @param references The right texts.
 * @param hypotheses The texts to judge, as many.
 * @throws RangeError if there is none, or the two differ in length.
 */
export function characterErrorRate(references: readonly string[], hypotheses: readonly string[]): number {
  return new CharacterErrorRate().update(references, hypotheses).result();
}

/** Streaming {@link wordErrorRate}. */
export class WordErrorRate extends ErrorRate {
  constructor() {
    super((text) => text.split(/\s+/).filter((word) => word !== ""));
  }
}

/**
 * Edits of words, split at white space, in all texts over the number of words in the right texts.
 *
 * Parameters and errors as for `characterErrorRate`.
 */
export function wordErrorRate(references: readonly string[], hypotheses: readonly string[]): number {
  return new WordErrorRate().update(references, hypotheses).result();
}
