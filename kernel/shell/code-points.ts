// Jupyter counts cursor positions in Unicode code points, JavaScript in UTF-16 code units.

/** The index into `text` of its `points`-th code point; the end of the text where there are fewer. */
export function toCodeUnits(text: string, points: number): number {
  let units = 0;
  for (let left = points; left > 0 && units < text.length; left -= 1) {
    units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1;
  }
  return units;
}

/** How many code points begin before index `units` of `text`. */
export function toCodePoints(text: string, units: number): number {
  return Array.from(text.slice(0, units)).length;
}
