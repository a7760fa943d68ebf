// One type for everything that can be looked at: it knows its representations and makes each when asked.

import { writeFile } from "node:fs/promises";
import { extname } from "node:path";
import { displaySymbol, type MimeBundle } from "./display.ts";
import { renderSvg, type VegaLiteSpec } from "./vega.ts";

/** What a figure is made of; `text` is always there, the others where they make sense. */
export interface FigureContent {
  /** One line that says what is to be seen. */
  text: string;
  /** A chart; its SVG is rendered from it. */
  vegaLite?: VegaLiteSpec;
  /** A drawing. */
  svg?: string;
  /** Formatted text, without scripts; it stands for the drawing in notebooks. */
  html?: string;
  /** Pixels. */
  png?: Uint8Array;
}

/**
 * A picture: a chart (Vega-Lite and SVG), a drawing (SVG), formatted text (HTML) or pixels (PNG).
 *
 * A notebook shows it when it is a cell's last value; `save` writes it to a file.
 */
export class Figure {
  readonly #content: FigureContent;

  constructor(content: FigureContent) {
    this.#content = content;
  }

  /** All representations for a notebook: the chart and its SVG, the drawing, the pixels, and one line of text. */
  async toMime(): Promise<MimeBundle> {
    const { vegaLite, svg, html, png, text } = this.#content;
    const chart = vegaLite && {
      "application/vnd.vegalite.v5+json": vegaLite,
      "image/svg+xml": await renderSvg(vegaLite),
    };
    // JupyterLab shows image/svg+xml only in notebooks that it trusts, which one that comes with saved outputs
    // is not; the same drawing as an HTML image is always shown, since it can't run scripts.
    const drawing = svg && {
      "text/html": `<img src="data:image/svg+xml,${encodeURIComponent(svg)}" alt="${escapeXml(text)}">`,
    };
    const pixels = png && { "image/png": Buffer.from(png).toString("base64") };
    const formatted = html && { "text/html": html };
    return { ...chart, ...drawing, ...formatted, ...pixels, "text/plain": text };
  }

  /**
   * Write the figure to a file; the ending chooses the format: `.svg`, `.png` (images), `.json` (the Vega-Lite
   * specification of a chart) or `.html` (a page that needs no network).
   *
   * @throws RangeError if the figure has no such form; the message names the ones it has.
   */
  async save(path: string): Promise<void> {
    const { vegaLite, html, png, text } = this.#content;
    const svg = await this.#svg();
    const picture = html ?? svg ?? (png ? `<img src="${pngUrl(png)}">` : "");
    const forms: Record<string, string | Uint8Array | undefined> = {
      ".svg": svg,
      ".png": png,
      ".json": vegaLite && `${JSON.stringify(vegaLite, null, 2)}\n`,
      ".html": `<!doctype html>\n<meta charset="utf-8">\n<title>${escapeXml(text)}</title>\n${picture}\n`,
    };
    const content = forms[extname(path).toLowerCase()];
    if (content === undefined) {
      const possible = Object.keys(forms).filter((ending) => forms[ending] !== undefined);
      throw new RangeError(
        `This figure can't be saved as "${path}"; possible endings: ${possible.join(", ")}.`,
      );
    }
    await writeFile(path, content);
  }

  [displaySymbol](): Promise<MimeBundle> {
    return this.toMime();
  }

  async #svg(): Promise<string | undefined> {
    const { vegaLite, svg } = this.#content;
    return vegaLite ? renderSvg(vegaLite) : svg;
  }
}

/** A PNG as an address that can stand in SVG or HTML. */
export function pngUrl(png: Uint8Array): string {
  return `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
}

/** Text as it must be written in XML and HTML. */
export function escapeXml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
