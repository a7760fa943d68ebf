// A vocabulary gives every token a number and back. Special tokens come first, so their numbers don't depend on the text.

/** Tokens and their numbers, from 0. */
export class Vocabulary {
  /** All tokens; the position is the number. */
  readonly tokens: readonly string[];
  /** The first tokens, which stand for no text, such as `<pad>`. */
  readonly special: readonly string[];
  readonly #ids: Map<string, number>;

  /** @throws RangeError if a token appears twice or is empty. */
  constructor(tokens: readonly string[], special: readonly string[] = []) {
    this.tokens = [...special, ...tokens];
    this.special = [...special];
    this.#ids = new Map(this.tokens.map((token, id) => [token, id]));
    if (this.#ids.size < this.tokens.length || this.#ids.has("")) {
      const twice = this.tokens.find((token, id) => token === "" || this.#ids.get(token) !== id);
      throw new RangeError(`The token ${JSON.stringify(twice)} is empty or appears twice in the vocabulary.`);
    }
  }

  /** Number of tokens. */
  get size(): number {
    return this.tokens.length;
  }

  /** The token's number, or undefined. */
  find(token: string): number | undefined {
    return this.#ids.get(token);
  }

  /**
   * The token's number.
   *
   * @throws RangeError if there is no such token.
   */
  id(token: string): number {
    const id = this.#ids.get(token);
    if (id === undefined) {
      throw new RangeError(
        `${JSON.stringify(token)} is not in the vocabulary of ${this.size} tokens. Train the tokenizer on text that has ` +
          'it, or give an unknown token: { special: ["<unk>"] }.',
      );
    }
    return id;
  }

  /**
   * The token with a number.
   *
   * @throws RangeError if there is no such number.
   */
  token(id: number): string {
    const token = this.tokens[id];
    if (token === undefined) {
      throw new RangeError(`There is no token ${id}; numbers go from 0 to ${this.size - 1}.`);
    }
    return token;
  }
}
