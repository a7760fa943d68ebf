// A volume of voxels, such as a magnetic-resonance image, with the place of each voxel in millimetres.

import * as tf from "@tensorflow/tfjs";
import { displaySymbol, type MimeBundle } from "../plot/display.ts";
import { didYouMean } from "./nearest.ts";
import type { TypedArray } from "./typed-array.ts";

const planes = ["sagittal", "coronal", "axial"] as const;

/** Cut along the x, y or z axis. */
type Plane = (typeof planes)[number];

interface VolumeContent {
  values: TypedArray;
  shape: readonly [x: number, y: number, z: number];
  spacing: readonly [x: number, y: number, z: number];
  affine: readonly (readonly number[])[];
}

/** Voxels in a box; x (the first axis) varies fastest. */
export class Volume {
  readonly values: TypedArray;
  /** Number of voxels along each axis. */
  readonly shape: readonly [x: number, y: number, z: number];
  /** Distance of neighbouring voxels along each axis in millimetres. */
  readonly spacing: readonly [x: number, y: number, z: number];
  /** Takes voxel indices (x, y, z, 1) to millimetres right, forward and up: `[3, 4]`. */
  readonly affine: readonly (readonly number[])[];

  constructor({ values, shape, spacing, affine }: VolumeContent) {
    this.values = values;
    this.shape = shape;
    this.spacing = spacing;
    this.affine = affine;
  }

  /**
   * The value of one voxel.
   *
   * @throws RangeError if it lies outside the volume.
   */
  at(x: number, y: number, z: number): number {
    const [width, depth] = this.shape;
    [x, y, z].forEach((index, axis) => {
      this.#requireIndex(index, axis);
    });
    return this.values[x + width * (y + depth * z)] as number;
  }

  /**
   * One slice as it is looked at: up (or forward, in an axial slice) on top, x (or y, in a sagittal slice) to the right.
   *
   * @param plane `"sagittal"` cuts the x axis, `"coronal"` the y axis, `"axial"` the z axis.
   * @param index Number of the slice. Defaults to the middle one.
   * @returns Float32 `[height, width]` with the values of the volume; the caller disposes it.
   * @throws RangeError if there is no such slice.
   */
  slice(plane: Plane, index?: number): tf.Tensor2D {
    const cut = planes.indexOf(plane);
    if (cut < 0)
      throw new RangeError(
        `There is no plane "${plane}"; the planes are ${planes.join(", ")}.${didYouMean(plane, planes)}`,
      );
    const position = index ?? Math.floor((this.shape[cut] as number) / 2);
    this.#requireIndex(position, cut);
    const [across, up] = [0, 1, 2].filter((axis) => axis !== cut) as [number, number];
    const [width, height] = [this.shape[across] as number, this.shape[up] as number];
    const steps = [1, this.shape[0], this.shape[0] * this.shape[1]] as const;
    const values = new Float32Array(width * height);
    for (let row = 0; row < height; row++) {
      const start = position * (steps[cut] as number) + (height - 1 - row) * (steps[up] as number);
      for (let column = 0; column < width; column++) {
        values[row * width + column] = this.values[start + column * (steps[across] as number)] as number;
      }
    }
    return tf.tensor2d(values, [height, width]);
  }

  [displaySymbol](): MimeBundle {
    const text = `Volume: ${this.shape.join(" × ")} voxels (x × y × z) of ${this.spacing.map((step) => Number(step.toPrecision(4))).join(" × ")} mm`;
    return { "text/plain": text };
  }

  #requireIndex(index: number, axis: number): void {
    const size = this.shape[axis] as number;
    if (Number.isInteger(index) && index >= 0 && index < size) return;
    throw new RangeError(
      `There is no voxel ${index} along ${"xyz"[axis]}; indices go from 0 to ${size - 1}.`,
    );
  }
}
