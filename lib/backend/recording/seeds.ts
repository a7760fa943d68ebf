// Seeds of random operations. A recorded step draws them anew at each run, for which its JavaScript need not run.

const seeds = new WeakSet<object>();
const half = 2 ** 26;

/** One number of Math.random and no more, as TensorFlow.js draws; it has 53 bits. */
export function drawSeed(): Int32Array {
  const seed = seedOf(Math.random() * half);
  seeds.add(seed);
  return seed;
}

/** A seed that stays what it is. */
export function seedOf(number: number): Int32Array {
  const whole = Math.floor(number);
  return Int32Array.of(whole, Math.floor((number - whole) * half));
}

/** Whether `values` were drawn as a seed. */
export function isSeed(values: object): boolean {
  return seeds.has(values);
}
