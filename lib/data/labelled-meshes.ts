// Meshes with class labels; each is read when it is needed, since designs have up to a million points.

import { displaySymbol, type MimeBundle } from "../plot/display.ts";
import { ArrayExamples } from "./arrays.ts";
import { formatCount } from "./card.ts";
import { requireIndex } from "./images.ts";
import type { Mesh } from "./mesh.ts";

interface LabelledMeshesContent {
  /** Reads one mesh. */
  read: (index: number) => Mesh;
  labels: Uint8Array;
  classNames: readonly string[];
}

/** Surfaces with one class each: a split of a data set, or a part of one. */
export class LabelledMeshes {
  /** Class number of each mesh, from 0. */
  readonly labels: Uint8Array;
  /** Names of the classes; the position is the class number. */
  readonly classNames: readonly string[];
  readonly #read: (index: number) => Mesh;

  constructor({ read, labels, classNames }: LabelledMeshesContent) {
    this.labels = labels;
    this.classNames = classNames;
    this.#read = read;
  }

  /** Number of meshes. */
  get size(): number {
    return this.labels.length;
  }

  /**
   * One mesh.
   *
   * @throws RangeError if there is no such mesh; Error if its file is damaged.
   */
  mesh(index: number): Mesh {
    return this.#read(requireIndex(index, this.size, "mesh"));
  }

  /**
   * A cloud of points from the surface of each mesh, as PointNet takes it: with its middle at 0, within the unit ball.
   *
   * @param count Points of each cloud.
   * @param options.seed Chooses the points. Defaults to `0`.
   * @returns Inputs `[count, 3]` (x, y, z); targets are class numbers.
   * @throws RangeError if the count is no whole number above 0.
   */
  points(count: number, { seed = 0 }: { seed?: number } = {}): ArrayExamples {
    const inputs = new Float32Array(this.size * count * 3);
    for (let index = 0; index < this.size; index++) {
      inputs.set(toUnitBall(this.mesh(index).sample(count, { seed: seed + index })), index * count * 3);
    }
    return new ArrayExamples({
      inputs,
      inputShape: [count, 3],
      targets: Int32Array.from(this.labels),
      targetShape: [],
      classNames: this.classNames,
      inputNames: ["x", "y", "z"],
    });
  }

  /**
   * The meshes at `indices`, in that order.
   *
   * @throws RangeError if there is no such mesh.
   */
  select(indices: ArrayLike<number>): LabelledMeshes {
    const chosen = Array.from(indices, (index) => requireIndex(index, this.size, "mesh"));
    return new LabelledMeshes({
      read: (position) => this.#read(chosen[position] as number),
      labels: Uint8Array.from(chosen, (index) => this.labels[index] as number),
      classNames: this.classNames,
    });
  }

  [displaySymbol](): MimeBundle {
    const { size, classNames } = this;
    const text = `LabelledMeshes: ${formatCount(size)} meshes, ${classNames.length} classes (${classNames.join(", ")})`;
    return { "text/plain": text };
  }
}

function toUnitBall(points: Float32Array): Float32Array {
  const count = points.length / 3;
  const middle = [0, 0, 0];
  points.forEach((value, index) => {
    middle[index % 3] = (middle[index % 3] as number) + value / count;
  });
  const centred = points.map((value, index) => value - (middle[index % 3] as number));
  let radius = 0;
  for (let point = 0; point < count; point++) {
    radius = Math.max(radius, Math.hypot(...centred.subarray(point * 3, point * 3 + 3)));
  }
  return radius > 0 ? centred.map((value) => value / radius) : centred;
}
