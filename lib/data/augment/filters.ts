// Blur, sharpness and noise. Blur and sharpness equal torchvision's gaussian_blur and adjust_sharpness.

import { blank, each, type Image, pixels, reflect } from "./image.ts";
import { define, draw, type Range } from "./transform.ts";

/** Gaussian blur; sigma in pixels, a range or one number; the kernel is as wide as `size` (odd), or 6 sigma and more. */
export const blur = define(
  "blur",
  { sigma: [0.1, 2] as Range, size: 0, p: 0.5 },
  ({ sigma, size }, random) => {
    const width = typeof sigma === "number" ? sigma : draw(sigma, 0, random);
    const taps = size || 2 * Math.ceil(3 * width) + 1;
    if (!(width >= 0) || taps % 2 !== 1) {
      throw new RangeError(
        `blur: sigma is ${width} and size ${size}; sigma must be at least 0, size odd (or 0).`,
      );
    }
    return pixels((image) => (width === 0 ? image : gaussianBlur(image, width, taps)));
  },
);

/** Sharpness: factor 0 is smooth, 1 the image, 2 sharp. A number b means 1 − b to 1 + b. */
export const sharpness = define("sharpness", { factor: 0.5 as Range, p: 0.5 }, ({ factor }, random) => {
  const ratio = draw(factor, 1, random);
  return pixels((image) => sharpen(image, ratio));
});

/** Gaussian noise is added to every value: sigma in parts of the largest value, 0 to 1. */
export const noise = define("noise", { sigma: 0.05 as Range, p: 0.5 }, ({ sigma }, random) => {
  const strength = typeof sigma === "number" ? sigma : draw(sigma, 0, random);
  return pixels((image) => {
    const whole = image.bound === 255 ? Math.round : (value: number) => value;
    return each(image, (value) => whole(value + strength * image.bound * random.normal()));
  });
});

function gaussianBlur(image: Image, sigma: number, size: number): Image {
  const { height, width, channels } = image;
  const reach = (size - 1) / 2;
  const kernel = Float64Array.from({ length: size }, (_, tap) =>
    Math.exp(-((tap - reach) ** 2) / (2 * sigma ** 2)),
  );
  const sum = kernel.reduce((total, weight) => total + weight, 0);
  const weights = kernel.map((weight) => weight / sum);
  const row = width * channels;
  const across = new Float64Array(image.data.length);
  for (let tap = 0; tap < size; tap++) {
    const weight = weights[tap] as number;
    for (let x = 0; x < width; x++) {
      const from = reflect(x + tap - reach, width) * channels;
      for (let y = 0; y < height; y++) {
        for (let channel = 0; channel < channels; channel++) {
          const at = y * row + x * channels + channel;
          across[at] = (across[at] as number) + weight * (image.data[y * row + from + channel] as number);
        }
      }
    }
  }
  const both = new Float64Array(image.data.length);
  for (let tap = 0; tap < size; tap++) {
    const weight = weights[tap] as number;
    for (let y = 0; y < height; y++) {
      const from = reflect(y + tap - reach, height) * row;
      for (let at = 0; at < row; at++) {
        both[y * row + at] = (both[y * row + at] as number) + weight * (across[from + at] as number);
      }
    }
  }
  const round = image.bound === 255 ? Math.round : (value: number) => value;
  return each(image, (_, index) => round(both[index] as number));
}

function sharpen(image: Image, ratio: number): Image {
  const { height, width, channels, data, bound } = image;
  if (height < 3 || width < 3) return image;
  const smooth = blank({ ...image, bound: 1 }, height, width);
  smooth.data.set(data);
  const row = width * channels;
  for (let y = 1; y < height - 1; y++) {
    for (let at = y * row + channels; at < (y + 1) * row - channels; at++) {
      let sum = 4 * (data[at] as number);
      for (const dy of [-row, 0, row]) {
        for (const dx of [-channels, 0, channels]) sum += data[at + dy + dx] as number;
      }
      smooth.data[at] = bound === 255 ? Math.round(sum / 13) : sum / 13;
    }
  }
  return each(image, (value, index) => value + ((smooth.data[index] as number) - value) * (1 - ratio));
}
