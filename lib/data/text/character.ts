// One token for each character (Unicode code point): a small vocabulary and long sequences.

import { type Texts, Tokenizer, type TokenizerOptions, withoutSpecial } from "./tokenizer.ts";
import { Vocabulary } from "./vocabulary.ts";

/** One token for each character (Unicode code point). */
export class CharacterTokenizer extends Tokenizer {
  protected override encodePlain(text: string): number[] {
    return Array.from(
      text,
      (character) => this.vocabulary.find(character) ?? this.unknown ?? this.vocabulary.id(character),
    );
  }

  protected override decodePlain(ids: number[]): string {
    return ids.map((id) => this.vocabulary.token(id)).join("");
  }

  override toJSON() {
    const { tokens, special } = this.vocabulary;
    return { type: "character" as const, special, tokens: tokens.slice(special.length) };
  }
}

/**
 * A token for every character of the texts, in the order of Unicode.
 *
 * @throws RangeError if there is no text.
 */
export function character(texts: Texts, { special = [] }: TokenizerOptions = {}): CharacterTokenizer {
  const found = new Set(withoutSpecial(texts, special).flatMap((text) => Array.from(text)));
  const sorted = [...found].sort((a, b) => (a.codePointAt(0) as number) - (b.codePointAt(0) as number));
  return new CharacterTokenizer(new Vocabulary(sorted, special));
}
