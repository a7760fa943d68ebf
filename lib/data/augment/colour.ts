// Changes of colour and brightness that move nothing. Equal to torchvision's functions of the same names.

import { blank, blend, each, type Image, luminance, pixels } from "./image.ts";
import { define, draw, type Range } from "./transform.ts";

/** Brightness times a factor: 0 is black, 1 the image. A number b means 1 − b to 1 + b. */
export const brightness = define("brightness", { factor: 0.2 as Range, p: 1 }, ({ factor }, random) => {
  const ratio = Math.fround(atLeast0(draw(factor, 1, random), "brightness"));
  return pixels((image) => each(image, (value) => ratio * value));
});

/** Contrast: factor 0 is the mean grey, 1 the image. A number b means 1 − b to 1 + b. */
export const contrast = define("contrast", { factor: 0.2 as Range, p: 1 }, ({ factor }, random) => {
  const ratio = atLeast0(draw(factor, 1, random), "contrast");
  return pixels((image) => {
    const grey = luminance(image);
    const sum = grey.reduce((total, value) => total + (image.bound === 255 ? Math.floor(value) : value), 0);
    return blend(image, ratio, () => Math.fround(sum / grey.length));
  });
});

/** Saturation: factor 0 is grey, 1 the image. A number b means 1 − b to 1 + b. */
export const saturation = define("saturation", { factor: 0.2 as Range, p: 1 }, ({ factor }, random) => {
  const ratio = atLeast0(draw(factor, 1, random), "saturation");
  return pixels((image) => {
    if (image.channels < 3) return image;
    const grey = luminance(image);
    const whole = image.bound === 255 ? Math.floor : (value: number) => value;
    return blend(image, ratio, (index) => whole(grey[Math.floor(index / image.channels)] as number));
  });
});

/** Hue turned by a part of the colour circle, −0.5 to 0.5; a number b means −b to b. Grey images stay. */
export const hue = define("hue", { shift: 0.05 as Range, p: 1 }, ({ shift }, random) => {
  const turn = draw(shift, 0, random);
  return pixels((image) => (image.channels < 3 ? image : turnHue(image, turn)));
});

/** Brightness, contrast, saturation and hue in random order, each as far as its number says; 0 leaves one out. */
export const colourJitter = define(
  "colourJitter",
  { brightness: 0.2 as Range, contrast: 0.2 as Range, saturation: 0.2 as Range, hue: 0.05 as Range, p: 1 },
  (options, random) => {
    const parts = [
      brightness({ factor: options.brightness }),
      contrast({ factor: options.contrast }),
      saturation({ factor: options.saturation }),
      hue({ shift: options.hue }),
    ];
    const order = [...random.permutation(parts.length)];
    return (sample) => order.reduce((result, part) => parts[part]?.apply(result, random) ?? result, sample);
  },
);

/** Colours become grey (luminance in every channel). */
export const gray = define("gray", { p: 0.1 }, () =>
  pixels((image) => {
    if (image.channels < 3) return image;
    const grey = luminance(image);
    return each(image, (_, index) => grey[Math.floor(index / image.channels)] as number);
  }),
);

/** Light becomes dark: 255 (or 1) minus the value. */
export const invert = define("invert", { p: 0.5 }, () =>
  pixels((image) => each(image, (value) => image.bound - value)),
);

/** Values from `threshold` on (a part of the largest value, 0 to 1) are inverted. */
export const solarize = define("solarize", { threshold: 0.5, p: 0.5 }, ({ threshold }) =>
  pixels((image) => {
    const least = threshold * image.bound;
    return each(image, (value) => (value >= least ? image.bound - value : value));
  }),
);

/** Fewer values: so many bits are kept of each, 0 to 8. */
export const posterize = define("posterize", { bits: 4, p: 0.5 }, ({ bits }) => {
  if (!(Number.isInteger(bits) && bits >= 0 && bits <= 8)) {
    throw new RangeError(`posterize: bits is ${bits}; it must be a whole number from 0 to 8.`);
  }
  const levels = 2 ** bits;
  return pixels((image) =>
    image.bound === 255
      ? each(image, (value) => value & ~(2 ** (8 - bits) - 1))
      : each(image, (value) => Math.max(0, Math.min(Math.floor(value * levels), levels - 1)) / levels),
  );
});

// Smith, "Color gamut transform pairs", 1978: to hue, saturation and value, and back.
function turnHue(image: Image, turn: number): Image {
  const { data, bound, channels } = image;
  const result = blank(image, image.height, image.width);
  result.data.set(data);
  for (let at = 0; at + 2 < data.length; at += channels) {
    const red = (data[at] as number) / bound;
    const green = (data[at + 1] as number) / bound;
    const blue = (data[at + 2] as number) / bound;
    const most = Math.max(red, green, blue);
    const extent = most - Math.min(red, green, blue);
    if (extent === 0 && bound !== 255) continue;
    const unit = extent || 1;
    const sector =
      most === red
        ? (green - blue) / unit
        : most === green
          ? 2 + (blue - red) / unit
          : 4 + (red - green) / unit;
    const hue6 = ((((sector / 6 + turn) % 1) + 1) % 1) * 6;
    const grade = most === 0 ? 0 : extent / most;
    for (let channel = 0; channel < 3; channel++) {
      const k = (5 - 2 * channel + hue6) % 6;
      const value = most - most * grade * Math.max(0, Math.min(k, 4 - k, 1));
      result.data[at + channel] = bound === 255 ? Math.fround(value * 255.999) : value;
    }
  }
  return result;
}

function atLeast0(factor: number, name: string): number {
  if (factor >= 0) return factor;
  throw new RangeError(`${name}: the factor is ${factor}; it must be at least 0.`);
}
