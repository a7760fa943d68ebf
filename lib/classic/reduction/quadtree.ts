// A quadtree over places in the plane: the sum of forces of many far places is nearly that of as many at their center.

/** Splits at most: places nearer than 2⁻⁵⁰ of the whole count as one. */
const deepest = 50;

/** Cells of a square that is cut in four wherever more than one place lies. */
export class Quadtree {
  readonly #places: Float64Array;
  // One entry a cell.
  readonly #centerX: number[] = [];
  readonly #centerY: number[] = [];
  readonly #counts: number[] = [];
  readonly #widths: number[] = [];
  /** First of the four cells inside; −1 for a cell that is not cut. */
  readonly #inside: number[] = [];
  /** Places of a cell that is not cut. */
  readonly #members: number[][] = [];
  /** Cells that a walk has still to visit: three of each level at most, and one. */
  readonly #waiting = new Int32Array(4 * (deepest + 2));

  /** @param places `[n, 2]`, row after row. */
  constructor(places: Float64Array) {
    this.#places = places;
    let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let at = 0; at < places.length; at += 2) {
      const [x, y] = [places[at] as number, places[at + 1] as number];
      left = Math.min(left, x);
      right = Math.max(right, x);
      low = Math.min(low, y);
      high = Math.max(high, y);
    }
    const width = Math.max(right - left, high - low, Number.MIN_VALUE);
    const all = Array.from({ length: places.length / 2 }, (_, row) => row);
    this.#cell(width);
    this.#fill(0, all, left, low, width, 0);
  }

  /**
   * Add to `into` the repulsion that all other places have on one, Σ (p − q) / (1 + |p − q|²)².
   *
   * @param angle A cell is taken as one if its width is less than this part of its distance.
   * @returns Σ 1 / (1 + |p − q|²).
   */
  repulsion(row: number, angle: number, into: Float64Array): number {
    const [places, counts, widths] = [this.#places, this.#counts, this.#widths];
    const [centerX, centerY, inside, waiting] = [this.#centerX, this.#centerY, this.#inside, this.#waiting];
    const x = places[2 * row] as number;
    const y = places[2 * row + 1] as number;
    let total = 0;
    let forceX = 0;
    let forceY = 0;
    // Plain loops and no lists: this runs once for every example, step and cell.
    let left = 1;
    waiting[0] = 0;
    while (left > 0) {
      const cell = waiting[--left] as number;
      let dx = x - (centerX[cell] as number);
      let dy = y - (centerY[cell] as number);
      const width = widths[cell] as number;
      const first = inside[cell] as number;
      if (width * width < angle * angle * (dx * dx + dy * dy)) {
        const closeness = 1 / (1 + dx * dx + dy * dy);
        const part = (counts[cell] as number) * closeness;
        total += part;
        forceX += part * closeness * dx;
        forceY += part * closeness * dy;
      } else if (first >= 0) {
        for (let next = first; next < first + 4; next++) if (counts[next] !== 0) waiting[left++] = next;
      } else {
        for (const other of this.#members[cell] as number[]) {
          if (other === row) continue;
          dx = x - (places[2 * other] as number);
          dy = y - (places[2 * other + 1] as number);
          const closeness = 1 / (1 + dx * dx + dy * dy);
          total += closeness;
          forceX += closeness * closeness * dx;
          forceY += closeness * closeness * dy;
        }
      }
    }
    into[2 * row] = (into[2 * row] as number) + forceX;
    into[2 * row + 1] = (into[2 * row + 1] as number) + forceY;
    return total;
  }

  #cell(width: number): void {
    this.#centerX.push(0);
    this.#centerY.push(0);
    this.#counts.push(0);
    this.#widths.push(width);
    this.#inside.push(-1);
    this.#members.push([]);
  }

  #fill(cell: number, rows: number[], left: number, low: number, width: number, depth: number): void {
    let [sumX, sumY] = [0, 0];
    for (const row of rows) {
      sumX += this.#places[2 * row] as number;
      sumY += this.#places[2 * row + 1] as number;
    }
    this.#counts[cell] = rows.length;
    this.#centerX[cell] = sumX / rows.length;
    this.#centerY[cell] = sumY / rows.length;
    if (rows.length <= 1 || depth === deepest) {
      this.#members[cell] = rows;
      return;
    }
    const half = width / 2;
    const quarters: number[][] = [[], [], [], []];
    for (const row of rows) {
      const right = Number((this.#places[2 * row] as number) >= left + half);
      const high = Number((this.#places[2 * row + 1] as number) >= low + half);
      quarters[right + 2 * high]?.push(row);
    }
    const first = this.#counts.length;
    this.#inside[cell] = first;
    for (let quarter = 0; quarter < 4; quarter++) this.#cell(half);
    for (const [quarter, part] of quarters.entries()) {
      const [x, y] = [left + (quarter % 2) * half, low + Math.floor(quarter / 2) * half];
      if (part.length > 0) this.#fill(first + quarter, part, x, y, half, depth + 1);
    }
  }
}
