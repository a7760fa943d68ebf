// A surface in space: points and the triangles between them.

import { displaySymbol, type MimeBundle } from "../plot/display.ts";
import { formatCount } from "./card.ts";
import { random } from "./random.ts";

interface MeshContent {
  /** Coordinates x, y, z, point after point. */
  positions: Float32Array;
  /** Numbers of the three points of each triangle, from 0. */
  triangles: Uint32Array;
}

/** A surface of triangles. */
export class Mesh {
  /** Coordinates of the points, `[points, 3]`. */
  readonly positions: Float32Array;
  /** The points of each triangle, `[triangles, 3]`. */
  readonly triangles: Uint32Array;

  /**
   * @throws RangeError if coordinates or corners don't come in threes, or a corner is no point.
   */
  constructor({ positions, triangles }: MeshContent) {
    if (positions.length === 0 || positions.length % 3 !== 0 || triangles.length % 3 !== 0) {
      throw new RangeError(
        `A mesh needs 3 coordinates a point and 3 corners a triangle; found ${positions.length} and ${triangles.length}.`,
      );
    }
    const points = positions.length / 3;
    const wrong = triangles.findIndex((point) => point >= points);
    if (wrong >= 0) {
      throw new RangeError(
        `Triangle ${Math.floor(wrong / 3)} has the point ${triangles[wrong]}; points go from 0 to ${points - 1}.`,
      );
    }
    this.positions = positions;
    this.triangles = triangles;
  }

  /**
   * Points drawn at random from the surface, equally dense everywhere.
   *
   * @param count How many.
   * @param options.seed Chooses which. Defaults to `0`.
   * @returns `[count, 3]`.
   * @throws RangeError if the count is no whole number above 0, or the mesh has no area.
   */
  sample(count: number, { seed = 0 }: { seed?: number } = {}): Float32Array {
    if (!(Number.isInteger(count) && count > 0)) {
      throw new RangeError(`${count} points were asked for; a whole number from 1 on is expected.`);
    }
    const source = random(seed);
    const areas = this.#areasSoFar();
    const area = areas.at(-1) ?? 0;
    if (!(area > 0)) throw new RangeError("The mesh has no area from which points could be drawn.");
    const drawn = new Float32Array(count * 3);
    for (let point = 0; point < count; point++) {
      const [a, b, c] = this.#corners(firstAbove(areas, source.uniform() * area));
      // Osada et al.: Shape distributions, 2002, equation 1: uniform within the triangle.
      const [root, along] = [Math.sqrt(source.uniform()), source.uniform()];
      const weights = [1 - root, root * (1 - along), root * along] as const;
      for (let axis = 0; axis < 3; axis++) {
        drawn[point * 3 + axis] =
          weights[0] * (a[axis] as number) +
          weights[1] * (b[axis] as number) +
          weights[2] * (c[axis] as number);
      }
    }
    return drawn;
  }

  [displaySymbol](): MimeBundle {
    const [points, triangles] = [this.positions.length / 3, this.triangles.length / 3];
    return { "text/plain": `Mesh: ${formatCount(points)} points, ${formatCount(triangles)} triangles` };
  }

  #corners(triangle: number): [Float32Array, Float32Array, Float32Array] {
    const corner = (place: number) => {
      const point = this.triangles[triangle * 3 + place] as number;
      return this.positions.subarray(point * 3, point * 3 + 3);
    };
    return [corner(0), corner(1), corner(2)];
  }

  #areasSoFar(): Float64Array {
    let area = 0;
    return Float64Array.from({ length: this.triangles.length / 3 }, (_, triangle) => {
      const [a, b, c] = this.#corners(triangle);
      const edge = (to: Float32Array) => [0, 1, 2].map((axis) => (to[axis] as number) - (a[axis] as number));
      const [[ux = 0, uy = 0, uz = 0], [vx = 0, vy = 0, vz = 0]] = [edge(b), edge(c)];
      area += Math.hypot(uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx) / 2;
      return area;
    });
  }
}

// The place of the first value that is larger than the one sought, in ascending values.
function firstAbove(values: Float64Array, sought: number): number {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] as number) > sought) high = middle;
    else low = middle + 1;
  }
  return low;
}
