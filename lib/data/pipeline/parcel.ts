// Samples on their way between threads. Those that are alike, as most are, go as one array of all x and one of all y:
// sending an array takes longer than copying an image into it.

import { alike, ownedSample, type Sample, sizeOf, type Values } from "../sample.ts";
import { stack } from "./stack.ts";

/** Samples as they are sent: stacked, or one by one. */
export type Parcel = { x: Values; y: Values } | { samples: Sample[] };

export function pack(samples: readonly Sample[]): Parcel {
  if (!canBeStacked(samples)) return { samples: samples.map(ownedSample) };
  return { x: stack(samples.map(({ x }) => x)), y: stack(samples.map(({ y }) => y)) };
}

/** The samples of a parcel; those that came stacked are views of its arrays. */
export function unpack(parcel: Parcel): Sample[] {
  if ("samples" in parcel) return parcel.samples;
  const [xs, ys] = [unstack(parcel.x), unstack(parcel.y)];
  return xs.map((x, place) => ({ x, y: ys[place] as Values }));
}

/** What of a parcel can be handed over instead of copied: its sender has no more use for it. */
export function buffersOf(parcel: Parcel): ArrayBuffer[] {
  const parts = "samples" in parcel ? parcel.samples : [parcel];
  const all = parts.flatMap(({ x, y, mask }: Partial<Sample>) => [x, y, mask]);
  const buffers = all.map((values) => values?.data.buffer);
  return [...new Set(buffers.filter((buffer) => buffer instanceof ArrayBuffer))];
}

function canBeStacked(samples: readonly Sample[]): boolean {
  const [first] = samples;
  return (
    first !== undefined &&
    samples.every(
      (sample) => Object.keys(sample).length === 2 && alike(sample.x, first.x) && alike(sample.y, first.y),
    )
  );
}

function unstack({ data, shape: [count, ...shape] }: Values): Values[] {
  const size = sizeOf(shape);
  return Array.from({ length: count as number }, (_, place) => ({
    data: data.subarray(place * size, (place + 1) * size),
    shape,
  }));
}
