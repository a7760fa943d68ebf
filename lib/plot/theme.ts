// Light and dark: the colours of everything around the data. Each is readable wherever it is put, since a figure brings
// its own background.

import { requireOneOf } from "../data/nearest.ts";
import { seriesColours } from "./colours.ts";

export type ThemeName = "light" | "dark";

/** What all figures understand. */
export interface Themed {
  /** Defaults to what `plot.theme` was told last, and `"light"` at first. */
  theme?: ThemeName;
}

interface Theme {
  background: string;
  /** Text, axes and outlines. */
  ink: string;
  /** Frames and colour bars. */
  frame: string;
  /** Lines of the grid, borders of cells. */
  grid: string;
  /** One colour a series. */
  series: readonly string[];
}

const [blue, vermilion, green, purple, orange, sky] = seriesColours;

const themes: Record<ThemeName, Theme> = {
  light: {
    ...{ background: "#ffffff", ink: "#222222", frame: "#cccccc", grid: "#e6e6e6" },
    series: seriesColours,
  },
  // The bright ones first, and white for black.
  dark: {
    ...{ background: "#1b1b1b", ink: "#f0f0f0", frame: "#5a5a5a", grid: "#3a3a3a" },
    series: [sky, orange, green, purple, vermilion, blue, "#ffffff"],
  },
};

let current: ThemeName = "light";

/**
 * Draw figures made from now on in light or dark colours.
 *
 * @returns The theme that is in force; without an argument nothing changes.
 * @throws RangeError if the name is none of the two.
 */
export function theme(name: ThemeName = current): ThemeName {
  themeOf({ theme: name });
  current = name;
  return current;
}

/** The colours that a figure's options ask for. */
export function themeOf({ theme: name = current }: Themed): Theme {
  requireOneOf<string>("theme", name, Object.keys(themes));
  return themes[name];
}
