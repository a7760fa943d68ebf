// Byte pair encoding (Sennrich, Haddow and Birch, 2016) over UTF-8 bytes as in GPT-2 (Radford et al., 2019): frequent
// pairs of neighbours become tokens of their own, and no text is unknown, since every byte is a token.

import { type Texts, Tokenizer, type TokenizerOptions, withoutSpecial } from "./tokenizer.ts";
import { Vocabulary } from "./vocabulary.ts";

export interface BytePairOptions extends TokenizerOptions {
  /** Most tokens in the vocabulary: special ones, 256 bytes and as many merged pairs as fit. Defaults to `1000`. */
  size?: number;
  /** A pair that appears less often is not merged. Defaults to `2`. */
  minCount?: number;
}

/** Two neighbouring tokens, counted without the special ones: bytes are 0 to 255, then merged pairs in order. */
type Pair = readonly [left: number, right: number];

// Words keep the space before them; pairs are not merged across words, digits and marks.
const piecePattern = /'(?:[sdmt]|ll|ve|re)| ?\p{L}[\p{L}\p{M}]*| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;
const utf8 = new TextEncoder();

/** Tokens of one or more UTF-8 bytes; any text comes back as it was (lone surrogates, which are no text, as U+FFFD). */
export class BytePairTokenizer extends Tokenizer {
  readonly #pairs: readonly Pair[];
  readonly #ranks: Map<number, number>;
  readonly #bytes: readonly Uint8Array[];
  readonly #known = new Map<string, readonly number[]>();

  /** @throws RangeError if a pair has a token that comes after it. */
  constructor(pairs: readonly Pair[], special: readonly string[] = []) {
    const bytes: Uint8Array[] = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
    for (const [rank, [left, right]] of pairs.entries()) {
      const parts = [bytes[left], bytes[right]];
      if (!parts[0] || !parts[1]) {
        throw new RangeError(
          `Pair ${rank} is [${left}, ${right}]; its tokens must be from 0 to ${255 + rank}.`,
        );
      }
      bytes.push(Uint8Array.of(...parts[0], ...parts[1]));
    }
    super(new Vocabulary(distinct(bytes.map(show), special), special));
    this.#pairs = pairs;
    this.#bytes = bytes;
    this.#ranks = new Map(pairs.map((pair, rank) => [keyOf(...pair), rank]));
  }

  protected override encodePlain(text: string): number[] {
    const shift = this.vocabulary.special.length;
    return pieces(text).flatMap((piece) => {
      let ids = this.#known.get(piece);
      if (!ids) {
        ids = this.#merge([...utf8.encode(piece)]);
        // Words repeat; memory for those that don't is bounded.
        if (this.#known.size >= 50_000) this.#known.clear();
        this.#known.set(piece, ids);
      }
      return ids.map((id) => id + shift);
    });
  }

  protected override decodePlain(ids: number[]): string {
    const shift = this.vocabulary.special.length;
    return Buffer.concat(ids.map((id) => this.#bytes[id - shift] as Uint8Array)).toString("utf8");
  }

  override toJSON() {
    return { type: "bytePair" as const, special: this.vocabulary.special, pairs: this.#pairs };
  }

  // The pair that was learned first is merged first.
  #merge(ids: number[]): number[] {
    for (;;) {
      let best = Infinity;
      for (let at = 0; at + 1 < ids.length; at++) {
        best = Math.min(best, this.#ranks.get(keyOf(ids[at] as number, ids[at + 1] as number)) ?? Infinity);
      }
      if (best === Infinity) return ids;
      ids = mergePair(ids, this.#pairs[best] as Pair, 256 + best);
    }
  }
}

/**
 * Learn byte pairs: the most frequent pair of neighbouring tokens is merged, again and again; of equally frequent ones
 * that with the smaller numbers.
 *
 * @throws RangeError if there is no text, or `size` leaves no place for 256 bytes and the special tokens.
 */
export function bytePair(texts: Texts, options: BytePairOptions = {}): BytePairTokenizer {
  const { size = 1000, minCount = 2, special = [] } = options;
  const most = size - 256 - special.length;
  if (!(most >= 0)) {
    throw new RangeError(
      `size is ${size}; 256 bytes and ${special.length} special tokens need at least ${256 + special.length}.`,
    );
  }
  const counts = new Map<string, number>();
  for (const text of withoutSpecial(texts, special)) {
    for (const piece of pieces(text)) counts.set(piece, (counts.get(piece) ?? 0) + 1);
  }
  return new BytePairTokenizer(learn(counts, most, minCount), special);
}

// Counts of pairs are kept up to date where a merge changes them, instead of counting all text anew for each merge.
function learn(counts: Map<string, number>, most: number, minCount: number): Pair[] {
  const words = [...counts].map(([piece, count]) => ({ ids: [...utf8.encode(piece)], count }));
  const pairCounts = new Map<number, number>();
  const places = new Map<number, Set<number>>();
  const tally = (word: number, sign: 1 | -1) => {
    const { ids, count } = words[word] as (typeof words)[number];
    for (let at = 0; at + 1 < ids.length; at++) {
      const key = keyOf(ids[at] as number, ids[at + 1] as number);
      const total = (pairCounts.get(key) ?? 0) + sign * count;
      if (total > 0) pairCounts.set(key, total);
      else pairCounts.delete(key);
      if (sign < 0) continue;
      const found = places.get(key);
      if (found) found.add(word);
      else places.set(key, new Set([word]));
    }
  };
  for (const word of words.keys()) tally(word, 1);

  const pairs: Pair[] = [];
  while (pairs.length < most) {
    let best = -1;
    let bestCount = 0;
    for (const [key, count] of pairCounts) {
      if (count > bestCount || (count === bestCount && key < best)) {
        best = key;
        bestCount = count;
      }
    }
    if (bestCount < Math.max(1, minCount)) break;
    const pair: Pair = [Math.floor(best / keyBase), best % keyBase];
    const merged = 256 + pairs.length;
    pairs.push(pair);
    for (const word of places.get(best) as Set<number>) {
      const entry = words[word] as (typeof words)[number];
      tally(word, -1);
      entry.ids = mergePair(entry.ids, pair, merged);
      tally(word, 1);
    }
    places.delete(best);
  }
  return pairs;
}

function mergePair(ids: number[], [left, right]: Pair, merged: number): number[] {
  const result: number[] = [];
  for (let at = 0; at < ids.length; at++) {
    if (ids[at] === left && ids[at + 1] === right) {
      result.push(merged);
      at++;
    } else {
      result.push(ids[at] as number);
    }
  }
  return result;
}

function pieces(text: string): string[] {
  return text.match(piecePattern) ?? [];
}

// A pair as one number, ordered by left, then right.
const keyBase = 2 ** 24;
function keyOf(left: number, right: number): number {
  return left * keyBase + right;
}

// Bytes as text for people: UTF-8 where they are whole characters, else hexadecimal such as <E2><82>.
function show(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString("utf8");
  if (!text.includes("�") || Buffer.from("�").equals(bytes)) return text;
  return [...bytes].map((byte) => `<${byte.toString(16).toUpperCase().padStart(2, "0")}>`).join("");
}

// The same text can come from two merges ("a"+"bc", "ab"+"c"): the later one is marked, as names must differ.
function distinct(names: string[], special: readonly string[]): string[] {
  const seen = new Set(special);
  return names.map((name) => {
    let own = name;
    for (let again = 2; seen.has(own); again++) own = `${name}#${again}`;
    seen.add(own);
    return own;
  });
}
