// Pictures one after the other: an animated PNG plays in notebooks, in their exports and in browsers, without scripts.

import type * as tf from "@tensorflow/tfjs";
import { decode } from "fast-png";
import { displayTarget } from "./display.ts";
import { Figure } from "./figure.ts";
import { type GridOptions, grid } from "./grid.ts";
import { type ImageBytes, type Picture, type PictureOptions, toPictures } from "./pictures.ts";
import { animatedPng } from "./render/animated-png.ts";
import { loadCanvas } from "./render/canvas.ts";

export interface AnimateOptions extends PictureOptions, Pick<GridOptions, "scale" | "theme"> {
  title?: string;
  /** A line of text under each frame; of images alone. */
  captions?: readonly string[];
  /** Frames a second. Defaults to `10`. */
  rate?: number;
  /** Stops the drawing. Defaults to the notebook's interrupt. */
  signal?: AbortSignal;
}

/**
 * An animation of figures, or of images `[frames, height, width]` or `[frames, height, width, 1 | 3]`. It plays in the
 * notebook over and over, and is saved as `.png`, `.gif` (256 colours a frame) or `.html`.
 *
 * A figure takes about 0.2 s to draw. Charts stand still around the data only if their axes do: give them all the same
 * interval.
 *
 * @throws RangeError if there is no frame, they differ in size, or `rate` is not above 0.
 * @throws Error where there is no canvas for this kind of machine, or a figure is of text alone.
 */
export async function animate(
  frames: readonly Figure[] | tf.Tensor | ImageBytes,
  options: AnimateOptions = {},
): Promise<Figure> {
  const { rate = 10, title, signal = displayTarget().interruptSignal() } = options;
  if (!(rate > 0 && rate <= 100))
    throw new RangeError(`rate is ${rate}; it must be above 0 and up to 100 frames a second.`);
  const figures = isFigures(frames) ? frames : framesOf(frames, options);
  if (figures.length === 0) throw new RangeError("There is no frame to show; at least one is needed.");
  const pngs: Uint8Array[] = [];
  for (const figure of figures) {
    signal?.throwIfAborted();
    pngs.push(await figure.toPng({ scale: 1 }));
  }
  const png = animatedPng(pngs, 1000 / rate);
  const seconds = Number((figures.length / rate).toPrecision(3));
  const text = `${title ? `${title}: ` : ""}animation of ${figures.length} frames, ${seconds} s`;
  return new Figure({ png, gif: async () => animatedGif(pngs, 1000 / rate), text });
}

function isFigures(frames: readonly Figure[] | tf.Tensor | ImageBytes): frames is readonly Figure[] {
  return Array.isArray(frames);
}

function framesOf(images: tf.Tensor | ImageBytes, options: AnimateOptions): Figure[] {
  const { captions, title, scale, theme } = options;
  const pictures = toPictures(images, options);
  if (captions && captions.length !== pictures.length) {
    throw new RangeError(
      `There are ${captions.length} captions for ${pictures.length} frames; each frame needs one.`,
    );
  }
  // Small images are seen better alone than in a grid.
  const { width } = pictures[0] as Picture;
  const enlarged = scale ?? Math.max(1, Math.round(192 / width));
  return pictures.map((picture, index) =>
    grid([picture], { title, theme, scale: enlarged, captions: captions && [captions[index] as string] }),
  );
}

function animatedGif(pngs: readonly Uint8Array[], delay: number): Uint8Array {
  const { GifEncoder } = loadCanvas();
  const decoded = pngs.map((png) => decode(png));
  const { width, height } = decoded[0] as { width: number; height: number };
  const encoder = new GifEncoder(width, height, { repeat: 0 });
  for (const { data, channels } of decoded) {
    const rgba = new Uint8Array(width * height * 4).fill(255);
    for (let pixel = 0; pixel < width * height; pixel++) {
      for (let channel = 0; channel < 3; channel++)
        rgba[4 * pixel + channel] = data[channels * pixel + channel] as number;
    }
    encoder.addFrame(rgba, width, height, { delay });
  }
  return encoder.finish();
}
