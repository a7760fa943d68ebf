// Pictures side by side with titles, captions and colour bars. Pixels are enlarged as squares, so that what the
// network sees is what is seen; text around them is SVG, sharp at every size.

import { encode } from "fast-png";
import { gradients, lyingBar, shortNumber, standingBar } from "./colour-bar.ts";
import { escapeXml, Figure, pngUrl } from "./figure.ts";
import type { ColourScale, Picture } from "./pictures.ts";
import { fontFamily } from "./render/canvas.ts";
import { type Themed, themeOf } from "./theme.ts";

export interface GridOptions extends Themed {
  title?: string;
  /** Pictures in a row. Defaults to the number of column titles, or else to `10`; never more than there are. */
  columns?: number;
  /** A line of text under each picture. */
  captions?: readonly string[];
  /** A line over each column. */
  columnTitles?: readonly string[];
  /** A line before each row. */
  rowTitles?: readonly string[];
  /** Screen pixels for one pixel of a picture. Defaults to what makes the widest about 64 pixels wide. */
  scale?: number;
  /** Say what colours mean: at the right where all pictures share a scale, else under each. Defaults to `false`. */
  colourBar?: boolean;
  /** What `text/plain` says. Defaults to the title, the number and the size of the pictures. */
  text?: string;
}

const gap = 6;
const lineHeight = 16;
const titleHeight = 26;
const barWidth = 64;
const smallest = 7;

/**
 * A figure of pictures. Those of fewer pixels are enlarged to about the width of the others.
 *
 * @throws RangeError if there is no picture, or the captions are not as many.
 */
export function grid(pictures: readonly Picture[], options: GridOptions = {}): Figure {
  const count = pictures.length;
  const { captions, columnTitles, rowTitles, title, colourBar = false } = options;
  if (count === 0) throw new RangeError("There is no picture to show; at least one is needed.");
  if (captions && captions.length !== count) {
    throw new RangeError(`There are ${captions.length} captions for ${count} images; each image needs one.`);
  }
  const { background, ink } = themeOf(options);
  const columns = Math.min(options.columns ?? columnTitles?.length ?? 10, count);
  const rows = Math.ceil(count / columns);
  const bars = colourBar ? barsOf(pictures) : "none";
  const widest = Math.max(...pictures.map(({ width }) => width));
  const shown = widest * (options.scale ?? Math.max(1, Math.round(64 / widest)));
  const scales = pictures.map(({ width }) => Math.max(1, Math.round(shown / width)));
  const tallest = Math.max(...pictures.map(({ height }, index) => height * (scales[index] as number)));
  const broadest = Math.max(...pictures.map(({ width }, index) => width * (scales[index] as number)));
  const cell = {
    width: Math.max(broadest, captions || columnTitles || bars === "each" ? 72 : 0) + gap,
    height: tallest + gap + (captions ? lineHeight : 0) + (bars === "each" ? lineHeight + gap : 0),
  };
  const canvas = { width: columns * cell.width, height: rows * cell.height, channels: 3 } as const;
  const data = new Uint8Array(canvas.width * canvas.height * 3).fill(parseInt(background.slice(1, 3), 16));
  pictures.forEach((picture, index) => {
    const scale = scales[index] as number;
    const left = (index % columns) * cell.width + Math.floor((cell.width - picture.width * scale) / 2);
    const top = Math.floor(index / columns) * cell.height + gap / 2;
    enlarge(picture, scale, (x, y, colour) => data.set(colour, ((top + y) * canvas.width + left + x) * 3));
  });
  const png = encode({ ...canvas, data });
  const text = options.text ?? describe(pictures, title);
  if (!captions && !title && !columnTitles && !rowTitles && bars === "none") return new Figure({ png, text });

  const top = (title ? titleHeight : 0) + (columnTitles ? lineHeight : 0);
  const left = rowTitles ? 12 + 6.2 * Math.max(...rowTitles.map(({ length }) => length)) : 0;
  const width = left + canvas.width + (bars === "shared" ? barWidth : 0);
  const place = (index: number) => ({
    x: left + ((index % columns) + 0.5) * cell.width,
    y: top + Math.floor(index / columns) * cell.height + gap / 2 + tallest,
  });
  const parts = [
    ...(title
      ? [`<text x="${gap}" y="18" font-size="14" font-weight="bold">${escapeXml(title)}</text>`]
      : []),
    `<image x="${left}" y="${top}" width="${canvas.width}" height="${canvas.height}" href="${pngUrl(png)}" ` +
      `style="image-rendering:pixelated"/>`,
    ...(columnTitles ?? []).map((words, column) =>
      line(words, { x: left + (column + 0.5) * cell.width, y: top - 3 }, cell.width),
    ),
    ...(rowTitles ?? []).map(
      (words, row) =>
        `<text x="4" y="${top + row * cell.height + tallest / 2 + 6}">${escapeXml(words)}</text>`,
    ),
    ...(captions ?? []).map((words, index) => {
      const { x, y } = place(index);
      return line(words, { x, y: y + 13 }, cell.width);
    }),
    ...(bars === "each"
      ? pictures.flatMap(({ scale }, index) => {
          const { x, y } = place(index);
          return scale ? lyingBar(scale, x, y + (captions ? lineHeight : 0) + 4, cell.width - gap) : [];
        })
      : []),
    ...(bars === "shared"
      ? standingBar(pictures[0]?.scale as ColourScale, left + canvas.width + 4, top, tallest)
      : []),
    ...gradients(bars === "none" ? [] : pictures.flatMap(({ scale }) => scale?.colours ?? [])),
  ];
  const height = Math.max(canvas.height, bars === "shared" ? 60 : 0) + top;
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${fontFamily}" font-size="11" fill="${ink}">`,
    `<rect width="100%" height="100%" fill="${background}"/>`,
    ...parts,
    "</svg>",
  ].join("\n");
  return new Figure({ png, svg, text });
}

