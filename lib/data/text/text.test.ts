import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { random } from "../random.ts";
import * as text from "./index.ts";

await tf.setBackend("cpu");

const english =
  "It was the best of times, it was the worst of times; it wasn't the age of wisdom. ".repeat(3) +
  "Die Straße führt über Łódź — naïve café, 日本語テキスト, 1984 & 👩‍👩‍👧‍👦🇪🇺!\n\n\tEnd.";

function randomText(seed: number): string {
  const source = random(seed);
  const character = () => {
    const kind = source.integer(6);
    if (kind < 2) return 32 + source.integer(95);
    if (kind === 2) return source.integer(32);
    if (kind === 3) return source.integer(0xd800);
    return kind === 4 ? 0xe000 + source.integer(0x2000) : 0x10000 + source.integer(0x100000);
  };
  return Array.from({ length: source.integer(80) }, () => String.fromCodePoint(character())).join("");
}

test("byte pairs: any Unicode text comes back as it was, special tokens in it too", () => {
  const special = ["<pad>", "<end>", "<end>>"];
  const tokenizer = text.bytePair(english, { size: 320, special });
  for (let seed = 0; seed < 300; seed++) {
    const plain = randomText(seed);
    assert.equal(tokenizer.decode(tokenizer.encode(plain)), plain);
    const mixed = `${plain}<end>${randomText(seed + 1000)}<pad><end>>`;
    assert.equal(tokenizer.decode(tokenizer.encode(mixed), { special: true }), mixed);
  }
  assert.equal(tokenizer.decode(tokenizer.encode(english)), english);
  assert.equal(tokenizer.decode(tokenizer.encode("a\ud800b")), "a\ufffdb");
  assert.deepEqual([...tokenizer.encode("<pad><end>>")], [0, 2]);
  assert.equal(tokenizer.decode([1, ...tokenizer.encode("a"), 0]), "a");
  assert.ok(tokenizer.encode(english).length < new TextEncoder().encode(english).length / 2);
});

