// Colours that stay apart for colour-blind eyes, on screen and in grey print.

import { requireOneOf } from "../data/nearest.ts";

/** Okabe and Ito, 2008 (without its yellow, which vanishes on white): one colour a series. */
export const seriesColours = [
  "#0072B2",
  "#D55E00",
  "#009E73",
  "#CC79A7",
  "#E69F00",
  "#56B4E9",
  "#000000",
] as const;

/** Red, green and blue, 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** A colour for a value scaled to 0 … 1. */
export type ColourMap = (level: number) => Rgb;

/**
 * Scales of colour: brightness, signed values with white at 0, and values from 0 on (viridis and inferno are those
 * of Smith and van der Walt, 2015: as bright as their value is large, so that no edge appears where there is none).
 */
export type ColourName = "grey" | "diverging" | "viridis" | "inferno";

export const colourMaps: Record<ColourName, ColourMap> = {
  grey: (level) => {
    const value = Math.round(255 * level);
    return [value, value, value];
  },
  // Blue below the middle, white at 0.5, red above.
  diverging: between([
    [33, 102, 172],
    [255, 255, 255],
    [178, 24, 43],
  ]),
  viridis: between([
    [68, 1, 84],
    [72, 40, 120],
    [62, 74, 137],
    [49, 104, 142],
    [38, 130, 142],
    [31, 158, 137],
    [53, 183, 121],
    [109, 205, 89],
    [180, 222, 44],
    [253, 231, 37],
  ]),
  inferno: between([
    [0, 0, 4],
    [27, 12, 65],
    [74, 12, 107],
    [120, 28, 109],
    [165, 44, 96],
    [207, 68, 70],
    [237, 105, 37],
    [251, 155, 6],
    [247, 209, 61],
    [252, 255, 164],
  ]),
};

/** A colour as CSS writes it. */
export function css([red, green, blue]: Rgb): string {
  return `rgb(${red},${green},${blue})`;
}

/** @throws RangeError if there are no colours of that name; the message names the nearest ones. */
export function requireColours(name: ColourName): void {
  requireOneOf<string>("colours", name, Object.keys(colourMaps));
}

/**
 * Colours of a scale at equal distances, from the first to the last; of lines on a `background` only those that are seen
 * on it.
 */
export function stops(name: ColourName, background?: string): string[] {
  const colours = Array.from({ length: 9 }, (_, index) => colourMaps[name](index / 8));
  const seen = background
    ? colours.filter((colour) => contrast(colour, parseHex(background)) >= 1.7)
    : colours;
  return seen.map(css);
}

/** Contrast of two colours, 1 to 21 (WCAG 2.2). */
export function contrast(a: Rgb, b: Rgb): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** A colour written as `#rrggbb`. */
export function parseHex(colour: string): Rgb {
  const channel = (start: number) => Number.parseInt(colour.slice(start, start + 2), 16);
  return [channel(1), channel(3), channel(5)];
}

/** How bright a colour is, 0 to 1: relative luminance of sRGB (WCAG 2.2). */
export function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Colours at equal distances from 0 to 1, mixed in between. */
function between(colours: readonly Rgb[]): ColourMap {
  const last = colours.length - 1;
  return (level) => {
    const place = Math.min(1, Math.max(0, level)) * last;
    const index = Math.min(last - 1, Math.floor(place));
    return mix(colours[index] as Rgb, colours[index + 1] as Rgb, place - index);
  };
}

function mix(from: Rgb, to: Rgb, part: number): Rgb {
  const channel = (index: 0 | 1 | 2) => Math.round(from[index] + (to[index] - from[index]) * part);
  return [channel(0), channel(1), channel(2)];
}
