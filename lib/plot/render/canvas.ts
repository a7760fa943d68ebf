// The canvas (Skia) and the one font that is shipped with it, so that text looks and measures the same on every
// machine. Vega measures text on the same canvas.

import { createRequire } from "node:module";

type CanvasModule = typeof import("canvas");

/** Family names of all text in figures: the shipped font, or where a page lacks it what the reader's browser has. */
export const fontFamily = "DejaVu Sans, sans-serif";

const shipped = "DejaVu Sans";
const styles = ["400-normal", "400-italic", "700-normal", "700-italic"];

let loading: Promise<CanvasModule> | undefined;

/**
 * The canvas with its font, loaded once.
 *
 * @throws Error where there is no canvas for this kind of machine.
 */
export function loadCanvas(): Promise<CanvasModule> {
  loading ??= load();
  return loading;
}

async function load(): Promise<CanvasModule> {
  const require = createRequire(import.meta.url);
  let canvas: CanvasModule;
  try {
    canvas = await import("canvas");
  } catch (cause) {
    throw new Error(
      `Pixels can't be drawn here: @napi-rs/canvas can't be loaded on ${process.platform}-${process.arch}. ` +
        "Figures can still be shown and saved as .svg and .html.",
      { cause },
    );
  }
  for (const style of styles) {
    const file = require.resolve(`@fontsource/dejavu-sans/files/dejavu-sans-latin-${style}.woff`);
    canvas.GlobalFonts.registerFromPath(file, shipped);
  }
  return canvas;
}
