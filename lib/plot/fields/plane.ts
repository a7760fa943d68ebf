// What maps over a rectangle share: their two axes, and a path over them.

import type { VegaLiteSpec } from "../vega.ts";

export type Interval = readonly [from: number, to: number];

/** Points `[x, y]`, first to last. */
export type Path = ArrayLike<readonly [x: number, y: number]>;

/** @throws RangeError if the interval is empty. */
export function requireInterval(name: string, [from, to]: Interval): void {
  if (from < to) return;
  throw new RangeError(`${name} is [${from}, ${to}]; the second number must be larger than the first.`);
}

/** The places of the fields `x` and `y` on axes that end where the map does. */
export function planePosition(x: string, y: string, xRange: Interval, yRange: Interval): VegaLiteSpec {
  const axis = (field: "x" | "y", title: string, domain: Interval) => ({
    ...{ field, type: "quantitative", title },
    ...{ scale: { domain, nice: false, zero: false }, axis: { grid: false } },
  });
  return { x: axis("x", x, xRange), y: axis("y", y, yRange) };
}

/** A path as a line, with a circle where it starts and a diamond where it ends; none for no points. */
export function pathLayers(path: Path, position: VegaLiteSpec, color = "white"): VegaLiteSpec[] {
  const steps = Array.from(path, ([x, y], order) => {
    if (Number.isFinite(x) && Number.isFinite(y)) return { x, y, order };
    throw new RangeError(`path[${order}] is [${x}, ${y}]; only finite numbers can be drawn.`);
  });
  if (steps.length === 0) return [];
  return [
    {
      data: { values: steps },
      mark: {
        type: "line",
        color,
        strokeWidth: 1.5,
        point: { color, size: 12 },
        clip: true,
      },
      encoding: { ...position, order: { field: "order" } },
    },
    {
      data: { values: [steps[0], steps.at(-1)] },
      mark: { type: "point", filled: true, size: 90, stroke: "black", opacity: 1, clip: true },
      encoding: {
        ...position,
        shape: { condition: { test: "datum.order > 0", value: "diamond" }, value: "circle" },
        fill: { condition: { test: "datum.order > 0", value: "#D55E00" }, value: color },
      },
    },
  ];
}

/** What the text of a figure says about its path. */
export function pathText({ length }: Path): string {
  return length > 0 ? `, with a path of ${length} points (circle: start, diamond: end)` : "";
}
