// Computed volumes and surfaces in place of a set's.

import type { DatasetCard } from "../card.ts";
import type { LabelledMeshesContent, MeshContent, VolumesContent } from "../dataset.ts";
import { LabelledMeshes } from "../labelled-meshes.ts";
import { Mesh } from "../mesh.ts";
import { random } from "../random.ts";
import { Volume } from "../volume.ts";
import { volumeName } from "./plain.ts";

// A head of nested ellipsoids after Shepp and Logan, 1974; the second volume lacks the skull.
export function volumes(card: DatasetCard): VolumesContent {
  const [width, depth, height] = card.shape as [number, number, number];
  const shells: [radius: number, value: number][] = [
    [0.95, 220],
    [0.85, 40],
    [0.8, 120],
    [0.65, 180],
    [0.2, 30],
  ];
  const make = (skull: boolean) => {
    const values = new Uint8Array(width * depth * height);
    const visible = (skull ? shells : shells.slice(2)).map(
      ([radius, value]) => [radius ** 2, value] as const,
    );
    let index = 0;
    for (let up = 0; up < height; up++) {
      for (let forward = 0; forward < depth; forward++) {
        const column = ((2 * up) / height - 1) ** 2 + ((2 * forward) / depth - 1) ** 2;
        for (let right = 0; right < width; right++, index++) {
          const squared = column + ((2 * right) / width - 1) ** 2;
          for (const [limit, value] of visible) if (squared < limit) values[index] = value;
        }
      }
    }
    return new Volume({
      values,
      shape: [width, depth, height],
      spacing: [1, 1, 1],
      affine: [width, depth, height].map((size, row) =>
        [0, 1, 2, 3].map((column) => (column === row ? 1 : column === 3 ? -size / 2 : 0)),
      ),
    });
  };
  const files = Object.values(card.splits).flatMap(({ files }) => files.map(({ file }) => volumeName(file)));
  return {
    kind: "volumes",
    volumes: Object.fromEntries(files.map((name, index) => [name, make(index === 0)])),
  };
}

// A ball with two long bumps.
export function bumpyBall(): MeshContent {
  const mesh = globe(40, (latitude, longitude) => {
    const ears = Math.exp(-8 * (latitude - 1.1) ** 2) * Math.max(0, Math.cos(2 * longitude)) ** 4;
    return scaled(direction(latitude, longitude), 1 + ears);
  });
  return { kind: "mesh", mesh };
}

// Superquadrics (Barr 1981), one of another roundness and shape for each class, none of the same size.
export function superquadrics(card: DatasetCard): LabelledMeshesContent {
  const { classNames } = card;
  const make = (perClass: number, first: number) =>
    new LabelledMeshes({
      labels: Uint8Array.from({ length: perClass * classNames.length }, (_, index) =>
        Math.floor(index / perClass),
      ),
      classNames,
      read: (index) => {
        const label = Math.floor(index / perClass);
        const source = random(first + index);
        const size = () => 0.9 + 0.2 * source.uniform();
        const [along, up] = [0.5 + (label % 3) * 0.4, 0.4 + (label % 5) * 0.3];
        const [width, depth, height] = [size(), along * size(), up * size()];
        const power = [0.2, 0.6, 1, 1.8][label % 4] as number;
        return globe(16, (latitude, longitude) => {
          const [x, y, z] = direction(latitude, longitude).map(
            (value) => Math.sign(value) * Math.abs(value) ** power,
          ) as Point;
          return [width * x, depth * y, height * z];
        });
      },
    });
  return { kind: "labelled-meshes", train: make(20, 0), test: make(5, 10_000), classNames };
}

type Point = [x: number, y: number, z: number];

function direction(latitude: number, longitude: number): Point {
  const around = Math.cos(latitude);
  return [around * Math.cos(longitude), around * Math.sin(longitude), Math.sin(latitude)];
}

function scaled(point: Point, factor: number): Point {
  return point.map((value) => value * factor) as Point;
}

// Two triangles for each cell of a grid of latitudes and longitudes in radians.
function globe(steps: number, place: (latitude: number, longitude: number) => Point): Mesh {
  const positions: number[] = [];
  const triangles: number[] = [];
  for (let row = 0; row <= steps; row++) {
    for (let column = 0; column < 2 * steps; column++) {
      positions.push(...place(Math.PI * (row / steps - 0.5), (Math.PI * column) / steps));
      if (row === steps) continue;
      const [here, next] = [row * 2 * steps + column, row * 2 * steps + ((column + 1) % (2 * steps))];
      triangles.push(here, next, next + 2 * steps, here, next + 2 * steps, here + 2 * steps);
    }
  }
  return new Mesh({ positions: Float32Array.from(positions), triangles: Uint32Array.from(triangles) });
}
