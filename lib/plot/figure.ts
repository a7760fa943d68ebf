// One type for everything that can be looked at: it knows its representations and makes each when asked.

import { writeFile } from "node:fs/promises";
import { extname } from "node:path";
import { didYouMean } from "../data/nearest.ts";
import { displaySymbol, type MimeBundle } from "./display.ts";
import { rasterize } from "./render/rasterize.ts";
import { renderSvg, type VegaLiteSpec } from "./vega.ts";

/** What a figure is made of; `text` is always there, the others where they make sense. */
export interface FigureContent {
  /** One line that says what is to be seen. */
  text: string;
  /** A chart; its SVG is rendered from it. */
  vegaLite?: VegaLiteSpec;
  /** A drawing. */
  svg?: string;
  /** Formatted text that can be read where scripts don't run; it stands for the drawing in notebooks. */
  html?: string;
  /** Pixels. */
  png?: Uint8Array;
  /** The pixels of an animation in the older format. */
  gif?: () => Promise<Uint8Array>;
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
   * Write the figure to a file; the ending chooses the format: `.png`, `.svg`, `.html` (a page
   * that needs no network), `.json` (the Vega-Lite specification of a chart) or `.gif` (animations).
   *
   * @throws RangeError if the figure has no such form; the message names the ones it has.
   */
  async save(path: string): Promise<void> {
    const ending = extname(path).toLowerCase();
    const endings = Object.keys(this.#forms());
    const form = this.#forms()[ending];
    if (form === undefined) {
      throw new RangeError(
        `This figure can't be saved as "${path}"; possible endings: ${endings.join(", ")}.${didYouMean(ending, endings)}`,
      );
    }
    await writeFile(path, await form());
  }

  /**
   * The picture's pixels, as a PNG.
   *
   * @param options.scale Pixels for each unit of a chart or drawing. Defaults to `2`.
   * @throws RangeError if the figure is of text alone.
   * @throws Error where there is no canvas for this kind of machine.
   */
  async toPng(options: { scale?: number } = {}): Promise<Uint8Array> {
    const { vegaLite, svg, png, text } = this.#content;
    // The pixels of a drawing hold its title and captions, too.
    if (vegaLite) return rasterize(await renderSvg(vegaLite), options.scale);
    if (svg !== undefined) return rasterize(svg, options.scale);
    if (png) return png;
    throw new RangeError(`This figure has no pixels, it is text: ${text}`);
  }

  #forms(): Record<string, () => Promise<string | Uint8Array> | string | Uint8Array> {
    const { vegaLite, svg, html, png, gif, text } = this.#content;
    const own = svg ?? (png && drawingOf(png));
    const drawing = vegaLite ? () => renderSvg(vegaLite) : own === undefined ? undefined : () => own;
    const picture = async () => html ?? (await drawing?.()) ?? escapeXml(text);
    const pixels = drawing && (() => this.toPng());
    const page = async () =>
      `<!doctype html>\n<meta charset="utf-8">\n<title>${escapeXml(text)}</title>\n${await picture()}\n`;
    return {
      ...(pixels && { ".png": pixels }),
      ...(drawing && { ".svg": drawing }),
      ".html": page,
      ...(vegaLite && { ".json": () => `${JSON.stringify(vegaLite, null, 2)}\n` }),
      ...(gif && { ".gif": gif }),
    };
  }

  [displaySymbol](): Promise<MimeBundle> {
    return this.toMime();
  }
}

/** An SVG that shows a PNG, pixel for pixel. */
function drawingOf(png: Uint8Array): string {
  // The header is the first chunk of every PNG.
  const header = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const size = `width="${header.getUint32(16)}" height="${header.getUint32(20)}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size}><image ${size} href="${pngUrl(png)}"/></svg>`;
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
