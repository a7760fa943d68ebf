// What a network has learnt to look for, and what it finds: filters, activation maps, and the images of a data set
// that a channel reacts to most.

import * as tf from "@tensorflow/tfjs";
import { type Examples, type TensorPair, toExamples } from "../../data/examples.ts";
import { didYouMean } from "../../data/nearest.ts";
import type { Figure } from "../../plot/figure.ts";
import { type GridOptions, grid } from "../../plot/grid.ts";
import { type Picture, toPictures } from "../../plot/pictures.ts";
import { inBatches } from "../batches.ts";
import { stripSoftmax } from "../graph/canonizers.ts";
import { type Inputs, layerValue, network, run } from "../network.ts";
import { receptiveField } from "./receptive-field.ts";

export interface FiltersOptions extends Omit<GridOptions, "text" | "captions"> {
  /** Filters shown, from the first on. Defaults to `64`. */
  count?: number;
}

/**
 * The filters of a convolution as images. With one input channel, red weights are positive and blue ones negative,
 * with white at 0; with three, filters are images in colour with grey at 0; else each row holds a filter's channels.
 *
 * @throws RangeError if the model has no such layer, or it is no 2D convolution.
 */
export function filters(model: tf.LayersModel, layer: string, options: FiltersOptions = {}): Figure {
  const found = model.layers.find(({ name }) => name === layer);
  const kernel = found?.getWeights()[0];
  if (!found || kernel?.rank !== 4) {
    const names = model.layers.filter((one) => one.getWeights()[0]?.rank === 4).map(({ name }) => name);
    throw new RangeError(
      `"${layer}" is no layer with filters; there are ${names.join(", ") || "none"}.${didYouMean(layer, names)}`,
    );
  }
  const [height, width, channels, total] = kernel.shape as [number, number, number, number];
  const count = Math.min(options.count ?? 64, total);
  const title = options.title ?? `Filters of "${layer}"`;
  const text = `${title}: ${count} of ${total} filters of ${height} × ${width} × ${channels}`;
  const images = tf.tidy(() => {
    const first = tf.transpose(tf.slice(kernel, [0, 0, 0, 0], [-1, -1, -1, count]), [3, 0, 1, 2]);
    if (channels === 3) return tf.add(tf.div(first, tf.mul(2, tf.max(tf.abs(first), [1, 2, 3], true))), 0.5);
    return tf.reshape(tf.transpose(first, [0, 3, 1, 2]), [-1, height, width]);
  });
  try {
    const pictures = toPictures(images, { colours: "diverging", range: channels === 3 ? [0, 1] : undefined });
    const columns = channels === 1 || channels === 3 ? 8 : channels;
    return grid(pictures, { columns, scale: 10, colourBar: true, ...options, title, text });
  } finally {
    images.dispose();
  }
}

export interface ActivationMapsOptions
  extends Omit<GridOptions, "text" | "captions" | "columns" | "rowTitles"> {
  /** Layers, from the input on. Defaults to all that have maps. */
  layers?: readonly string[];
  /** Channels of each layer, from the first on. Defaults to `10`. */
  channels?: number;
}

/**
 * What each channel makes of one image: a row a layer, each map from its smallest value (dark) to its largest.
 *
 * @param x One image, `[1, height, width, channels]`.
 * @throws RangeError if there is more than one image, or a layer has no maps.
 */
export function activationMaps(
  model: tf.LayersModel,
  x: Inputs,
  options: ActivationMapsOptions = {},
): Figure {
  const { channels = 10, title = "Activation maps" } = options;
  const maps = tf.tidy(() => {
    const net = network(model, x, { canonizers: [stripSoftmax] });
    const values = run(net);
    const names = options.layers ?? [
      ...new Set(
        net.graph.operations
          .filter(({ output }) => isMap(values.get(output)))
          .map((operation) => operation.layer),
      ),
    ];
    return names.map((name) => {
      const value = values.get(layerValue(net, name));
      if (!value || !isMap(value) || value.shape[0] !== 1) {
        throw new RangeError(
          `The layer "${name}" gives [${value?.shape ?? "nothing"}]; activation maps are of one image, ` +
            `[1, height, width, channels].`,
        );
      }
      const shown = Math.min(channels, value.shape[3] as number);
      const chosen = tf.slice(value, [0, 0, 0, 0], [1, -1, -1, shown]);
      return { name, all: value.shape[3], maps: tf.transpose(tf.squeeze(chosen, [0]), [2, 0, 1]) };
    });
  });
  try {
    const most = Math.max(...maps.map((one) => one.maps.shape[0] as number));
    const pictures = maps.flatMap((one) => {
      const row: Picture[] = toPictures(one.maps, { colours: "viridis", scaling: "each" });
      // Rows of fewer channels are filled up with white.
      const empty = { width: 1, height: 1, data: Uint8Array.of(255, 255, 255) };
      return [...row, ...Array.from({ length: most - row.length }, () => empty)];
    });
    const text = `${title}: ${maps.map(({ name, all }) => `${name} (${all} channels)`).join(", ")}`;
    return grid(pictures, {
      ...options,
      columns: most,
      rowTitles: maps.map(({ name }) => name),
      title,
      text,
    });
  } finally {
    tf.dispose(maps.map((one) => one.maps));
  }
}

