// How the explanation of some images changes while a network learns: a callback of training that keeps a picture an
// epoch, and shows them side by side or one after the other.

import * as tf from "@tensorflow/tfjs";
import { displaySymbol, type MimeBundle } from "../../plot/display.ts";
import { escapeXml, Figure } from "../../plot/figure.ts";
import { grid } from "../../plot/grid.ts";
import { type Picture, toPictures } from "../../plot/pictures.ts";
import type { FitCallback, FitState } from "../../train/index.ts";
import { type LrpOptions, lrp } from "../lrp/lrp.ts";
import { type Explanation, mapsOf } from "../pictures/maps.ts";

export interface FilmOptions {
  /**
   * What is kept of the images after an epoch. Defaults to relevance by `lrp` with `target`. A tensor that it returns,
   * or a result with `dispose`, is freed.
   */
  explain?: (model: tf.LayersModel, images: tf.Tensor) => Explanation | Promise<Explanation>;
  /** The class that is explained, or one an image, so that all pictures tell of the same. Defaults to `"argmax"`. */
  target?: LrpOptions["target"];
  /** Epochs from picture to picture. Defaults to `1`. */
  every?: number;
  /** Names of the images. Defaults to none. */
  labels?: readonly string[];
}

export interface FilmFrame {
  epoch: number;
  /** A map an image, row by row. */
  maps: Float32Array[];
  height: number;
  width: number;
  /** Explained logit of each image, where it is known. */
  scores: readonly number[] | undefined;
}

/** A callback for `dl.train.fit` that shows, in the end, what it kept. */
export interface Film extends FitCallback {
  frames: readonly FilmFrame[];
  /** A row an image, a column an epoch. */
  strip(): Figure;
  /** The epochs one after the other, over and over. */
  animation(options?: { secondsPerFrame?: number }): Promise<Figure>;
  [displaySymbol](): Promise<MimeBundle>;
}

/**
 * Film the explanations of images over the epochs of a training:
 * `const film = dl.explain.film(images); await dl.train.fit(model, data, { callbacks: [film] }); film`.
 *
 * Colours of an image end at its own largest value over all epochs, so that growing relevance is seen to grow.
 *
 * @param images `[n, height, width, channels]`; they stay the caller's and must live as long as the training.
 * @throws RangeError if there is no image, `every` is no whole number from 1 on, the labels are not as many as the images, or
 *   pictures are asked for before the first epoch has ended.
 */
export function film(images: tf.Tensor, options: FilmOptions = {}): Film {
  const {
    every = 1,
    labels,
    target,
    explain = (model, x) => lrp(model, x, { target, layers: [] }),
  } = options;
  const count = images.shape[0] ?? 0;
  if (count === 0) throw new RangeError("There are no images to film; at least one is needed.");
  if (!(Number.isInteger(every) && every >= 1)) {
    throw new RangeError(`every is ${every}; it must be a whole number from 1 on.`);
  }
  if (labels && labels.length !== count) {
    throw new RangeError(`There are ${labels.length} labels for ${count} images; each image needs one.`);
  }
  const originals = toPictures(images);
  const frames: FilmFrame[] = [];
  const columns = () => {
    if (frames.length > 0) return picturesOf(frames);
    throw new RangeError("The film has no picture yet; give it to fit among the callbacks.");
  };
  const title = "Explanation over the epochs";
  const text = () => `${title} ${frames.map(({ epoch }) => epoch).join(", ")} of ${count} images`;
  const strip = () => {
    const shown = columns();
    return grid(
      originals.flatMap((original, image) => [
        original,
        ...shown.map((ofEpoch) => ofEpoch[image] as Picture),
      ]),
      {
        title,
        columnTitles: ["image", ...frames.map(({ epoch }) => `epoch ${epoch}`)],
        rowTitles: labels,
        text: text(),
      },
    );
  };
  const animation = async ({ secondsPerFrame = 0.7 } = {}) => {
    const shown = columns();
    const pictures = await Promise.all(
      frames.map(({ epoch }, index) =>
        grid([...originals, ...(shown[index] as Picture[])], {
          columns: count,
          title: `epoch ${epoch}`,
          captions: [
            ...originals.map((_, image) => labels?.[image] ?? ""),
            ...captionsOf(frames[index] as FilmFrame),
          ],
        }).toMime(),
      ),
    );
    return new Figure({ svg: animated(pictures, secondsPerFrame), text: text() });
  };
  return {
    frames,
    async onEpochEnd({ model, epoch }: FitState) {
      if ((epoch - 1) % every !== 0) return;
      const explanation = await explain(model, images);
      try {
        frames.push(frameOf(epoch, explanation, count));
      } finally {
        explanation.dispose();
      }
    },
    strip,
    animation,
    async [displaySymbol]() {
      return strip().toMime();
    },
  };
}

function frameOf(epoch: number, explanation: Explanation, count: number): FilmFrame {
  const { values, scores } = mapsOf(explanation);
  try {
    const [maps, height, width] = values.shape;
    if (maps !== count) {
      throw new RangeError(
        `The explanation has ${maps} maps for ${count} images; a film needs one an image.`,
      );
    }
    const all = values.dataSync() as Float32Array;
    const size = height * width;
    const parts = Array.from({ length: count }, (_, index) => all.slice(index * size, (index + 1) * size));
    return { epoch, maps: parts, height, width, scores };
  } finally {
    values.dispose();
  }
}

/** Pictures of each frame; an image has one scale of colours for all of them. */
function picturesOf(frames: readonly FilmFrame[]): Picture[][] {
  const { height, width, maps } = frames[0] as FilmFrame;
  const byImage = maps.map((_, image) => {
    const values = Float32Array.from(
      frames.flatMap((frame) => Array.from(frame.maps[image] as Float32Array)),
    );
    const tensor = tf.tensor3d(values, [frames.length, height, width]);
    try {
      return toPictures(tensor, { colours: "diverging", scaling: "together" });
    } finally {
      tensor.dispose();
    }
  });
  return frames.map((_, index) => byImage.map((pictures) => pictures[index] as Picture));
}

function captionsOf({ scores, maps }: FilmFrame): string[] {
  return maps.map((_, index) => (scores ? `logit ${Number((scores[index] as number).toPrecision(3))}` : ""));
}

/** Drawings one after the other, by SVG's own animation: it needs no script, and runs in an image too. */
function animated(pictures: readonly MimeBundle[], secondsPerFrame: number): string {
  const count = pictures.length;
  const drawings = pictures.map((bundle) => /src="([^"]+)"/.exec(String(bundle["text/html"]))?.[1] ?? "");
  const size = /width="([\d.]+)" height="([\d.]+)"/.exec(decodeURIComponent(drawings[0] as string));
  const [width, height] = [Number(size?.[1]), Number(size?.[2])];
  const images = drawings.map((href, index) => {
    const [from, to] = [index / count, (index + 1) / count];
    const times = [0, ...(from > 0 ? [from] : []), ...(to < 1 ? [to] : [])];
    const states = times.map((time) => (time >= from && time < to ? "visible" : "hidden"));
    const animation =
      `<animate attributeName="visibility" calcMode="discrete" values="${states.join(";")}" ` +
      `keyTimes="${times.map((time) => time.toFixed(5)).join(";")}" dur="${secondsPerFrame * count}s" repeatCount="indefinite"/>`;
    return (
      `<image width="${width}" height="${height}" href="${escapeXml(href)}" ` +
      `visibility="${index === count - 1 ? "visible" : "hidden"}">${count > 1 ? animation : ""}</image>`
    );
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">` +
    `${images.join("")}</svg>`
  );
}
