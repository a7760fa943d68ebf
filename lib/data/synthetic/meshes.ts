// Solids of which points on the surface are sampled, turned about the vertical axis: what PointNet classifies.

import { ArrayExamples } from "../arrays.ts";
import { type RandomSource, random } from "../random.ts";
import { asSynthetic, requireCount, requireNotNegative, type Synthetic } from "./card.ts";

type Point = [x: number, y: number, z: number];

// Uniform over the surface: equal areas get equally many points.
const solids: Record<string, (source: RandomSource) => Point> = {
  sphere(source) {
    // Archimedes: the height of a uniform point on a sphere is uniform.
    const z = 2 * source.uniform() - 1;
    const [x, y] = onCircle(source, Math.sqrt(1 - z * z));
    return [x, y, z];
  },
  cube(source) {
    const face = source.integer(6);
    const point: Point = [0, 0, 0].map(() => 2 * source.uniform() - 1) as Point;
    point[face % 3] = face < 3 ? -1 : 1;
    return point.map((coordinate) => coordinate / Math.sqrt(3)) as Point;
  },
  torus(source) {
    const [around, tube] = [0.7, 0.3];
    // The outside of the tube has more area: rejection in proportion to the distance from the axis.
    for (;;) {
      const angle = 2 * Math.PI * source.uniform();
      const distance = around + tube * Math.cos(angle);
      if (source.uniform() * (around + tube) > distance) continue;
      const [x, y] = onCircle(source, distance);
      return [x, y, tube * Math.sin(angle)];
    }
  },
  cylinder(source) {
    const [radius, half] = [0.6, 0.8];
    const side = 2 * half;
    // The wall measures 2πr · 2h, the two lids 2 · πr².
    if (source.uniform() * (side + radius) < side) {
      const [x, y] = onCircle(source, radius);
      return [x, y, half * (2 * source.uniform() - 1)];
    }
    const [x, y] = onCircle(source, radius * Math.sqrt(source.uniform()));
    return [x, y, source.uniform() < 0.5 ? -half : half];
  },
};

interface MeshOptions {
  /** Number of clouds. Defaults to `200`. */
  samples?: number;
  /** Points of each cloud. Defaults to `256`. */
  points?: number;
  /** Standard deviation of the normal noise on each coordinate. Defaults to `0.02`. */
  noise?: number;
  /** Whether each cloud is turned by a random angle about the vertical axis. Defaults to `true`. */
  turned?: boolean;
  /** Defaults to `0`. */
  seed?: number;
}

/**
 * Clouds of points on spheres, cubes, tori and cylinders, as equally many as possible of each.
 *
 * @returns Inputs `[points, 3]` (x, y, z within the unit ball, but for noise); classes 0 sphere, 1 cube, 2 torus,
 *   3 cylinder.
 * @throws RangeError if an option is not possible.
 */
export function sampledMeshes(options: MeshOptions = {}): ArrayExamples & Synthetic {
  const { samples = 200, points = 256, noise = 0.02, turned = true, seed = 0 } = options;
  requireCount("samples", samples);
  requireCount("points", points);
  requireNotNegative("noise", noise);
  const classNames = Object.keys(solids);
  const source = random(seed);
  const targets = source.permutation(samples).map((position) => position % classNames.length);
  const inputs = new Float32Array(samples * points * 3);
  targets.forEach((label, index) => {
    const draw = solids[classNames[label] as string] as (source: RandomSource) => Point;
    const angle = turned ? 2 * Math.PI * source.uniform() : 0;
    const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
    for (let point = 0; point < points; point++) {
      const [x, y, z] = draw(source);
      const placed = [cosine * x - sine * y, sine * x + cosine * y, z];
      const noisy = placed.map((coordinate) => coordinate + noise * source.normal());
      inputs.set(noisy, (index * points + point) * 3);
    }
  });
  return asSynthetic(
    new ArrayExamples({ inputs, inputShape: [points, 3], targets, targetShape: [], classNames }),
    {
      name: "sampled-meshes",
      title: "Sampled meshes",
      description: `${samples} clouds of ${points} points, uniform on the surface, normal noise of ${noise}, seed ${seed}`,
      example: `[${points}, 3] coordinates and one of the classes ${classNames.join(", ")}`,
      source:
        "the task of PointNet (Qi et al., CVPR 2017), with solids whose surfaces are known in closed form",
    },
  );
}

function onCircle(source: RandomSource, radius: number): [x: number, y: number] {
  const angle = 2 * Math.PI * source.uniform();
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}
