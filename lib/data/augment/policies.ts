// Augmentation without tuning: RandAugment (Cubuk et al., 2020) and TrivialAugment (Müller and Hutter, 2021). Operations and
// their strengths are those of torchvision.

import { rotate, shear, translate } from "./affine.ts";
import { brightness, contrast, posterize, saturation, solarize } from "./colour.ts";
import { sharpness } from "./filters.ts";
import { autocontrast, equalize } from "./histogram.ts";
import { define, type Transform } from "./transform.ts";

/** An operation at a level from 0 to 1 in a direction of −1 or 1, in the narrow or the wide table. */
type Operation = (level: number, sign: number, wide: boolean, fill: number) => Transform | undefined;

const p = 1;
const only = (value: number) => [value, value] as const;
const degrees = (slope: number) => (Math.atan(slope) * 180) / Math.PI;
const reach = (wide: boolean) => (wide ? 0.99 : 0.9);

const operations: Operation[] = [
  () => undefined,
  (level, sign, wide, fill) => shear({ x: only(sign * degrees(level * (wide ? 0.99 : 0.3))), y: 0, fill, p }),
  (level, sign, wide, fill) => shear({ x: 0, y: only(sign * degrees(level * (wide ? 0.99 : 0.3))), fill, p }),
  (level, sign, wide, fill) =>
    translate({ x: only(sign * level * (wide ? 0.14 : 150 / 331)), y: 0, fill, p }),
  (level, sign, wide, fill) =>
    translate({ x: 0, y: only(sign * level * (wide ? 0.14 : 150 / 331)), fill, p }),
  (level, sign, wide, fill) => rotate({ degrees: only(sign * level * (wide ? 135 : 30)), fill, p }),
  (level, sign, wide) => brightness({ factor: only(1 + sign * level * reach(wide)), p }),
  (level, sign, wide) => saturation({ factor: only(1 + sign * level * reach(wide)), p }),
  (level, sign, wide) => contrast({ factor: only(1 + sign * level * reach(wide)), p }),
  (level, sign, wide) => sharpness({ factor: only(1 + sign * level * reach(wide)), p }),
  (level, _sign, wide) => posterize({ bits: 8 - Math.round(level * (wide ? 6 : 4)), p }),
  // At level 0 nothing is at the threshold.
  (level) => solarize({ threshold: level === 0 ? Infinity : 1 - level, p }),
  () => autocontrast({ p }),
  () => equalize({ p }),
];

/** `count` operations one after the other, drawn from fourteen, all at the same `level` from 0 to 1. */
export const randAugment = define(
  "randAugment",
  { count: 2, level: 0.3, fill: 0, p: 1 },
  ({ count, level, fill }, random) => {
    if (!(level >= 0 && level <= 1)) {
      throw new RangeError(
        `randAugment: level is ${level}; it must be from 0 to 1 (torchvision's magnitude over 30).`,
      );
    }
    return (sample) => {
      let result = sample;
      for (let turn = 0; turn < count; turn++) {
        const operation = operations[random.integer(operations.length)] as Operation;
        const sign = random.uniform() < 0.5 ? -1 : 1;
        result = operation(level, sign, false, fill)?.apply(result, random) ?? result;
      }
      return result;
    };
  },
);

/** One operation, drawn from fourteen, at a random strength of 31 up to `most` (0 to 1) of a wide range: nothing to tune. */
export const trivialAugment = define(
  "trivialAugment",
  { most: 1, fill: 0, p: 1 },
  ({ most, fill }, random) => {
    const operation = operations[random.integer(operations.length)] as Operation;
    const level = (most * random.integer(31)) / 30;
    const sign = random.uniform() < 0.5 ? -1 : 1;
    return (sample) => operation(level, sign, true, fill)?.apply(sample, random) ?? sample;
  },
);