function enlarge(
  { width, height, data }: Picture,
  scale: number,
  paint: (x: number, y: number, colour: Uint8Array) => void,
): void {
  for (let y = 0; y < height * scale; y++) {
    for (let x = 0; x < width * scale; x++) {
      const first = (Math.floor(y / scale) * width + Math.floor(x / scale)) * 3;
      paint(x, y, data.subarray(first, first + 3));
    }
  }
}

/** Where colour bars go. */
function barsOf(pictures: readonly Picture[]): "none" | "shared" | "each" {
  const scales = pictures.map(({ scale }) => JSON.stringify(scale));
  if (scales.every((scale) => scale === undefined)) return "none";
  return new Set(scales).size === 1 ? "shared" : "each";
}

// Long text is made smaller rather than run over the neighbour's, and cut where it would be too small to read.
function line(text: string, { x, y }: { x: number; y: number }, room: number): string {
  const most = Math.floor((room - 4) / (0.6 * smallest));
  const words = text.length > most ? `${text.slice(0, Math.max(1, most - 1))}…` : text;
  const size = Math.min(11, (room - 4) / (0.6 * words.length));
  const fit = size < 11 ? ` font-size="${size.toFixed(1)}"` : "";
  return `<text x="${x}" y="${y}" text-anchor="middle"${fit}>${escapeXml(words)}</text>`;
}

function describe(pictures: readonly Picture[], title: string | undefined): string {
  const { width, height, scale } = pictures[0] as Picture;
  const legend =
    scale?.colours === "diverging"
      ? `, blue ${shortNumber(scale.range[0])} · white 0 · red ${shortNumber(scale.range[1])}`
      : "";
  return `${title ? `${title}: ` : ""}${pictures.length} images of ${height} × ${width}${scale ? "" : " in colour"}${legend}`;
}
