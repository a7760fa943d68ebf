// Pairs of a hazy and a clear image: haze mixes the colour of the air into what is far away.

import { ArrayExamples } from "../arrays.ts";
import { type RandomSource, random } from "../random.ts";
import { asSynthetic, requireCount, type Synthetic } from "./card.ts";

interface HazyOptions {
  /** Number of pairs. Defaults to `32`. */
  samples?: number;
  /** Height and width in pixels. Defaults to `[64, 64]`. */
  imageSize?: readonly [height: number, width: number];
  /** Haze at the farthest point: transmission there is exp(−density · depth). Defaults to from `1` to `2.5`. */
  density?: readonly [low: number, high: number];
  /** Defaults to `0`. */
  seed?: number;
}

interface Scene {
  colour: (x: number, y: number) => readonly number[];
  /** From 0, near, to 1, far. */
  depth: (x: number, y: number) => number;
}

/**
 * Landscapes of a sky, hills and blocks, hazy as input and clear as target.
 *
 * @returns Inputs and targets `[height, width, 3]` in [0, 1]. The haze follows
 *   I = J t + A (1 − t), t = exp(−β d), with the depth d of each pixel, the density β and the light of the air A.
 * @throws RangeError if an option is not possible.
 */
export function hazyPairs(options: HazyOptions = {}): ArrayExamples & Synthetic {
  const { samples = 32, imageSize = [64, 64], density = [1, 2.5], seed = 0 } = options;
  const [height, width] = imageSize;
  requireCount("samples", samples);
  requireCount("imageSize[0]", height);
  requireCount("imageSize[1]", width);
  if (!(density[0] >= 0 && density[1] >= density[0])) {
    throw new RangeError(`density is [${density}]; two ascending numbers from 0 on are expected.`);
  }
  const source = random(seed);
  const inputs = new Float32Array(samples * height * width * 3);
  const targets = new Float32Array(inputs.length);
  for (let index = 0, value = 0; index < samples; index++) {
    const { colour, depth } = landscape(source);
    const beta = density[0] + (density[1] - density[0]) * source.uniform();
    const air = 0.75 + 0.2 * source.uniform();
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const [x, y] = [column / width, row / height];
        const transmission = Math.exp(-beta * depth(x, y));
        for (const clear of colour(x, y)) {
          targets[value] = clear;
          inputs[value++] = clear * transmission + air * (1 - transmission);
        }
      }
    }
  }
  return asSynthetic(
    new ArrayExamples({
      inputs,
      inputShape: [height, width, 3],
      targets,
      targetShape: [height, width, 3],
    }),
    {
      name: "hazy-pairs",
      title: "Hazy pairs",
      description: `${samples} drawn landscapes of ${height} × ${width} pixels with haze of density ${density.join(" to ")}, seed ${seed}`,
      example: `a hazy and a clear image, [${height}, ${width}, 3] in [0, 1]`,
      source: "the model of Koschmieder, 1924; McCartney: Optics of the Atmosphere, 1976",
    },
  );
}

function landscape(source: RandomSource): Scene {
  const horizon = 0.3 + 0.2 * source.uniform();
  const [phase, waves] = [2 * Math.PI * source.uniform(), 1 + 3 * source.uniform()];
  const shade = () => 0.1 + 0.8 * source.uniform();
  const ground = [
    0.25 + 0.3 * source.uniform(),
    0.35 + 0.3 * source.uniform(),
    0.15 + 0.2 * source.uniform(),
  ];
  const blocks = Array.from({ length: 3 + source.integer(5) }, () => {
    const depth = 0.1 + 0.7 * source.uniform();
    // Farther things stand higher in the picture and look smaller.
    const foot = 1 - depth * (1 - horizon);
    const size = 0.45 * (1.1 - depth);
    const left = source.uniform() - size / 2;
    return {
      depth,
      foot,
      top: foot - size * (0.5 + source.uniform()),
      left,
      right: left + size,
      colour: [shade(), shade(), shade()],
    };
  }).sort((a, b) => a.depth - b.depth);
  const block = (x: number, y: number) =>
    blocks.find(({ left, right, top, foot }) => x >= left && x < right && y >= top && y < foot);
  const border = (x: number) => horizon + 0.05 * Math.sin(phase + waves * 2 * Math.PI * x);
  return {
    depth: (x, y) => block(x, y)?.depth ?? (y < border(x) ? 1 : Math.min(1, (1 - y) / (1 - border(x)))),
    colour(x, y) {
      const found = block(x, y);
      if (found) {
        // Windows give the network edges to restore.
        const dim = Math.floor(x * 40) % 3 === 0 && Math.floor(y * 40) % 3 === 0 ? 0.6 : 1;
        return found.colour.map((value) => value * dim);
      }
      if (y < border(x)) return [0.35 + 0.4 * y, 0.55 + 0.4 * y, 0.9];
      const furrow = 0.85 + 0.15 * Math.sin((60 * y) / (0.2 + y) + 6 * x);
      return ground.map((value) => value * furrow);
    },
  };
}
