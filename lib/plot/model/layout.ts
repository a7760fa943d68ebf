// Where boxes and lines go, by dagre: layers of boxes in the direction of the data, crossings made few.

import { type Edge, Graph, layout } from "@dagrejs/dagre";
import type { Box, Source } from "./boxes.ts";

export interface Placed {
  box: Box;
  /** Centre. */
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Line {
  points: readonly { x: number; y: number }[];
}

export interface Layout {
  /** Of the whole drawing. */
  left: number;
  top: number;
  width: number;
  height: number;
  boxes: readonly Placed[];
  /** Frames around the boxes of a model, the outermost first. */
  frames: readonly Placed[];
  lines: readonly Line[];
}

export const lineHeight = 15;
export const padding = 8;
const margin = 12;

export function layOut(boxes: readonly Box[], direction: "down" | "right"): Layout {
  const graph = new Graph({ compound: true, multigraph: true });
  graph.setGraph({
    rankdir: direction === "down" ? "TB" : "LR",
    nodesep: 24,
    ranksep: 26,
    marginx: 12,
    marginy: 12,
  });
  graph.setDefaultEdgeLabel(() => ({}));
  const ids = new Map<Box, string>();
  const all: Box[] = [];
  const add = (list: readonly Box[], parent: string | undefined) => {
    for (const box of list) {
      const id = String(ids.size);
      ids.set(box, id);
      all.push(box);
      graph.setNode(id, box.inside.length > 0 ? {} : sizeOf(box));
      if (parent !== undefined) graph.setParent(id, parent);
      add(box.inside, id);
    }
  };
  add(boxes, undefined);
  let edges = 0;
  for (const box of all) {
    box.inputs.forEach((source, index) => {
      // Into and out of a model: to its own input and from the box that gives its output.
      const entrance = box.inside.length > 0 ? entranceOf(box, index) : box;
      graph.setEdge(ids.get(exitOf(source)) as string, ids.get(entrance) as string, {}, String(edges++));
    });
  }
  layout(graph);
  const placed = (box: Box): Placed => {
    const { x, y, width, height } = graph.node(ids.get(box) as string) as unknown as Omit<Placed, "box">;
    return { box, x, y, width, height };
  };
  const lines = graph.edges().map((edge: Edge) => ({ points: (graph.edge(edge) as unknown as Line).points }));
  return framed({
    boxes: all.filter(({ inside }) => inside.length === 0).map(placed),
    frames: all.filter(({ inside }) => inside.length > 0).map((box) => withLabel(placed(box))),
    lines,
  });
}

/** Room for the name above the boxes of a model. */
function withLabel(frame: Placed): Placed {
  return { ...frame, y: frame.y - lineHeight / 2, height: frame.height + lineHeight };
}

/** Long lines may run outside of what dagre takes for the drawing. */
function framed({ boxes, frames, lines }: Omit<Layout, "left" | "top" | "width" | "height">): Layout {
  const corners = [...boxes, ...frames].flatMap(({ x, y, width, height }) => [
    { x: x - width / 2, y: y - height / 2 },
    { x: x + width / 2, y: y + height / 2 },
  ]);
  const points = [...corners, ...lines.flatMap((line) => line.points)];
  const reach = (of: (point: { x: number; y: number }) => number) =>
    points.reduce(
      ([low, high], point) => [Math.min(low, of(point)), Math.max(high, of(point))] as [number, number],
      [Infinity, -Infinity] as [number, number],
    );
  const [left, right] = reach(({ x }) => x);
  const [top, bottom] = reach(({ y }) => y);
  return {
    ...{ boxes, frames, lines, left: left - margin, top: top - margin },
    ...{ width: right - left + 2 * margin, height: bottom - top + 2 * margin },
  };
}

function entranceOf(box: Box, index: number): Box {
  const inner = box.inside.filter(({ inputs }) => inputs.length === 0)[index] ?? (box.inside[0] as Box);
  return inner.inside.length > 0 ? entranceOf(inner, 0) : inner;
}

function exitOf({ box, index }: Source): Box {
  if (box.inside.length === 0) return box;
  const output = box.node.insideOutputs[index];
  const inner =
    box.inside.findLast((each) => each.members.includes(output as Box["node"])) ?? (box.inside.at(-1) as Box);
  return exitOf({ box: inner, index: 0 });
}

function sizeOf({ lines }: Box): { width: number; height: number } {
  const longest = lines.reduce(
    (length, line, index) => Math.max(length, line.length * (index === 0 ? 7 : 6.3)),
    0,
  );
  return { width: Math.max(60, longest + 2 * padding), height: lines.length * lineHeight + 2 * padding - 4 };
}
