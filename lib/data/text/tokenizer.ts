// What all tokenizers have in common: special tokens are found first, the text between them is left to each kind.

import { writeFile } from "node:fs/promises";
import type { Vocabulary } from "./vocabulary.ts";

export interface TokenizerOptions {
  /**
   * Tokens that stand for themselves wherever they appear in text, such as `["<pad>", "<start>", "<end>", "<unk>"]`;
   * they get the first numbers. `"<unk>"` is given for what is not in the vocabulary. Defaults to none.
   */
  special?: readonly string[];
}

/** One text or several: a vocabulary is learned from all of them. */
export type Texts = string | readonly string[];

/** Text to token numbers and back. */
export abstract class Tokenizer {
  readonly vocabulary: Vocabulary;
  readonly #specialPattern: RegExp | undefined;
  protected readonly unknown: number | undefined;

  constructor(vocabulary: Vocabulary) {
    this.vocabulary = vocabulary;
    this.unknown = vocabulary.special.includes("<unk>") ? vocabulary.find("<unk>") : undefined;
    // The longest first, so that "<end>" does not hide "<end>>".
    const special = [...vocabulary.special].sort((a, b) => b.length - a.length);
    if (special.length > 0) this.#specialPattern = new RegExp(`(${special.map(quote).join("|")})`);
  }

  /** Number of tokens, special ones included: a model's last layer has as many outputs. */
  get size(): number {
    return this.vocabulary.size;
  }

  /**
   * The token numbers of a text.
   *
   * @throws RangeError for text that is not in the vocabulary, if there is no `"<unk>"`.
   */
  encode(text: string): Int32Array {
    const parts = this.#specialPattern ? text.split(this.#specialPattern) : [text];
    // Splitting by a group gives text and special tokens in turn.
    const ids = parts.flatMap((part, index) =>
      index % 2 === 1 ? [this.vocabulary.id(part)] : part === "" ? [] : this.encodePlain(part),
    );
    return Int32Array.from(ids);
  }

  /**
   * The text of token numbers.
   *
   * @param options.special Write special tokens too. Defaults to `false`.
   * @throws RangeError for a number that is no token.
   */
  decode(ids: ArrayLike<number>, { special = false }: { special?: boolean } = {}): string {
    const count = this.vocabulary.special.length;
    let text = "";
    let run: number[] = [];
    for (const id of Array.from(ids)) {
      if (id >= count || !Number.isInteger(id) || id < 0) {
        this.vocabulary.token(id);
        run.push(id);
      } else {
        if (!special) continue;
        text += this.decodePlain(run) + this.vocabulary.token(id);
        run = [];
      }
    }
    return text + this.decodePlain(run);
  }

  /** The tokens of a text as they stand in the vocabulary. */
  tokens(text: string): string[] {
    return Array.from(this.encode(text), (id) => this.vocabulary.token(id));
  }

  /** Write the tokenizer to a JSON file, for `tokenizers.load`. */
  async save(path: string): Promise<void> {
    await writeFile(path, `${JSON.stringify(this)}\n`);
  }

  /** All that is needed to make the tokenizer again with `tokenizers.fromJSON`. */
  abstract toJSON(): object;

  protected abstract encodePlain(text: string): number[];
  protected abstract decodePlain(ids: number[]): string;
}

/** @throws RangeError if there is no text to learn from. */
function toTexts(texts: Texts): readonly string[] {
  const list = typeof texts === "string" ? [texts] : texts;
  if (!list.some((text) => text.length > 0)) throw new RangeError("There is no text to learn tokens from.");
  return list;
}

/** The text between special tokens. */
export function withoutSpecial(texts: Texts, special: readonly string[]): string[] {
  const list = toTexts(texts);
  if (special.length === 0) return [...list];
  const pattern = new RegExp(
    [...special]
      .sort((a, b) => b.length - a.length)
      .map(quote)
      .join("|"),
  );
  return list.flatMap((text) => text.split(pattern)).filter((text) => text !== "");
}

function quote(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
