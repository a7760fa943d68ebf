// One token for each word, number or punctuation mark: short sequences, but what training has not seen is unknown.

import { type Texts, Tokenizer, type TokenizerOptions, withoutSpecial } from "./tokenizer.ts";
import { Vocabulary } from "./vocabulary.ts";

export interface WordOptions extends TokenizerOptions {
  /** Most tokens in the vocabulary, special ones included; the rarest words are left out. Defaults to all. */
  size?: number;
  /** Words that appear less often are left out. Defaults to `1`. */
  minCount?: number;
  /** Write everything in lower case first. Defaults to `true`. */
  lowercase?: boolean;
}

// Letters with their accents and inner apostrophes, runs of digits, or one other mark.
const wordPattern = /\p{L}[\p{L}\p{M}\p{N}_]*(?:['’]\p{L}[\p{L}\p{M}]*)*|\p{N}+|[^\s\p{L}\p{N}]/gu;

/** One token for each word, number or punctuation mark. */
export class WordTokenizer extends Tokenizer {
  readonly #lowercase: boolean;

  constructor(vocabulary: Vocabulary, lowercase: boolean) {
    super(vocabulary);
    this.#lowercase = lowercase;
  }

  protected override encodePlain(text: string): number[] {
    return words(text, this.#lowercase).map(
      (word) => this.vocabulary.find(word) ?? this.unknown ?? this.vocabulary.id(word),
    );
  }

  /** Spaces between words as in English; the text's own spaces and line breaks are not known any more. */
  protected override decodePlain(ids: number[]): string {
    return ids
      .map((id) => this.vocabulary.token(id))
      .join(" ")
      .replace(/ ([.,;:!?)\]}%»”])/g, "$1")
      .replace(/([([{«“]) /g, "$1");
  }

  override toJSON() {
    const { tokens, special } = this.vocabulary;
    return {
      type: "word" as const,
      special,
      lowercase: this.#lowercase,
      tokens: tokens.slice(special.length),
    };
  }
}

/**
 * A token for every word of the texts, the most frequent first and equally frequent ones by their characters.
 * `"<unk>"` is always one of the special tokens.
 *
 * @throws RangeError if there is no text, or no place for words.
 */
export function word(texts: Texts, options: WordOptions = {}): WordTokenizer {
  const { size = Infinity, minCount = 1, lowercase = true } = options;
  const given = options.special ?? [];
  const special = given.includes("<unk>") ? given : [...given, "<unk>"];
  if (!(size > special.length)) {
    throw new RangeError(
      `size is ${size}; with ${special.length} special tokens it must be larger, such as 10000.`,
    );
  }
  const counts = new Map<string, number>();
  for (const text of withoutSpecial(texts, special)) {
    for (const found of words(text, lowercase)) counts.set(found, (counts.get(found) ?? 0) + 1);
  }
  const kept = [...counts]
    .filter(([, count]) => count >= minCount)
    .sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
    .slice(0, size - special.length)
    .map(([found]) => found);
  return new WordTokenizer(new Vocabulary(kept, special), lowercase);
}

function words(text: string, lowercase: boolean): string[] {
  return (lowercase ? text.toLowerCase() : text).match(wordPattern) ?? [];
}
