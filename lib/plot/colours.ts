// Colours that stay apart for colour-blind eyes, on screen and in grey print.

/** Okabe and Ito, 2008 (without its yellow, which vanishes on white): one colour a series. */
export const seriesColours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"];

/** Red, green and blue, 0 to 255. */
type Rgb = readonly [red: number, green: number, blue: number];

/** A colour for a value scaled to 0 … 1. */
export type ColourMap = (level: number) => Rgb;

/** Black to white. */
export const grey: ColourMap = (level) => {
  const value = Math.round(255 * level);
  return [value, value, value];
};

/** Blue below the middle, white at 0.5, red above: for values with a sign. */
export const blueWhiteRed: ColourMap = (level) => {
  const blue: Rgb = [33, 102, 172];
  const white: Rgb = [255, 255, 255];
  const red: Rgb = [178, 24, 43];
  return level < 0.5 ? mix(blue, white, level * 2) : mix(white, red, level * 2 - 1);
};

function mix(from: Rgb, to: Rgb, part: number): Rgb {
  const channel = (index: 0 | 1 | 2) => Math.round(from[index] + (to[index] - from[index]) * part);
  return [channel(0), channel(1), channel(2)];
}
