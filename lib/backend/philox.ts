// The generator Philox4x32-10 (Salmon et al., 2011, Parallel Random Numbers: As Easy as 1, 2, 3) as TensorFlow seeds it in
// its operations without a state: other backends draw the same numbers to the bit.

const factor = 0xd2511f53 | 0;
const otherFactor = 0xcd9e8d57 | 0;
/** What is added to the two parts of the key from round to round. */
const weyl = 0x9e3779b9 | 0;
const otherWeyl = 0xbb67ae85 | 0;
/** Bits beyond the 24 that float32 holds exactly. */
const surplus = 8;

/** `count` whole numbers of 32 bits of a seed that is two whole numbers. */
function philoxWords(count: number, [low, high]: Int32Array): Int32Array {
  const block = new Int32Array(4);
  // TensorFlow makes a key and a counter of the seed, by a key of its own.
  fillBlock(block, 0x3ec8f720, 0x02461e29, low, low >> 31, high, high >> 31);
  const [key, otherKey, third, fourth] = block;
  const words = new Int32Array(count);
  for (let start = 0; start < count; start += 4) {
    fillBlock(block, key, otherKey, start / 4, 0, third, fourth);
    const end = Math.min(start + 4, count);
    for (let index = start; index < end; index++) words[index] = block[index - start];
  }
  return words;
}

/** `count` numbers uniform in [0, 1). */
export function philoxUniform(count: number, seed: Int32Array): Float32Array {
  return Float32Array.from(philoxWords(count, seed), (word) => (word >> surplus) * 2 ** (surplus - 32) + 0.5);
}

/** `count` values, 1 where a whole number of 16 bits is `least` or more and 0 elsewhere. */
export function philoxMask(count: number, least: number, seed: Int32Array): Float32Array {
  const halves = new Int16Array(philoxWords(Math.ceil(count / 2), seed).buffer, 0, count);
  return Float32Array.from(halves, (half) => (half >= least ? 1 : 0));
}

/** `count` numbers of the normal distribution with mean 0 and standard deviation 1 (Box and Muller, 1958). */
export function philoxNormal(count: number, seed: Int32Array): Float32Array {
  const uniform = philoxUniform(2 * count, seed);
  const turn = Math.fround(2 * Math.PI);
  const numbers = uniform.subarray(0, count);
  for (let index = 0; index < count; index++) {
    // 1 − u keeps the logarithm finite.
    const radius = Math.sqrt(-2 * Math.log(1 - numbers[index]));
    numbers[index] = radius * Math.cos(Math.fround(uniform[count + index] * turn));
  }
  return numbers;
}

/** Four numbers of 32 bits each of a key and a counter. */
function fillBlock(
  block: Int32Array,
  key: number,
  otherKey: number,
  a: number,
  b: number,
  c: number,
  d: number,
): void {
  for (let round = 0; round < 10; round++) {
    const upper = upperHalf(0x1f53, 0xd251, a);
    const otherUpper = upperHalf(0x8d57, 0xcd9e, c);
    const lower = Math.imul(factor, a);
    a = otherUpper ^ b ^ key;
    b = Math.imul(otherFactor, c);
    c = upper ^ d ^ otherKey;
    d = lower;
    key = (key + weyl) | 0;
    otherKey = (otherKey + otherWeyl) | 0;
  }
  block[0] = a;
  block[1] = b;
  block[2] = c;
  block[3] = d;
}

/** The upper 32 of the 64 bits of a product whose first factor comes in two halves (Warren, 2012, Hacker's Delight). */
function upperHalf(low: number, high: number, value: number): number {
  const valueLow = value & 0xffff;
  const valueHigh = value >>> 16;
  const middle = (Math.imul(high, valueLow) + (Math.imul(low, valueLow) >>> 16)) | 0;
  const carried = (Math.imul(low, valueHigh) + (middle & 0xffff)) | 0;
  return (Math.imul(high, valueHigh) + (middle >>> 16) + (carried >>> 16)) | 0;
}
