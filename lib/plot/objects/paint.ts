// Drawing on pictures: pixels enlarged until text can be read, then lines and words over them.

import type { SKRSContext2D } from "canvas";
import { css, luminance, parseHex, type Rgb, seriesColours } from "../colours.ts";
import type { Picture } from "../pictures.ts";
import { loadCanvas } from "../render/canvas.ts";

/** Pictures are enlarged to about this width. */
const width = 256;
const fontSize = 12;

/** Black is kept for text. */
const palette = seriesColours.slice(0, -1).map(parseHex);

/** The colour of a class or an object by its number. */
export function colourOf(index: number): Rgb {
  return palette[((index % palette.length) + palette.length) % palette.length] as Rgb;
}

/** A canvas over a picture; `scale` pixels of it are one of the picture's. */
export interface Painting {
  context: SKRSContext2D;
  scale: number;
}

/**
 * A picture, enlarged, with what `draw` puts on it.
 *
 * @throws Error where there is no canvas for this kind of machine.
 */
export function paint(picture: Picture, draw: (painting: Painting) => void): Picture {
  const scale = Math.max(1, Math.round(width / picture.width));
  const size = { width: picture.width * scale, height: picture.height * scale };
  const context = loadCanvas().createCanvas(size.width, size.height).getContext("2d");
  const image = context.createImageData(size.width, size.height);
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++) {
      const from = (Math.floor(y / scale) * picture.width + Math.floor(x / scale)) * 3;
      const to = (y * size.width + x) * 4;
      image.data.set(picture.data.subarray(from, from + 3), to);
      image.data[to + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
  draw({ context, scale });
  const painted = context.getImageData(0, 0, size.width, size.height).data;
  const data = new Uint8Array(size.width * size.height * 3);
  for (let pixel = 0; pixel < size.width * size.height; pixel++) {
    data.set(painted.subarray(pixel * 4, pixel * 4 + 3), pixel * 3);
  }
  return { ...size, data };
}

/** Words on a ground of a colour, moved as far as needed to be whole on the picture. */
export function label({ context }: Painting, words: string, x: number, y: number, colour: Rgb): void {
  context.font = `${fontSize}px 'DejaVu Sans'`;
  const [wide, high] = [context.measureText(words).width + 6, fontSize + 4];
  const left = Math.max(0, Math.min(x, context.canvas.width - wide));
  const top = Math.max(0, Math.min(y, context.canvas.height - high));
  context.fillStyle = css(colour);
  context.fillRect(left, top, wide, high);
  // As WCAG counts contrast, black and white are equally far from this.
  context.fillStyle = luminance(colour) > 0.179 ? "#000000" : "#ffffff";
  context.fillText(words, left + 3, top + fontSize);
}
