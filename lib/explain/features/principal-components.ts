// The two directions in which points differ most, by power iteration in float64.

export interface PrincipalComponents {
  /** Place of each point on the two components. */
  points: [number, number][];
  /** Part of the points' variance that each component holds, 0 to 1. */
  explained: [number, number];
}

/**
 * Principal component analysis on two components (Pearson 1901). Of the two signs of a component the one is taken with
 * which the farthest point lies on the positive side.
 *
 * @param rows The points, each as its numbers.
 */
export function principalComponents(rows: readonly ArrayLike<number>[]): PrincipalComponents {
  const [count, size] = [rows.length, rows[0]?.length ?? 0];
  const mean = new Float64Array(size);
  for (const row of rows) for (let i = 0; i < size; i++) mean[i]! += (row[i] as number) / count;
  const centred = rows.map((row) =>
    Float64Array.from({ length: size }, (_, i) => (row[i] as number) - mean[i]!),
  );
  const total = centred.reduce((sum, row) => sum + dot(row, row), 0);
  const components: { places: Float64Array; share: number }[] = [];
  for (let component = 0; component < 2; component++) {
    // Once the first component is taken out, the second is the first of what is left.
    const direction = firstDirection(centred, size);
    const places = Float64Array.from(centred, (row) => dot(row, direction));
    const farthest = places.reduce((most, place) => (Math.abs(place) > Math.abs(most) ? place : most), 0);
    const sign = farthest < 0 ? -1 : 1;
    components.push({
      places: places.map((place) => sign * place),
      share: total > 0 ? dot(places, places) / total : 0,
    });
    centred.forEach((row, index) => {
      for (let i = 0; i < size; i++) row[i]! -= (places[index] as number) * direction[i]!;
    });
  }
  const [first, second] = components as [(typeof components)[number], (typeof components)[number]];
  return {
    points: rows.map((_, index) => [first.places[index] as number, second.places[index] as number]),
    explained: [first.share, second.share],
  };
}

function firstDirection(rows: readonly Float64Array[], size: number): Float64Array {
  // Any start will do that is not orthogonal to the direction; this one is the same at every call.
  let direction = normalized(Float64Array.from({ length: size }, (_, i) => Math.sin(i + 1)));
  for (let turn = 0; turn < 300; turn++) {
    const next = new Float64Array(size);
    for (const row of rows) {
      const place = dot(row, direction);
      for (let i = 0; i < size; i++) next[i]! += place * row[i]!;
    }
    const before = direction;
    direction = normalized(next);
    if (1 - Math.abs(dot(before, direction)) < 1e-14) break;
  }
  return direction;
}

function normalized(vector: Float64Array): Float64Array {
  const length = Math.sqrt(dot(vector, vector)) || 1;
  return vector.map((value) => value / length);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
