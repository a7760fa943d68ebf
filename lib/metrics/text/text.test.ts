import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "../../data/random.ts";
import { assertClose, references } from "../battery/references.ts";
import { characterErrorRate, editDistance, perplexity, wordErrorRate } from "../index.ts";

test("edit distance of known pairs, by Unicode characters and by items", () => {
  assert.equal(editDistance("kitten", "sitting"), 3);
  assert.equal(editDistance("intention", "execution"), 5);
  assert.equal(editDistance("", "abc"), 3);
  assert.equal(editDistance("", ""), 0);
  assert.equal(editDistance("a🐦b", "ab"), 1);
  assert.equal(editDistance([1, 2, 3], Int32Array.of(2, 3, 4)), 2);
});

test("edit distance is that of the recursive definition, and a metric", () => {
  const slow = (a: string, b: string): number => {
    if (a === "" || b === "") return a.length + b.length;
    const [restA, restB] = [a.slice(1), b.slice(1)];
    if (a[0] === b[0]) return slow(restA, restB);
    return 1 + Math.min(slow(restA, b), slow(a, restB), slow(restA, restB));
  };
  const source = random(2);
  const text = () => Array.from({ length: source.integer(7) }, () => "abc"[source.integer(3)]).join("");
  for (let trial = 0; trial < 60; trial++) {
    const [a, b, c] = [text(), text(), text()];
    assert.equal(editDistance(a, b), slow(a, b), `${a}, ${b}`);
    assert.equal(editDistance(a, b), editDistance(b, a));
    assert.ok(editDistance(a, c) <= editDistance(a, b) + editDistance(b, c));
  }
});

test("error rates count edits over the length of all right texts", () => {
  assert.equal(characterErrorRate(["abcd", "ab"], ["abxd", "b"]), 2 / 6);
  assert.equal(wordErrorRate(["the  cat sat", "on"], ["the cat\nsits", "on it"]), 2 / 4);
  assert.equal(characterErrorRate([""], [""]), 0);
  assert.equal(characterErrorRate([""], ["a"]), Number.NaN);
  assert.throws(() => characterErrorRate(["a"], []), /references has 1 examples and hypotheses has 0/);
  assert.throws(() => characterErrorRate("a" as never, ["a"]), /references holds "a"/);
});

test("perplexity of probabilities and of logits", () => {
  const { yTrue, yProb, perplexity: expected } = references.probabilities;
  assertClose(perplexity(yTrue, yProb), expected);
  const texts = (list: unknown[]) =>
    Array.from({ length: 5 }, (_, text) => list.slice(10 * text, 10 * text + 10));
  assertClose(perplexity(texts(yTrue) as number[][], texts(yProb) as number[][][]), expected);
  const logits = yProb.map((row: number[]) => row.map((value) => Math.log(value) + 800));
  assertClose(perplexity(yTrue, logits, { fromLogits: true }), expected, "logits", 1e-11);
  assertClose(
    perplexity(
      [3, 1],
      [
        [0.25, 0.25, 0.25, 0.25],
        [0, 1, 0, 0],
      ],
    ),
    2,
  );
  assertClose(
    perplexity(
      [3, 0],
      [
        [0.25, 0.25, 0.25, 0.25],
        [0, 1, 0, 0],
      ],
      { ignoreToken: 0 },
    ),
    4,
  );
  assert.equal(perplexity([0], [[0, 1]]), Infinity);
  assert.throws(() => perplexity([0], [[2, 3]]), /no probabilities at token 0 \(2\).*fromLogits/);
  assert.throws(() => perplexity([2], [[0, 1]]), /yTrue holds 2 at 0; .* 0 to 1/);
  assert.throws(() => perplexity([[0]], [[0, 1]]), /yPred must be \[1, 1, tokens\]/);
});