function isMap(value: tf.Tensor | undefined): boolean {
  return value?.rank === 4;
}

export interface TopImagesOptions extends Pick<GridOptions, "title" | "scale"> {
  /** Channels of the layer. Defaults to the first 8. */
  channels?: readonly number[];
  /** Images for each channel. Defaults to `9`. */
  count?: number;
  /** Show only what the most active place of the channel sees. Defaults to `false`. */
  crop?: boolean;
  /** Images run at a time. Defaults to `64`. */
  batchSize?: number;
  signal?: AbortSignal;
}

export interface TopImages {
  /** For each channel the images with the largest activations, largest first. */
  channels: { channel: number; indices: number[]; activations: number[] }[];
  figure: Figure;
}

interface Found {
  index: number;
  activation: number;
  /** Row and column of the most active place. */
  place: [row: number, column: number];
}

/**
 * The images of a data set that each channel of a layer reacts to most, by its most active place.
 *
 * @param data Images with values from 0 to 1.
 * @throws RangeError if the layer does not exist or has no such channel.
 */
export async function topImages(
  model: tf.LayersModel,
  data: Examples | TensorPair,
  layer: string,
  options: TopImagesOptions = {},
): Promise<TopImages> {
  const { count = 9, batchSize = 64, crop = false, signal } = options;
  const examples = toExamples(data);
  const field = crop ? receptiveField(model, layer) : undefined;
  let chosen = options.channels;
  const best = new Map<number, Found[]>();
  await inBatches(examples.size, batchSize, signal, (from, to) => {
    tf.tidy(() => {
      const { x } = examples.batch(Array.from({ length: to - from }, (_, index) => from + index));
      const net = network(model, x, { canonizers: [stripSoftmax] });
      const value = run(net).get(layerValue(net, layer)) as tf.Tensor;
      const channels = value.shape[value.rank - 1] as number;
      const wide = value.rank === 4 ? (value.shape[2] as number) : 1;
      chosen ??= Array.from({ length: Math.min(8, channels) }, (_, index) => index);
      const flat = tf.reshape(value, [to - from, -1, channels]);
      const [highs, places] = [tf.max(flat, 1).arraySync(), tf.argMax(flat, 1).arraySync()] as [
        number[][],
        number[][],
      ];
      for (const channel of chosen) {
        if (!(channel >= 0 && channel < channels)) {
          throw new RangeError(
            `There is no channel ${channel} in "${layer}"; there are 0 to ${channels - 1}.`,
          );
        }
        const found = highs.map((row, index): Found => {
          const place = places[index]?.[channel] as number;
          return {
            index: from + index,
            activation: row[channel] as number,
            place: [Math.floor(place / wide), place % wide],
          };
        });
        const all = [...(best.get(channel) ?? []), ...found];
        best.set(channel, all.sort((a, b) => b.activation - a.activation).slice(0, count));
      }
    });
  });
  const channels = [...best].map(([channel, found]) => ({
    channel,
    indices: found.map(({ index }) => index),
    activations: found.map(({ activation }) => activation),
  }));
  const pictures = [...best.values()].flat().map((found) => {
    const { x, y } = examples.batch([found.index]);
    const [picture] = toPictures(x);
    tf.dispose([x, y]);
    return field ? cut(picture as Picture, field, found.place) : (picture as Picture);
  });
  const title = options.title ?? `Images that "${layer}" reacts to most`;
  const figure = grid(pictures, {
    scale: options.scale,
    title,
    columns: channels[0]?.indices.length,
    rowTitles: channels.map(({ channel }) => `channel ${channel}`),
    captions: [...best.values()].flat().map(({ activation }) => activation.toPrecision(3)),
    text: `${title}: ${channels.map(({ channel, indices }) => `channel ${channel}: ${indices.join(", ")}`).join("; ")}`,
  });
  return { channels, figure };
}

/** What one place sees of an image; grey where it looks over the edge. */
function cut(
  { width, height, data }: Picture,
  { size, stride, start }: ReturnType<typeof receptiveField>,
  [row, column]: [number, number],
): Picture {
  const [top, left] = [start[0] + row * stride[0], start[1] + column * stride[1]];
  const pixels = new Uint8Array(size[0] * size[1] * 3).fill(128);
  for (let y = 0; y < size[0]; y++) {
    for (let x = 0; x < size[1]; x++) {
      const [fromY, fromX] = [top + y, left + x];
      if (fromY < 0 || fromY >= height || fromX < 0 || fromX >= width) continue;
      const first = (fromY * width + fromX) * 3;
      pixels.set(data.subarray(first, first + 3), (y * size[1] + x) * 3);
    }
  }
  return { width: size[1], height: size[0], data: pixels };
}
