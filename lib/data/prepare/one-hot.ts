// Categories, such as names of towns or class numbers, become columns of 0 and 1, one for each that was seen in training.

import { didYouMean } from "../nearest.ts";
import { requireColumns, requireFitted } from "./table.ts";

/** A category: a number or a name. */
export type Category = string | number | boolean;

/** Rows of categories `[examples, columns]`, or one column `[examples]`. */
export type Categories = readonly Category[] | readonly (readonly Category[])[];

/** One-hot columns for categories, and back. */
export class OneHotEncoder {
  readonly #ignoreUnknown: boolean;
  #columns: Map<Category, number>[] | undefined;

  /** @param options.unknown A category that `fit` has not seen: `"error"`, or `"ignore"` for all zeros. Defaults to `"error"`. */
  constructor({ unknown = "error" }: { unknown?: "error" | "ignore" } = {}) {
    this.#ignoreUnknown = unknown === "ignore";
  }

  /** The categories of each column in order: numbers by value, names by their characters. */
  get categories(): Category[][] {
    return requireFitted(this.#columns, "OneHotEncoder").map((places) => [...places.keys()]);
  }

  /**
   * Learn which categories there are.
   *
   * @throws RangeError if there are none, or rows differ in length.
   */
  fit(categories: Categories): this {
    const rows = toRows(categories);
    this.#columns = Array.from({ length: rows[0]?.length ?? 0 }, (_, column) => {
      const found = [...new Set(rows.map((row) => row[column] as Category))].sort(compare);
      return new Map(found.map((category, place) => [category, place]));
    });
    return this;
  }

  /**
   * Rows of 0 and 1, `[examples, categories of all columns]`.
   *
   * @throws RangeError before `fit`, for another number of columns, or for a category that was not seen.
   */
  transform(categories: Categories): number[][] {
    const columns = requireFitted(this.#columns, "OneHotEncoder");
    const rows = toRows(categories);
    requireColumns(rows[0]?.length ?? 0, columns.length, "OneHotEncoder");
    return rows.map((row, index) =>
      columns.flatMap((places, column) => {
        const category = row[column] as Category;
        const place = places.get(category);
        if (place === undefined && !this.#ignoreUnknown) {
          throw new RangeError(
            `Row ${index}, column ${column} is ${JSON.stringify(category)}, which was not in the training part. Known: ` +
              `${[...places.keys()].map((known) => JSON.stringify(known)).join(", ")}.${didYouMean(String(category), [...places.keys()].map(String))} ` +
              'Use { unknown: "ignore" } to give such rows zeros.',
          );
        }
        return Array.from({ length: places.size }, (_, each) => (each === place ? 1 : 0));
      }),
    );
  }

  /** Learn from the categories and encode them. */
  fitTransform(categories: Categories): number[][] {
    return this.fit(categories).transform(categories);
  }

  /**
   * The category with the largest number in each column's part of a row; undefined where all are 0.
   *
   * @param rows `[examples, categories of all columns]`: what `transform` gives, or a model's probabilities.
   * @throws RangeError before `fit`, or for another number of columns.
   */
  inverse(rows: readonly ArrayLike<number>[]): (Category | undefined)[][] {
    const columns = requireFitted(this.#columns, "OneHotEncoder").map((places) => [...places.keys()]);
    const width = columns.reduce((sum, each) => sum + each.length, 0);
    return rows.map((row) => {
      requireColumns(row.length, width, "OneHotEncoder's output");
      let start = 0;
      return columns.map((known) => {
        const part = Array.from(row).slice(start, start + known.length);
        start += known.length;
        const most = Math.max(...part);
        return most > 0 ? known[part.indexOf(most)] : undefined;
      });
    });
  }
}

function toRows(categories: Categories): readonly (readonly Category[])[] {
  if (categories.length === 0) throw new RangeError("There are no categories: the column is empty.");
  const rows = categories.map((row) => (Array.isArray(row) ? row : [row])) as Category[][];
  const columns = rows[0]?.length;
  const wrong = rows.findIndex((row) => row.length !== columns);
  if (wrong >= 0) {
    throw new RangeError(
      `Row ${wrong} has ${rows[wrong]?.length} columns and row 0 has ${columns}; all must be alike.`,
    );
  }
  return rows;
}

function compare(a: Category, b: Category): number {
  if (typeof a === "string" || typeof b === "string") return String(a) < String(b) ? -1 : 1;
  return Number(a) - Number(b);
}
