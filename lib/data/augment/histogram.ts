// Changes by an image's own distribution of values. Equalize and autocontrast equal torchvision's; CLAHE is by Zuiderveld,
// "Contrast limited adaptive histogram equalization", 1994.

import { blank, each, fromBytes, type Image, pixels, toBytes } from "./image.ts";
import { define } from "./transform.ts";

/** Every channel's values are spread so that all are about equally frequent. */
export const equalize = define("equalize", { p: 0.5 }, () =>
  pixels((image) => onBytes(image, equalizeBytes)),
);

/** Every channel is stretched so that its darkest value is black and its brightest white. */
export const autocontrast = define("autocontrast", { p: 0.5 }, () =>
  pixels((image) => {
    const { data, channels, bound } = image;
    const least = new Float32Array(channels).fill(Infinity);
    const most = new Float32Array(channels).fill(-Infinity);
    for (let index = 0; index < data.length; index++) {
      const value = data[index] as number;
      const channel = index % channels;
      least[channel] = Math.min(least[channel] as number, value);
      most[channel] = Math.max(most[channel] as number, value);
    }
    return each(image, (value, index) => {
      const low = least[index % channels] as number;
      const extent = Math.fround((most[index % channels] as number) - low);
      if (extent === 0) return value;
      return Math.fround(value - low) / Math.fround(extent * Math.fround(1 / bound));
    });
  }),
);

/**
 * Equalized in tiles with limited contrast, so that details show in dark and bright parts alike.
 *
 * limit: how many times the even share a value's frequency may reach; tiles: how many to each side.
 */
export const clahe = define("clahe", { limit: 4, tiles: 8, p: 0.5 }, ({ limit, tiles }) => {
  if (!(limit >= 1) || !(Number.isInteger(tiles) && tiles >= 1)) {
    throw new RangeError(
      `clahe: limit is ${limit} and tiles ${tiles}; both must be at least 1, tiles whole.`,
    );
  }
  return pixels((image) => onBytes(image, (bytes) => equalizeTiles(bytes, limit, tiles)));
});

function onBytes(image: Image, change: (bytes: Image) => Image): Image {
  return fromBytes(change(toBytes(image)), image);
}

function equalizeBytes(image: Image): Image {
  const tables = Array.from({ length: image.channels }, (_, channel) => {
    const counts = new Float64Array(256);
    for (let at = channel; at < image.data.length; at += image.channels)
      count(counts, image.data[at] as number);
    const last = counts.findLastIndex((found) => found > 0);
    const total = image.height * image.width;
    const step = Math.floor((total - (counts[last] as number)) / 255);
    let sum = Math.floor(step / 2);
    return Uint8Array.from(counts, (found, value) => {
      if (step === 0) return value;
      const level = Math.min(255, Math.floor(sum / step));
      sum += found;
      return level;
    });
  });
  return each(image, (value, index) => tables[index % image.channels]?.[value] as number);
}

function equalizeTiles(image: Image, limit: number, tiles: number): Image {
  const { height, width, channels, data } = image;
  const [down, across] = [Math.min(tiles, height), Math.min(tiles, width)];
  const result = blank(image, height, width);
  const columns = Array.from({ length: width }, (_, x) => between(x, width, across));
  for (let channel = 0; channel < channels; channel++) {
    const tables = Array.from({ length: down * across }, (_, tile) => {
      const [row, column] = [Math.floor(tile / across), tile % across];
      const counts = new Float64Array(256);
      let total = 0;
      for (let y = edge(row, height, down); y < edge(row + 1, height, down); y++) {
        for (let x = edge(column, width, across); x < edge(column + 1, width, across); x++) {
          count(counts, data[(y * width + x) * channels + channel] as number);
          total++;
        }
      }
      return limitedTable(counts, total, limit);
    });
    for (let y = 0; y < height; y++) {
      const [top, bottom, down1] = between(y, height, down);
      for (let x = 0; x < width; x++) {
        const [left, right, across1] = columns[x] as [number, number, number];
        const at = (y * width + x) * channels + channel;
        const look = (row: number, column: number) =>
          tables[row * across + column]?.[data[at] as number] as number;
        const upper = look(top, left) * (1 - across1) + look(top, right) * across1;
        const lower = look(bottom, left) * (1 - across1) + look(bottom, right) * across1;
        result.data[at] = Math.round(upper * (1 - down1) + lower * down1);
      }
    }
  }
  return result;
}

// What is cut off above the limit is shared among all values.
function limitedTable(counts: Float64Array, total: number, limit: number): Float64Array {
  const most = Math.max(1, (limit * total) / 256);
  let excess = 0;
  const cut = counts.map((found) => {
    excess += Math.max(0, found - most);
    return Math.min(found, most);
  });
  let sum = 0;
  return cut.map((found) => {
    sum += found + excess / 256;
    return (sum * 255) / total;
  });
}

function edge(tile: number, size: number, tiles: number): number {
  return Math.floor((tile * size) / tiles);
}

// The two tiles whose middles are around a pixel, and how far it is on the way from the first to the second.
function between(pixel: number, size: number, tiles: number): [number, number, number] {
  const place = ((pixel + 0.5) * tiles) / size - 0.5;
  const first = Math.max(0, Math.min(tiles - 1, Math.floor(place)));
  const second = Math.min(tiles - 1, first + 1);
  return [first, second, Math.max(0, Math.min(1, place - first))];
}

function count(counts: Float64Array, value: number): void {
  counts[value] = (counts[value] as number) + 1;
}
