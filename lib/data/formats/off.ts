// OFF, the format of ModelNet's meshes: the numbers of points, faces and edges, the points, the faces as polygons
// (https://shape.cs.princeton.edu/benchmark/documentation/off_format.html).

import { Mesh } from "../mesh.ts";
import { readText } from "./text.ts";

/**
 * Read an .off file; a polygon of more than three corners becomes a fan of triangles.
 *
 * @param name The file's name, for messages.
 * @throws Error naming the file if it is of another kind, damaged or cut off.
 */
export function readOff(bytes: Uint8Array, name: string): Mesh {
  const text = readText(bytes, name).replaceAll(/#.*$/gm, "");
  // Some files of ModelNet lack the line end after the first word.
  if (!/^\s*OFF/.test(text)) {
    throw new Error(
      `${name} is no OFF file: it starts with ${JSON.stringify(text.slice(0, 12))}, expected "OFF".`,
    );
  }
  const words = text.slice(text.indexOf("OFF") + 3).match(/\S+/g) ?? [];
  let position = 0;
  const next = (what: string) => {
    const word = words[position++];
    const value = Number(word);
    if (word !== undefined && Number.isFinite(value)) return value;
    throw new Error(
      `${name}: expected ${what}, found ${word === undefined ? "the end of the file" : `"${word}"`}.`,
    );
  };
  const [points, faces] = [next("the number of points"), next("the number of faces")];
  next("the number of edges");
  // A wrong count must not make the reader wait or take the memory.
  if (
    !(
      Number.isInteger(points) &&
      Number.isInteger(faces) &&
      points > 0 &&
      3 * points + 4 * faces <= words.length
    )
  ) {
    throw new Error(
      `${name} is damaged or cut off: ${points} points and ${faces} faces in ${words.length} numbers.`,
    );
  }
  const positions = Float32Array.from({ length: 3 * points }, (_, index) =>
    next(`coordinate ${index % 3} of point ${Math.floor(index / 3)}`),
  );
  const triangles: number[] = [];
  for (let face = 0; face < faces; face++) {
    const corners = Array.from({ length: next(`the corners of face ${face}`) }, () => {
      const point = next(`a corner of face ${face}`);
      if (point in positions && point < points) return point;
      throw new Error(`${name}: face ${face} has the point ${point}; points go from 0 to ${points - 1}.`);
    });
    for (let corner = 2; corner < corners.length; corner++) {
      triangles.push(corners[0] as number, corners[corner - 1] as number, corners[corner] as number);
    }
  }
  return new Mesh({ positions, triangles: Uint32Array.from(triangles) });
}
