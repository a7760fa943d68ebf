// Text as numbers: tokenizers that learn their vocabulary from text, and windows for language models.

import { readFile } from "node:fs/promises";
import { BytePairTokenizer } from "./byte-pair.ts";
import { CharacterTokenizer } from "./character.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { Vocabulary } from "./vocabulary.ts";
import { WordTokenizer } from "./word.ts";

export { type BytePairOptions, type BytePairTokenizer, bytePair } from "./byte-pair.ts";
export { type CharacterTokenizer, character } from "./character.ts";
export type { Texts, Tokenizer, TokenizerOptions } from "./tokenizer.ts";
export type { Vocabulary } from "./vocabulary.ts";
export { tokenWindows, type WindowOptions } from "./windows.ts";
export { type WordOptions, type WordTokenizer, word } from "./word.ts";

/**
 * The tokenizer that `toJSON` (or JSON.stringify) described.
 *
 * @param json The object, or its text.
 * @throws RangeError if it describes no tokenizer.
 */
export function fromJSON(json: string | object): Tokenizer {
  const saved = (typeof json === "string" ? JSON.parse(json) : json) as
    | ReturnType<CharacterTokenizer["toJSON"]>
    | ReturnType<WordTokenizer["toJSON"]>
    | ReturnType<BytePairTokenizer["toJSON"]>;
  switch (saved.type) {
    case "character":
      return new CharacterTokenizer(new Vocabulary(saved.tokens, saved.special));
    case "word":
      return new WordTokenizer(new Vocabulary(saved.tokens, saved.special), saved.lowercase);
    case "bytePair":
      return new BytePairTokenizer(saved.pairs, saved.special);
    default:
      throw new RangeError(
        `This is no tokenizer: its type is ${JSON.stringify((saved as { type?: unknown }).type)}; ` +
          'it must be "character", "word" or "bytePair".',
      );
  }
}

/** The tokenizer in a file that `tokenizer.save(path)` wrote. */
export async function load(path: string): Promise<Tokenizer> {
  return fromJSON(await readFile(path, "utf8"));
}
