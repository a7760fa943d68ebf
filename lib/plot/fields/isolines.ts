// Lines along which a function on a grid has a given value, by marching squares (Lorensen and Cline 1987, in two
// dimensions): straight between the sides of each cell, joined from cell to cell.

export type Point = readonly [x: number, y: number];

/** A function's values on a grid: `values[row * columns + column]`, at `x[column]` and `y[row]`. */
export interface GridOfValues {
  x: readonly number[];
  y: readonly number[];
  values: ArrayLike<number>;
}

/** The sides of a cell, counter-clockwise from the bottom. */
const [bottom, right, top, left] = [0, 1, 2, 3];

// Which sides a line joins, by which corners are above the level: 1 bottom left, 2 bottom right, 4 top right, 8 top left.
const segments: readonly (readonly [number, number])[][] = [
  [],
  [[left, bottom]],
  [[bottom, right]],
  [[left, right]],
  [[right, top]],
  [],
  [[bottom, top]],
  [[left, top]],
  [[top, left]],
  [[top, bottom]],
  [],
  [[top, right]],
  [[right, left]],
  [[right, bottom]],
  [[bottom, left]],
  [],
].map((each) => each as [number, number][]);

/** The lines of one level, each from end to end; a closed one ends where it begins. */
export function isolines(grid: GridOfValues, level: number): Point[][] {
  const [columns, rows] = [grid.x.length, grid.y.length];
  const links = new Map<string, string[]>();
  const points = new Map<string, Point>();
  const at = (column: number, row: number) => grid.values[row * columns + column] as number;
  for (let row = 0; row + 1 < rows; row++) {
    for (let column = 0; column + 1 < columns; column++) {
      const corners = [at(column, row), at(column + 1, row), at(column + 1, row + 1), at(column, row + 1)];
      const code = corners.reduce((sum, value, index) => sum + (value > level ? 2 ** index : 0), 0);
      for (const [from, to] of segmentsOf(code, corners, level)) {
        const [start, end] = [from, to].map((side) => {
          const [a, b] = sideOf(column, row, side);
          const key = `${a.join()} ${b.join()}`;
          if (!points.has(key)) points.set(key, crossing(grid, a, b, level));
          return key;
        }) as [string, string];
        links.set(start, [...(links.get(start) ?? []), end]);
        links.set(end, [...(links.get(end) ?? []), start]);
      }
    }
  }
  return join(links).map((keys) => keys.map((key) => points.get(key) as Point));
}

function segmentsOf(
  code: number,
  corners: readonly number[],
  level: number,
): readonly (readonly [number, number])[] {
  if (code !== 5 && code !== 10) return segments[code] as [number, number][];
  // At a saddle the middle of the cell tells which corners belong together.
  const isHigh = corners.reduce((sum, value) => sum + value, 0) / 4 > level;
  return isHigh === (code === 5)
    ? ([
        [bottom, right],
        [top, left],
      ] as const)
    : ([
        [left, bottom],
        [right, top],
      ] as const);
}

/** The two grid points of a side, always in the same order whichever cell asks. */
function sideOf(column: number, row: number, side: number): [[number, number], [number, number]] {
  if (side === bottom)
    return [
      [column, row],
      [column + 1, row],
    ];
  if (side === top)
    return [
      [column, row + 1],
      [column + 1, row + 1],
    ];
  const across = side === right ? column + 1 : column;
  return [
    [across, row],
    [across, row + 1],
  ];
}

function crossing(
  { x, y, values }: GridOfValues,
  a: [number, number],
  b: [number, number],
  level: number,
): Point {
  const value = ([column, row]: [number, number]) => values[row * x.length + column] as number;
  const part = (level - value(a)) / (value(b) - value(a));
  const mix = (from: number, to: number) => from + (to - from) * part;
  return [mix(x[a[0]] as number, x[b[0]] as number), mix(y[a[1]] as number, y[b[1]] as number)];
}

/** Open lines from one of their ends, then closed ones from anywhere. */
function join(links: Map<string, string[]>): string[][] {
  const lines: string[][] = [];
  const walk = (start: string): void => {
    const line = [start];
    for (let current = start; ; ) {
      const next = links.get(current)?.pop();
      if (next === undefined) break;
      const back = links.get(next) as string[];
      back.splice(back.indexOf(current), 1);
      line.push(next);
      current = next;
    }
    lines.push(line);
  };
  for (const [key, ends] of links) if (ends.length === 1) walk(key);
  for (const [key, ends] of links) if (ends.length > 0) walk(key);
  return lines;
}
