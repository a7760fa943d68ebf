// What all estimators share: they read arrays and tensors alike, learn anew on every fit, and say plainly when they are
// asked before they have learned, or for other features than they know.

import {
  compareLabels,
  type Label,
  type Labels,
  type Matrix,
  type Rows,
  readLabels,
  readRows,
  readVector,
  requireSameLength,
  type Vector,
} from "../metrics/values.ts";

/** Something that learns from rows of features, `[n, features]`. */
export abstract class Learned<State> {
  /** What it was called by, for messages. */
  abstract readonly name: string;
  #learned: { state: State; columns: number } | undefined;

  /** Number of features that it has learned from. */
  get features(): number {
    return this.#require().columns;
  }

  /** What it has learned. */
  protected get state(): State {
    return this.#require().state;
  }

  /** Forget what was learned, then learn from rows. */
  protected learn(x: Matrix, least: number, learn: (rows: Rows) => State): void {
    this.#learned = undefined;
    const rows = readRows("x", x);
    if (rows.rows < least || rows.columns < 1) {
      throw new RangeError(
        `${this.name} got x of the shape [${rows.rows}, ${rows.columns}]; it needs at least ${least} ` +
          `${least === 1 ? "row" : "rows"} of at least 1 feature.`,
      );
    }
    this.#learned = { state: learn(rows), columns: rows.columns };
  }

  /** Read rows to apply to what was learned. */
  protected read(x: Matrix): Rows {
    const { columns } = this.#require();
    const rows = readRows("x", x);
    if (rows.rows > 0 && rows.columns !== columns) {
      throw new RangeError(`x has ${rows.columns} features; ${this.name} has learned from ${columns}.`);
    }
    return rows;
  }

  #require(): { state: State; columns: number } {
    if (this.#learned) return this.#learned;
    throw new Error(`${this.name} has learned nothing yet; call fit first.`);
  }
}

/** Tells classes apart. */
export abstract class Classifier<State> extends Learned<State> {
  readonly kind = "classifier";
  #classes: Label[] = [];

  /** The classes that it knows, in the order of the columns of what it computes for each. */
  get classes(): readonly Label[] {
    this.state;
    return this.#classes;
  }

  /**
   * Learn from examples with their classes.
   *
   * @param x Features, `[n, features]`.
   * @param y Classes, whole numbers or names, `[n]`.
   * @throws RangeError for NaN, lengths that differ, or fewer than two classes.
   */
  fit(x: Matrix, y: Labels): this {
    this.learn(x, 2, (rows) => {
      const labels = readLabels("y", y);
      requireSameLength({ x: rows.rows, y: labels.length });
      const classes = [...new Set(labels)].sort(compareLabels);
      if (classes.length < 2) {
        throw new RangeError(
          `y holds only the class ${JSON.stringify(classes[0])}; ${this.name} needs at least 2.`,
        );
      }
      const numbers = new Map(classes.map((label, index) => [label, index]));
      this.#classes = classes;
      return this.learnClasses(
        rows,
        Int32Array.from(labels, (label) => numbers.get(label) as number),
        classes.length,
      );
    });
    return this;
  }

  /**
   * The most likely class of each example, `[n]`; of equals the first.
   *
   * @throws Error before `fit`; RangeError for another number of features.
   */
  predict(x: Matrix): Label[] {
    const rows = this.read(x);
    const worth = this.worth(rows);
    const { length } = this.#classes;
    return Array.from({ length: rows.rows }, (_, row) => {
      return this.#classes[argMax(worth.subarray(row * length, (row + 1) * length))] as Label;
    });
  }

  /** Part of the examples that are classified rightly, 0 to 1. */
  score(x: Matrix, y: Labels): number {
    const labels = readLabels("y", y);
    const predicted = this.predict(x);
    requireSameLength({ x: predicted.length, y: labels.length });
    return labels.filter((label, index) => label === predicted[index]).length / labels.length;
  }

  /** Learn from rows with class numbers from 0. */
  protected abstract learnClasses(x: Rows, y: Int32Array, classes: number): State;

  /** A number for each row and class, row after row; the largest of a row is its class. */
  protected abstract worth(x: Rows): Float64Array;
}

/** A classifier that knows how sure it is. */
export abstract class ProbabilisticClassifier<State> extends Classifier<State> {
  /** Probability of each class, `[n, classes]`, every row with the sum 1. */
  predictProbability(x: Matrix): number[][] {
    const rows = this.read(x);
    return toRows(this.worth(rows), this.classes.length);
  }
}

/** Predicts a number. */
export abstract class Regressor<State> extends Learned<State> {
  readonly kind = "regressor";

