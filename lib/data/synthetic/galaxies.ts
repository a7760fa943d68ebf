// Colours of galaxies: quiescent and star-forming ones lie apart in the plane of V − J against U − V.

import { ArrayExamples } from "../arrays.ts";
import { random } from "../random.ts";
import { asSynthetic, requireCount, type Synthetic } from "./card.ts";

interface GalaxyOptions {
  /** Defaults to `1000`. */
  samples?: number;
  /** Part of the galaxies that form no stars. Defaults to `0.3`. */
  quiescent?: number;
  /** Defaults to `0`. */
  seed?: number;
}

/**
 * Rest-frame colours of galaxies in magnitudes, drawn like the two sequences of the UVJ diagram.
 *
 * Star-forming galaxies follow the line along which dust reddens both colours; quiescent ones form a clump above
 * the border U − V > 0.88 (V − J) + 0.69, some of each beyond it as in surveys.
 *
 * @returns Inputs `[2]`, V − J and U − V in magnitudes; classes 0 (star-forming) and 1 (quiescent).
 * @throws RangeError if an option is not possible.
 */
export function galaxyColours(options: GalaxyOptions = {}): ArrayExamples & Synthetic {
  const { samples = 1000, quiescent = 0.3, seed = 0 } = options;
  requireCount("samples", samples);
  if (!(quiescent >= 0 && quiescent <= 1)) {
    throw new RangeError(`quiescent is ${quiescent}; a part from 0 to 1 is expected.`);
  }
  const source = random(seed);
  const inputs = new Float32Array(2 * samples);
  const targets = new Int32Array(samples);
  for (let index = 0; index < samples; index++) {
    const isQuiescent = source.uniform() < quiescent;
    // Both sequences run along the border; only their distance above or below it differs.
    const vj = isQuiescent ? 1.05 + 0.22 * source.normal() : 1 + 0.45 * source.normal();
    const above = isQuiescent ? 0.22 + 0.13 * source.normal() : -0.4 + 0.17 * source.normal();
    inputs[2 * index] = vj;
    inputs[2 * index + 1] = 0.88 * vj + 0.69 + above;
    targets[index] = isQuiescent ? 1 : 0;
  }
  return asSynthetic(
    new ArrayExamples({
      inputs,
      inputShape: [2],
      targets,
      targetShape: [],
      classNames: ["star-forming", "quiescent"],
      inputNames: ["V − J", "U − V"],
    }),
    {
      name: "galaxy-colours",
      title: "Galaxy colours (UVJ diagram)",
      description: `${samples} galaxies, ${quiescent} of them quiescent, on two sequences either side of U − V = 0.88 (V − J) + 0.69, seed ${seed}`,
      example: "V − J and U − V in magnitudes, and star-forming (0) or quiescent (1)",
      source: "the border of Williams et al., Astrophysical Journal 691, 2009; no galaxy here was observed",
    },
  );
}
