// Sums and moments that don't depend on how the examples were cut into batches: running sums in float64 would drift
// apart by more than 1e-12 over a long stream.

/** A sum with its rounding error carried along (Neumaier, 1974). */
export class Sum {
  #sum = 0;
  #error = 0;

  get value(): number {
    return this.#sum + this.#error;
  }

  add(value: number): void {
    const next = this.#sum + value;
    // ∞ − ∞ would make an infinite sum NaN.
    if (Number.isFinite(next)) {
      this.#error +=
        Math.abs(this.#sum) >= Math.abs(value) ? this.#sum - next + value : value - next + this.#sum;
    }
    this.#sum = next;
  }

  merge(other: Sum): void {
    this.add(other.#sum);
    this.add(other.#error);
  }
}

/** Weighted mean of values. */
export class Mean {
  readonly #sum = new Sum();
  readonly #weight = new Sum();

  /** Sum of weight · value. */
  get sum(): number {
    return this.#sum.value;
  }

  /** Sum of the weights. */
  get weight(): number {
    return this.#weight.value;
  }

  /** NaN if all weights are 0. */
  get value(): number {
    return this.sum / this.weight;
  }

  add(value: number, weight: number): void {
    this.addSum(weight * value, weight);
  }

  /** Add what has been summed already. */
  addSum(sum: number, weight: number): void {
    this.#sum.add(sum);
    this.#weight.add(weight);
  }

  merge(other: Mean): void {
    this.#sum.merge(other.#sum);
    this.#weight.merge(other.#weight);
  }
}

/**
 * Sum of squared distances from the weighted mean, without the cancellation of E[x²] − E[x]² (West, 1979, "Updating
 * mean and variance estimates"; Chan, Golub and LeVeque, 1983, for `merge`). The mean is kept as a distance from the
 * first value, so that values far from 0, such as years, keep their digits.
 */
export class Moments {
  #origin = 0;
  #weight = 0;
  #mean = 0;
  readonly #squares = new Sum();

  /** Σ weight · (value − mean)². */
  get squares(): number {
    return this.#squares.value;
  }

  add(value: number, weight: number): void {
    if (weight === 0) return;
    if (this.#weight === 0) this.#origin = value;
    this.#weight += weight;
    const shifted = value - this.#origin;
    const distance = shifted - this.#mean;
    this.#mean += (distance * weight) / this.#weight;
    this.#squares.add(weight * distance * (shifted - this.#mean));
  }

  merge(other: Moments): void {
    if (other.#weight === 0) return;
    if (this.#weight === 0) this.#origin = other.#origin;
    const total = this.#weight + other.#weight;
    const distance = other.#origin - this.#origin + other.#mean - this.#mean;
    this.#squares.merge(other.#squares);
    this.#squares.add((distance * distance * this.#weight * other.#weight) / total);
    this.#mean += (distance * other.#weight) / total;
    this.#weight = total;
  }
}
