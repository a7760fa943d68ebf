// A model for tests of searches: predicts the class whose mean is nearest, after a shift that spoils it. As a module it
// is what worker processes import.

import type { Estimator } from "../learn.ts";

export interface Settings {
  /** Added to every feature on prediction: the further from 0 the worse. */
  shift: number;
  /** Ends the process, throws or never answers instead of learning. */
  fault?: "exit" | "throw" | "hang";
}

class NearestMean implements Estimator {
  readonly kind = "classifier";
  readonly #settings: Settings;
  #means = new Map<number, number>();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  async fit(x: number[][], y: number[]): Promise<void> {
    const { fault } = this.#settings;
    if (fault === "exit") process.exit(3);
    if (fault === "throw") throw new Error("This candidate can't learn.");
    if (fault === "hang") await new Promise((resolve) => setTimeout(resolve, 60_000));
    for (const label of new Set(y)) {
      const values = x.filter((_, index) => y[index] === label).map(([value]) => value as number);
      this.#means.set(label, values.reduce((sum, value) => sum + value, 0) / values.length);
    }
  }

  predict(x: number[][]): number[] {
    return x.map(([value]) => {
      const distance = (mean: number) => Math.abs((value as number) + this.#settings.shift - mean);
      const [nearest] = [...this.#means].sort(([, a], [, b]) => distance(a) - distance(b));
      return nearest?.[0] as number;
    });
  }

  score(x: number[][], y: number[]): number {
    return this.predict(x).filter((label, index) => label === y[index]).length / y.length;
  }
}

export function make(settings: Settings): NearestMean {
  return new NearestMean(settings);
}
