// The canvas (Skia) and the one font that is shipped with it, so that text looks and measures the same on every
// machine. Vega measures text on the same canvas.

import { createRequire } from "node:module";
import { dirname, join } from "node:path";

type CanvasModule = typeof import("canvas");

/** Family names of all text in figures: the shipped font, or where a page lacks it what the reader's browser has. */
export const fontFamily = "DejaVu Sans, sans-serif";

/** What the shipped font is called; "sans-serif" would else be another font on every machine. */
const families = ["DejaVu Sans", "sans-serif"];
const styles = ["400-normal", "400-italic", "700-normal", "700-italic"];

let canvas: CanvasModule | undefined;

/**
 * The canvas with its font, loaded once.
 *
 * @throws Error where there is no canvas for this kind of machine.
 */
export function loadCanvas(): CanvasModule {
  canvas ??= load();
  return canvas;
}

function load(): CanvasModule {
  const require = createRequire(import.meta.url);
  let loaded: CanvasModule;
  try {
    loaded = require("canvas");
  } catch (cause) {
    throw new Error(
      `Pixels can't be drawn here: @napi-rs/canvas can't be loaded on ${process.platform}-${process.arch}. ` +
        "Figures can still be shown and saved as .svg and .html.",
      { cause },
    );
  }
  const folder = dirname(require.resolve("@fontsource/dejavu-sans/package.json"));
  for (const style of styles) {
    const file = join(folder, "files", `dejavu-sans-latin-${style}.woff`);
    for (const family of families) loaded.GlobalFonts.registerFromPath(file, family);
  }
  return loaded;
}

/** Make the font known to the canvas; nothing where there is none. */
export function loadFont(): void {
  try {
    loadCanvas();
  } catch {
    // Vega estimates then how wide text is.
  }
}
