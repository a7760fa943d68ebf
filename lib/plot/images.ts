// A grid of small images: photographs in grey or colour, or signed numbers (weights, relevance) in blue,
// white and red. Pixels are enlarged as squares, so that what the network sees is what is seen.

import * as tf from "@tensorflow/tfjs";
import { encode } from "fast-png";
import { blueWhiteRed, type ColourMap, grey } from "./colours.ts";
import { escapeXml, Figure, pngUrl } from "./figure.ts";

/** Images with bytes 0 to 255, such as a split of a data set. */
export interface ImageBytes {
  images: Uint8Array;
  /** Shape of one image: height, width, channels. */
  shape: readonly [height: number, width: number, channels: number];
}

export interface ImagesOptions {
  title?: string;
  /** Images in a row. Defaults to `10`, or to the number of images if that is smaller. */
  columns?: number;
  /** A line of text under each image. */
  captions?: readonly string[];
  /** Screen pixels for one pixel of an image. Defaults to a scale that makes an image about 64 pixels wide. */
  scale?: number;
  /** `"grey"` for brightness, `"diverging"` for signed values with white at 0. Defaults to `"grey"`. Colour images ignore it. */
  colours?: "grey" | "diverging";
  /**
   * Values shown as black and white (or as blue and red). Defaults to 0 and 1 for grey and colour images, and to
   * the largest absolute value, downwards and upwards, for diverging colours.
   */
  range?: readonly [low: number, high: number];
}

const gap = 6;
const captionHeight = 16;
const titleHeight = 26;

/**
 * Show images side by side.
 *
 * @param images A tensor `[n, height, width]` or `[n, height, width, 1 | 3]`, or images as bytes. A tensor stays
 *   the caller's.
 * @throws RangeError if the shape is not one of these, there is no image, or the captions are not as many.
 */
export function images(images: tf.Tensor | ImageBytes, options: ImagesOptions = {}): Figure {
  const source = toPixels(images);
  const { count, height, width, channels } = source;
  const { captions, title } = options;
  if (captions && captions.length !== count) {
    throw new RangeError(`There are ${captions.length} captions for ${count} images; each image needs one.`);
  }
  const columns = Math.min(options.columns ?? 10, count);
  const scale = options.scale ?? Math.max(1, Math.round(64 / width));
  const cell = {
    width: Math.max(width * scale, captions ? 72 : 0) + gap,
    height: height * scale + gap + (captions ? captionHeight : 0),
  };
  const range = options.range ?? defaultRange(source.values, options.colours);
  const canvas = blank(columns * cell.width, Math.ceil(count / columns) * cell.height);
  const map = options.colours === "diverging" ? blueWhiteRed : grey;
  for (let index = 0; index < count; index++) {
    const left = (index % columns) * cell.width + Math.floor((cell.width - width * scale) / 2);
    const top = Math.floor(index / columns) * cell.height + gap / 2;
    draw(canvas, source, { index, left, top, scale, range, map });
  }
  const png = encode({ width: canvas.width, height: canvas.height, data: canvas.data, channels: 3 });
  const text =
    `${title ? `${title}: ` : ""}${count} images of ${height} × ${width}${channels === 3 ? " in colour" : ""}` +
    (options.colours === "diverging"
      ? `, blue ${shortNumber(range[0])} · white 0 · red ${shortNumber(range[1])}`
      : "");
  if (!captions && !title) return new Figure({ png, text });
  return new Figure({
    png,
    text,
    svg: withText({ png, canvas, cell, columns, captions: captions ?? [], title }),
  });
}

interface Pixels {
  values: Float32Array;
  count: number;
  height: number;
  width: number;
  channels: number;
}

function toPixels(source: tf.Tensor | ImageBytes): Pixels {
  if (!(source instanceof tf.Tensor)) {
    const [height, width, channels] = source.shape;
    const count = source.images.length / (height * width * channels);
    return checked(
      { values: Float32Array.from(source.images, (value) => value / 255), count, height, width, channels },
      source.shape,
    );
  }
  const [count = 0, height = 0, width = 0, channels = 1] = source.shape;
  if (source.rank !== 3 && source.rank !== 4) {
    throw new RangeError(
      `The tensor has the shape [${source.shape}]; images are [n, height, width] or [n, height, width, 1 or 3].`,
    );
  }
  return checked(
    { values: Float32Array.from(source.dataSync()), count, height, width, channels },
    source.shape,
  );
}

function checked(pixels: Pixels, shape: readonly number[]): Pixels {
  const { count, channels } = pixels;
  if (!(Number.isInteger(count) && count > 0 && (channels === 1 || channels === 3))) {
    throw new RangeError(
      `Found ${count} images, shape [${shape}]; at least one image with 1 or 3 channels is needed.`,
    );
  }
  return pixels;
}

function defaultRange(values: Float32Array, colours: ImagesOptions["colours"]): readonly [number, number] {
  if (colours !== "diverging") return [0, 1];
  const largest = values.reduce((found, value) => Math.max(found, Math.abs(value)), 0) || 1;
  return [-largest, largest];
}

interface Canvas {
  width: number;
  height: number;
  data: Uint8Array;
}

function blank(width: number, height: number): Canvas {
  return { width, height, data: new Uint8Array(width * height * 3).fill(255) };
}

interface Placement {
  index: number;
  left: number;
  top: number;
  scale: number;
  range: readonly [low: number, high: number];
  map: ColourMap;
}

function draw(canvas: Canvas, source: Pixels, { index, left, top, scale, range, map }: Placement): void {
  const { values, height, width, channels } = source;
  const level = (position: number) =>
    Math.min(1, Math.max(0, ((values[position] as number) - range[0]) / (range[1] - range[0])));
  for (let y = 0; y < height * scale; y++) {
    for (let x = 0; x < width * scale; x++) {
      const pixel = (index * height + Math.floor(y / scale)) * width + Math.floor(x / scale);
      const first = pixel * channels;
      const colour =
        channels === 3
          ? [0, 1, 2].map((channel) => Math.round(255 * level(first + channel)))
          : map(level(first));
      canvas.data.set(colour, ((top + y) * canvas.width + left + x) * 3);
    }
  }
}

interface Labelling {
  png: Uint8Array;
  canvas: Canvas;
  cell: { width: number; height: number };
  columns: number;
  captions: readonly string[];
  title: string | undefined;
}

// Text beside pixels is SVG around the PNG: sharp at every size.
function withText({ png, canvas, cell, columns, captions, title }: Labelling): string {
  const top = title ? titleHeight : 0;
  const [width, height] = [canvas.width, canvas.height + top];
  const lines = captions.map((caption, index) => {
    const x = ((index % columns) + 0.5) * cell.width;
    const y = top + (Math.floor(index / columns) + 1) * cell.height - gap;
    // Long captions are squeezed into their cell rather than run over the neighbour's.
    const fit =
      caption.length * 6 > cell.width - 4
        ? ` textLength="${cell.width - 4}" lengthAdjust="spacingAndGlyphs"`
        : "";
    return `<text x="${x}" y="${y}" text-anchor="middle"${fit}>${escapeXml(caption)}</text>`;
  });
  const heading = title
    ? `<text x="${gap}" y="18" font-size="14" font-weight="bold">${escapeXml(title)}</text>`
    : "";
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11" fill="#222222">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    heading,
    `<image y="${top}" width="${canvas.width}" height="${canvas.height}" href="${pngUrl(png)}"/>`,
    ...lines,
    "</svg>",
  ].join("\n");
}

function shortNumber(value: number): string {
  return value.toPrecision(2);
}
