// Scalers: each column becomes (x − center) / scale with numbers learned from the training part alone, so that nothing
// of the test part leaks into training. Same results as scikit-learn's scalers of the same names.

import {
  type Like,
  type Numbers,
  present,
  quantile,
  readTable,
  requireColumns,
  requireFitted,
  type Table,
  tableLike,
} from "./table.ts";

interface Column {
  center: number;
  scale: number;
}

/** What the three scalers have in common. NaN is a missing value: not learned from, and kept. */
abstract class Scaler {
  #columns: Column[] | undefined;

  /** What a column of known values is moved by and divided by. */
  protected abstract learn(values: Float64Array): Column;

  /** Moved out of every column, in its units. */
  get center(): number[] {
    return requireFitted(this.#columns, this.constructor.name).map(({ center }) => center);
  }

  /** Every column is divided by this, in its units; 1 for a constant column. */
  get scale(): number[] {
    return requireFitted(this.#columns, this.constructor.name).map(({ scale }) => scale);
  }

  /**
   * Learn from the training part: `[examples, columns]`, or one column `[examples]`.
   *
   * @throws RangeError for an empty table, infinite values or a column without any value.
   */
  fit(table: Table): this {
    const numbers = readTable(table);
    this.#columns = Array.from({ length: numbers.columns }, (_, column) => {
      const values = present(numbers, column);
      if (values.length === 0) throw new RangeError(`Column ${column} has no value: all are missing (NaN).`);
      return this.learn(values);
    });
    return this;
  }

  /**
   * Scale with what was learned: arrays come back as arrays, a tensor as a new tensor that the caller disposes.
   *
   * @throws RangeError before `fit`, or for another number of columns.
   */
  transform<Input extends Table>(table: Input): Like<Input> {
    return this.#each(table, (value, { center, scale }) => (value - center) / scale);
  }

  /** Learn from the table and scale it. */
  fitTransform<Input extends Table>(table: Input): Like<Input> {
    return this.fit(table).transform(table);
  }

  /** Back to the former units. */
  inverse<Input extends Table>(table: Input): Like<Input> {
    return this.#each(table, (value, { center, scale }) => value * scale + center);
  }

  #each<Input extends Table>(table: Input, change: (value: number, column: Column) => number): Like<Input> {
    const columns = requireFitted(this.#columns, this.constructor.name);
    const numbers: Numbers = readTable(table);
    requireColumns(numbers.columns, columns.length, this.constructor.name);
    const values = numbers.values.map((value, index) =>
      change(value, columns[index % columns.length] as Column),
    );
    return tableLike(table, { ...numbers, values });
  }
}

/** Mean 0 and standard deviation 1 (of the population, divided by n) in every column. */
export class StandardScaler extends Scaler {
  protected override learn(values: Float64Array): Column {
    const count = values.length;
    const center = values.reduce((sum, value) => sum + value, 0) / count;
    const variance = values.reduce((sum, value) => sum + (value - center) ** 2, 0) / count;
    // Rounding leaves a tiny variance in a constant column (Chan, Golub and LeVeque, 1983).
    const rounding = count * Number.EPSILON * variance + (count * center * Number.EPSILON) ** 2;
    return { center, scale: variance <= rounding ? 1 : Math.sqrt(variance) };
  }
}

/** The training part's smallest and largest value of every column become 0 and 1, or the ends of `range`. */
export class MinMaxScaler extends Scaler {
  readonly #range: readonly [low: number, high: number];

  /**
   * @param options.range Where the values go. Defaults to `[0, 1]`.
   * @throws RangeError if the range does not rise.
   */
  constructor({ range = [0, 1] }: { range?: readonly [low: number, high: number] } = {}) {
    super();
    if (!(range[0] < range[1])) {
      throw new RangeError(
        `range is [${range}]; the first number must be below the second, such as [-1, 1].`,
      );
    }
    this.#range = range;
  }

  protected override learn(values: Float64Array): Column {
    const [low, high] = this.#range;
    let least = Infinity;
    let most = -Infinity;
    for (const value of values) {
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    const extent = most - least;
    const scale = (extent < 10 * Number.EPSILON ? 1 : extent) / (high - low);
    return { center: least - low * scale, scale };
  }
}

/** Median 0 and the range between two quantiles 1 in every column: outliers don't count. */
export class RobustScaler extends Scaler {
  readonly #quantiles: readonly [low: number, high: number];

  /**
   * @param options.quantiles Both from 0 to 1. Defaults to `[0.25, 0.75]`, the interquartile range.
   * @throws RangeError if the quantiles don't rise from 0 to 1.
   */
  constructor({ quantiles = [0.25, 0.75] }: { quantiles?: readonly [low: number, high: number] } = {}) {
    super();
    const [low, high] = quantiles;
    if (!(low >= 0 && low < high && high <= 1)) {
      throw new RangeError(`quantiles are [${quantiles}]; they must rise from 0 to 1, such as [0.25, 0.75].`);
    }
    this.#quantiles = quantiles;
  }

  protected override learn(values: Float64Array): Column {
    const sorted = values.slice().sort();
    const extent = quantile(sorted, this.#quantiles[1]) - quantile(sorted, this.#quantiles[0]);
    return { center: quantile(sorted, 0.5), scale: extent < 10 * Number.EPSILON ? 1 : extent };
  }
}
