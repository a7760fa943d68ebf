// What colours mean: bars from the first to the last colour, with the numbers at their ends.

import { type ColourName, colourMaps, css } from "./colours.ts";
import type { ColourScale } from "./pictures.ts";

const gap = 6;

/** Definitions that the bars refer to. */
export function gradients(names: Iterable<ColourName>): string[] {
  return [...new Set(names)].flatMap((name) =>
    ["across", "up"].map((way) => {
      const stops = Array.from({ length: 11 }, (_, index) => {
        const level = way === "up" ? 1 - index / 10 : index / 10;
        return `<stop offset="${index / 10}" stop-color="${css(colourMaps[name](level))}"/>`;
      });
      const end = way === "up" ? `x2="0" y2="1"` : `x2="1" y2="0"`;
      return `<linearGradient id="${name}-${way}" ${end}>${stops.join("")}</linearGradient>`;
    }),
  );
}

/** A bar around `x`, with numbers below. */
export function lyingBar({ colours, range }: ColourScale, x: number, y: number, width: number): string[] {
  const [from, to] = [x - width / 2, x + width / 2];
  const number = (value: number, at: number, anchor: string) =>
    `<text x="${at}" y="${y + 15}" font-size="9" text-anchor="${anchor}">${shortNumber(value)}</text>`;
  return [
    `<rect x="${from}" y="${y}" width="${width}" height="6" stroke="#888888" stroke-width="0.5" fill="url(#${colours}-across)"/>`,
    number(range[0], from, "start"),
    number(range[1], to, "end"),
  ];
}

/** A bar with numbers at its right. */
export function standingBar(
  { colours, range }: ColourScale,
  x: number,
  top: number,
  height: number,
): string[] {
  const length = Math.max(40, height);
  const marks = colours === "diverging" ? [range[1], 0, range[0]] : [range[1], range[0]];
  return [
    `<rect x="${x}" y="${top + gap / 2}" width="9" height="${length}" stroke="#888888" stroke-width="0.5" fill="url(#${colours}-up)"/>`,
    ...marks.map((value, index) => {
      const y = top + gap / 2 + 8 + (index / (marks.length - 1)) * (length - 9);
      return `<text x="${x + 13}" y="${y}">${shortNumber(value)}</text>`;
    }),
  ];
}

/** A number in the room of a bar: two digits. */
export function shortNumber(value: number): string {
  return value === 0 ? "0" : value.toPrecision(2);
}
