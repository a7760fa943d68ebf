// Perplexity of a language model: among how many equally likely tokens it hesitates.

import { type Accumulator, Metric } from "../metric.ts";
import { Mean } from "../sums.ts";
import { type Nested, readMask, readNested } from "../values.ts";

/** One batch: the tokens that came, any shape, and the scores of all tokens, with one more axis for them. */
export type TokenBatch = [yTrue: Nested, yPred: Nested];

export interface PerplexityOptions {
  /** The scores are logits, not probabilities. Defaults to `false`. */
  fromLogits?: boolean;
  /** Token that does not count, such as padding. Defaults to none. */
  ignoreToken?: number;
}

class TokenLosses implements Accumulator<TokenBatch> {
  readonly #options: PerplexityOptions;
  readonly mean = new Mean();
  size = 0;

  constructor(options: PerplexityOptions) {
    this.#options = options;
  }

  add(...[yTrue, yPred]: TokenBatch): void {
    const { fromLogits = false, ignoreToken } = this.#options;
    const [truth, scores] = [readMask("yTrue", yTrue), readNested("yPred", yPred)];
    if (truth.labels.length === 0 && scores.values.length === 0) return;
    const vocabulary = scores.shape[scores.shape.length - 1] ?? 0;
    if (
      scores.shape.slice(0, -1).join() !== truth.shape.join() ||
      scores.shape.length !== truth.shape.length + 1
    ) {
      throw new RangeError(
        `yTrue has the shape [${truth.shape}] and yPred [${scores.shape}]; yPred must be [${[...truth.shape, "tokens"].join(", ")}].`,
      );
    }
    const losses = truth.labels.map((token, index) => {
      if (token === ignoreToken) return undefined;
      if (!(token >= 0 && token < vocabulary)) {
        throw new RangeError(
          `yTrue holds ${token} at ${index}; tokens are whole numbers from 0 to ${vocabulary - 1}.`,
        );
      }
      const row = scores.values.subarray(index * vocabulary, (index + 1) * vocabulary);
      return fromLogits ? lossOfLogits(row, token) : lossOfProbabilities(row, token, index);
    });
    for (const loss of losses) {
      if (loss === undefined) continue;
      this.mean.add(loss, 1);
      this.size++;
    }
  }

  merge(other: TokenLosses): void {
    this.mean.merge(other.mean);
    this.size += other.size;
  }
}

function lossOfLogits(row: Float64Array, token: number): number {
  const largest = row.reduce((a, b) => Math.max(a, b));
  const sum = row.reduce((total, logit) => total + Math.exp(logit - largest), 0);
  return Math.log(sum) + largest - (row[token] as number);
}

function lossOfProbabilities(row: Float64Array, token: number, index: number): number {
  const wrong = row.find((probability) => probability < 0 || probability > 1);
  const sum = row.reduce((total, probability) => total + probability, 0);
  if (wrong !== undefined || Math.abs(sum - 1) > 1e-4) {
    throw new RangeError(
      `yPred holds no probabilities at token ${index} (${wrong === undefined ? `they sum to ${sum}` : wrong}); ` +
        "for logits set fromLogits to true.",
    );
  }
  return -Math.log(row[token] as number);
}

/** Streaming {@link perplexity}. */
export class Perplexity extends Metric<TokenBatch, TokenLosses, number> {
  constructor(options: PerplexityOptions = {}) {
    super({
      options,
      state: () => new TokenLosses(options),
      result: ({ mean }) => Math.exp(mean.value),
    });
  }
}

/**
 * exp of the mean negative logarithm of the probability of each token: 1 is certain, the size of the vocabulary is
 * guessing, ∞ where a token came that had the probability 0.
 *
 * @param yTrue Tokens, any shape, such as `[texts, length]`.
 * @param yPred Probabilities (or logits) of all tokens, `[…shape of yTrue, tokens]`.
 * @throws RangeError if there is no token, the shapes don't fit, or the rows are no probabilities.
 */
export function perplexity(yTrue: Nested, yPred: Nested, options: PerplexityOptions = {}): number {
  return new Perplexity(options).update(yTrue, yPred).result();
}
