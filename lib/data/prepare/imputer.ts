// Missing values (NaN) are filled with a number learned from the training part.

import { requireOneOf } from "../nearest.ts";
import {
  type Like,
  present,
  quantile,
  type Rows,
  readTable,
  requireColumns,
  requireFitted,
  tableLike,
} from "./table.ts";

const strategies = {
  mean: (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length,
  median: (values: Float64Array) => quantile(values.slice().sort(), 0.5),
  mostFrequent,
};

/** Fills missing values (NaN), column by column. */
export class Imputer {
  readonly #strategy: keyof typeof strategies;
  #fills: number[] | undefined;

  /**
   * @param options.strategy `"mean"`, `"median"` or `"mostFrequent"` (of equally frequent the smallest).
   *   Defaults to `"median"`.
   * @throws RangeError for another strategy.
   */
  constructor({ strategy = "median" }: { strategy?: keyof typeof strategies } = {}) {
    requireOneOf<string>("strategy", strategy, Object.keys(strategies));
    this.#strategy = strategy;
  }

  /** What the missing values of each column are filled with. */
  get fills(): number[] {
    return [...requireFitted(this.#fills, "Imputer")];
  }

  /**
   * Learn from the training part: `[examples, columns]`, or one column `[examples]`.
   *
   * @throws RangeError if a column has no value at all, or values are infinite.
   */
  fit(table: Rows): this {
    const numbers = readTable(table);
    this.#fills = Array.from({ length: numbers.columns }, (_, column) => {
      const values = present(numbers, column);
      if (values.length === 0) {
        throw new RangeError(`Column ${column} has no value to learn from: all are missing; leave it out.`);
      }
      return strategies[this.#strategy](values);
    });
    return this;
  }

  /**
   * The table without gaps: arrays come back as arrays, a tensor as a new tensor that the caller disposes.
   *
   * @throws RangeError before `fit`, or for another number of columns.
   */
  transform<Input extends Rows>(table: Input): Like<Input> {
    const fills = requireFitted(this.#fills, "Imputer");
    const numbers = readTable(table);
    requireColumns(numbers.columns, fills.length, "Imputer");
    const values = numbers.values.map((value, index) =>
      Number.isNaN(value) ? (fills[index % fills.length] as number) : value,
    );
    return tableLike(table, { ...numbers, values });
  }

  /** Learn from the table and fill it. */
  fitTransform<Input extends Rows>(table: Input): Like<Input> {
    return this.fit(table).transform(table);
  }
}

function mostFrequent(values: Float64Array): number {
  const counts = new Map<number, number>();
  for (const value of values.slice().sort()) counts.set(value, (counts.get(value) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return [...counts].find(([, count]) => count === most)?.[0] as number;
}