// Algorithm 1 of Sennrich et al.: count all pairs anew for each merge.
function slowPairs(source: string, merges: number): [number, number][] {
  const pattern = /'(?:[sdmt]|ll|ve|re)| ?\p{L}[\p{L}\p{M}]*| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;
  let words = (source.match(pattern) as string[]).map((word) => [...new TextEncoder().encode(word)]);
  const pairs: [number, number][] = [];
  for (let merge = 0; merge < merges; merge++) {
    const counts = new Map<string, number>();
    for (const word of words) {
      for (let at = 1; at < word.length; at++) {
        const key = `${word[at - 1]},${word[at]}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    }
    const ranked = [...counts].map(([key, count]) => ({ pair: key.split(",").map(Number), count }));
    ranked.sort(
      (a, b) =>
        b.count - a.count ||
        (a.pair[0] as number) - (b.pair[0] as number) ||
        (a.pair[1] as number) - (b.pair[1] as number),
    );
    const best = ranked[0];
    if (!best || best.count < 2) break;
    const [left, right] = best.pair as [number, number];
    pairs.push([left, right]);
    words = words.map((word) => {
      const merged: number[] = [];
      for (let at = 0; at < word.length; at++) {
        const both = word[at] === left && word[at + 1] === right;
        merged.push(both ? 256 + merge : (word[at] as number));
        if (both) at++;
      }
      return merged;
    });
  }
  return pairs;
}

test("byte pairs: learning with counts kept up to date gives the pairs of the paper's plain algorithm", () => {
  const repeated = "aaa aaaa aaaaa banana bananas anan abab ababab ".repeat(4) + english;
  const tokenizer = text.bytePair(repeated, { size: 256 + 120 });
  assert.deepEqual(tokenizer.toJSON().pairs, slowPairs(repeated, 120));
});

test("characters and words", () => {
  const characters = text.character("hello wörld 👍");
  assert.equal(characters.size, 10);
  assert.equal(characters.decode(characters.encode("röd 👍")), "röd 👍");
  assert.deepEqual(characters.tokens("ho"), ["h", "o"]);
  assert.throws(() => characters.encode("xyz"), /"x" is not in the vocabulary of 10 tokens.*<unk>/);
  assert.deepEqual([...text.character("ab", { special: ["<unk>"] }).encode("axb")], [1, 0, 2]);

  const words = text.word("The cat sat. The dog (a big dog) didn't sit; the end!", { special: ["<pad>"] });
  assert.deepEqual(words.vocabulary.tokens.slice(0, 4), ["<pad>", "<unk>", "the", "dog"]);
  assert.equal(words.decode(words.encode("The big (cat) didn't end!")), "the big (cat) didn't end!");
  assert.deepEqual([...words.encode("the zebra")], [2, 1]);
  assert.equal(text.word("a b c a b a", { size: 3 }).size, 3);
  assert.deepEqual(text.word("a b c a b a", { minCount: 2 }).vocabulary.tokens, ["<unk>", "a", "b"]);
});

test("saved and loaded tokenizers are the same", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "nablab-test-"));
  context.after(() => rm(folder, { recursive: true }));
  const special = ["<unk>", "<end>"];
  for (const tokenizer of [
    text.character(english, { special }),
    text.word(english, { special, lowercase: false }),
    text.bytePair(english, { special, size: 300 }),
  ]) {
    const path = join(folder, "tokenizer.json");
    await tokenizer.save(path);
    const loaded = await text.load(path);
    assert.equal(loaded.constructor, tokenizer.constructor);
    assert.deepEqual(loaded.vocabulary.tokens, tokenizer.vocabulary.tokens);
    assert.deepEqual(loaded.encode(`${english}<end>`), tokenizer.encode(`${english}<end>`));
    assert.deepEqual(JSON.stringify(loaded), JSON.stringify(tokenizer));
  }
});

test("windows give the tokens and what comes next, and leave no tensor behind", () => {
  const before = tf.memory().numTensors;
  const tokens = Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7);
  const each = text.tokenWindows(tokens, { length: 3, stride: 2 });
  assert.equal(each.size, 3);
  const { x, y } = each.batch([2, 0]);
  assert.deepEqual(
    [x.arraySync(), y.arraySync(), x.dtype],
    [
      [
        [4, 5, 6],
        [0, 1, 2],
      ],
      [
        [5, 6, 7],
        [1, 2, 3],
      ],
      "int32",
    ],
  );
  const last = text.tokenWindows(tokens, { length: 3, target: "last", oneHot: 8 });
  assert.equal(last.size, 5);
  const batch = last.batch([4]);
  assert.deepEqual([batch.x.shape, batch.y.arraySync()], [[1, 3, 8], [7]]);
  assert.deepEqual(
    tf.tidy(() => batch.x.argMax(-1).arraySync()),
    [[4, 5, 6]],
  );
  tf.dispose([x, y, batch.x, batch.y]);
  assert.equal(tf.memory().numTensors, before);
});

test("bad input is named", () => {
  assert.throws(() => text.bytePair("a", { size: 100 }), /size is 100; 256 bytes and 0 special tokens need/);
  assert.throws(() => text.bytePair(["", ""]), /no text to learn tokens from/);
  assert.throws(() => text.character("ab").decode([2]), /no token 2; numbers go from 0 to 1/);
  assert.throws(() => text.fromJSON({ type: "letters" }), /its type is "letters"/);
  assert.throws(() => text.tokenWindows([1, 2], { length: 2 }), /2 tokens are too few for a window of 2/);
  assert.throws(() => text.tokenWindows([1, 2, 3], { length: 0 }), /length is 0/);
  assert.throws(() => text.tokenWindows([1, 2, 3], { length: 2 }).batch([1]), /no window 1/);
  assert.throws(() => text.character("ab", { special: ["<a>", "<a>"] }), /"<a>" is empty or appears twice/);
});