  /**
   * Learn from examples with their targets.
   *
   * @param x Features, `[n, features]`.
   * @param y Targets, `[n]`.
   * @throws RangeError for NaN or lengths that differ.
   */
  fit(x: Matrix, y: Vector): this {
    this.learn(x, 1, (rows) => {
      const targets = readVector("y", y);
      requireSameLength({ x: rows.rows, y: targets.length });
      return this.learnTargets(rows, targets);
    });
    return this;
  }

  /**
   * The target of each example, `[n]`.
   *
   * @throws Error before `fit`; RangeError for another number of features.
   */
  predict(x: Matrix): number[] {
    return Array.from(this.predictRows(this.read(x)));
  }

  /** Part of the targets' variance that is explained, R²: 1 is best, 0 is no better than their mean. */
  score(x: Matrix, y: Vector): number {
    const targets = readVector("y", y);
    const predicted = this.predict(x);
    requireSameLength({ x: predicted.length, y: targets.length });
    const mean = targets.reduce((sum, value) => sum + value, 0) / targets.length;
    const total = targets.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const rest = targets.reduce((sum, value, index) => sum + (value - (predicted[index] as number)) ** 2, 0);
    return total === 0 ? Number(rest === 0) : 1 - rest / total;
  }

  protected abstract learnTargets(x: Rows, y: Float64Array): State;
  protected abstract predictRows(x: Rows): Float64Array;
}

/** Learns without targets. */
abstract class Unsupervised<State> extends Learned<State> {
  /** Fewest rows to learn from. */
  protected readonly least: number = 1;

  /**
   * Learn from examples.
   *
   * @param x Features, `[n, features]`.
   * @throws RangeError for NaN or too few examples.
   */
  fit(x: Matrix): this {
    this.learn(x, this.least, (rows) => this.learnRows(rows));
    return this;
  }

  protected abstract learnRows(x: Rows): State;
}

/** Gathers examples into clusters. */
export abstract class Clusterer<State extends { labels: ArrayLike<number> }> extends Unsupervised<State> {
  readonly kind = "clusterer";

  /** Cluster of each example that it learned from, from 0; −1 for none. */
  get labels(): number[] {
    return Array.from(this.state.labels);
  }

  /** Learn from examples and tell the cluster of each. */
  fitPredict(x: Matrix): number[] {
    return this.fit(x).labels;
  }
}

/** Tells examples that don't belong from those that do. */
export abstract class OutlierDetector<State extends { threshold: number }> extends Unsupervised<State> {
  readonly kind = "outlierDetector";
  protected override readonly least: number = 2;

  /**
   * How unusual each example is, `[n]`: the higher the more.
   *
   * @throws Error before `fit`; RangeError for another number of features.
   */
  outlierScore(x: Matrix): number[] {
    return Array.from(this.scoreRows(this.read(x), this.state));
  }

  /** Score above which an example is an outlier. */
  get threshold(): number {
    return this.state.threshold;
  }

  /** Whether each example is an outlier, `[n]`. */
  predict(x: Matrix): boolean[] {
    const { threshold } = this;
    return this.outlierScore(x).map((score) => score > threshold);
  }

  protected abstract scoreRows(x: Rows, state: State): Float64Array;
}

/** Describes examples by fewer or other features. */
export abstract class Transformer<State> extends Unsupervised<State> {
  readonly kind = "transformer";

  /**
   * The new features of examples, `[n, components]`.
   *
   * @throws Error before `fit`; RangeError for another number of features.
   */
  transform(x: Matrix): number[][] {
    return this.transformRows(this.read(x));
  }

  /** Learn from examples and give their new features, `[n, components]`. */
  fitTransform(x: Matrix): number[][] {
    return this.fit(x).transform(x);
  }

  protected abstract transformRows(x: Rows): number[][];
}

/** Position of the largest value; of equals the first. */
export function argMax(values: ArrayLike<number>): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) {
    if ((values[index] as number) > (values[best] as number)) best = index;
  }
  return best;
}

/** Values row after row as an array of rows. */
export function toRows(values: Float64Array, columns: number): number[][] {
  return Array.from({ length: values.length / columns }, (_, row) =>
    Array.from(values.subarray(row * columns, (row + 1) * columns)),
  );
}

/** One row, as a view. */
export function rowOf({ values, columns }: Rows, row: number): Float64Array {
  return values.subarray(row * columns, (row + 1) * columns);
}

/** Squared Euclidean distance. */
export function squaredDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += ((a[index] as number) - (b[index] as number)) ** 2;
  return sum;
}

/** @throws RangeError if a number option is not above `low` (and, if given, at most `high`). */
export function requireAbove(name: string, value: number, low: number, high = Infinity): void {
  if (value > low && value <= high && value < Infinity) return;
  const upper = high === Infinity ? "" : ` and at most ${high}`;
  throw new RangeError(`${name} is ${value}; it must be a number above ${low}${upper}.`);
}
