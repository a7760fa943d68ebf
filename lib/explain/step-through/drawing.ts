// A network with one hidden layer as a drawing, with a number on every edge.

import { escapeXml } from "../../plot/figure.ts";

export interface DrawnNode {
  /** Such as "h1". */
  name: string;
  /** Lines under the name; the first is within the circle. */
  lines: string[];
  /** Value that the node is coloured by; left out for white. */
  tint?: number;
}

export interface DrawnEdge {
  from: [layer: number, unit: number];
  to: [layer: number, unit: number];
  label: string;
  /** Red above 0, blue below; the larger, the wider. */
  value: number;
  /** This step is about it. */
  active: boolean;
}

export interface Drawing {
  title: string;
  /** Input, hidden and output layer. */
  layers: DrawnNode[][];
  edges: DrawnEdge[];
  /** The calculation, line by line. */
  lines: string[];
}

const [across, down, radius] = [250, 96, 26];
const [left, top] = [60, 44];
const [red, blue, grey] = ["#b2182b", "#2166ac", "#c4c4c4"];

export function draw({ title, layers, edges, lines }: Drawing): string {
  const tallest = Math.max(...layers.map(({ length }) => length));
  const place = ([layer, unit]: readonly [number, number]) => ({
    x: left + layer * across,
    y: top + 40 + (unit + (tallest - (layers[layer]?.length ?? 0)) / 2) * down,
  });
  const width = left * 2 + across * (layers.length - 1) + 40;
  const below = top + 12 + tallest * down;
  const height = below + lines.length * 17 + 8;
  const largest = Math.max(...edges.filter(({ active }) => active).map(({ value }) => Math.abs(value)), 1e-9);
  const tints = layers.flat().map(({ tint }) => Math.abs(tint ?? 0));
  const strongest = Math.max(...tints, 1e-9);

  const drawnEdges = edges.map(({ from, to, value, active }) => {
    const [start, end] = [place(from), place(to)];
    const colour = !active || value === 0 ? grey : value > 0 ? red : blue;
    const wide = active ? 1 + (4 * Math.abs(value)) / largest : 1;
    return `<line x1="${start.x}" y1="${start.y}" x2="${end.x}" y2="${end.y}" stroke="${colour}" stroke-width="${wide.toFixed(2)}"/>`;
  });
  const labels = edges.map(({ from, to, label, value, active }) => {
    const [start, end] = [place(from), place(to)];
    if (label === "") return "";
    // Lines that begin at one unit have their numbers at different distances, so that those of crossing lines are apart.
    const share = 0.22 + (0.4 * to[1]) / (layers[to[0]]?.length ?? 1);
    const [x, y] = [start.x + share * (end.x - start.x), start.y + share * (end.y - start.y)];
    const wide = 7 + 6.4 * label.length;
    const colour = !active ? "#777777" : value > 0 ? red : value < 0 ? blue : "#555555";
    return (
      `<rect x="${x - wide / 2}" y="${y - 9}" width="${wide}" height="17" rx="4" fill="white" fill-opacity="0.92"/>` +
      `<text x="${x}" y="${y + 4}" text-anchor="middle" fill="${colour}"${active ? ' font-weight="bold"' : ""}>${escapeXml(label)}</text>`
    );
  });
  const nodes = layers.flatMap((units, layer) =>
    units.map(({ name, lines: [first = "", ...rest], tint }, unit) => {
      const { x, y } = place([layer, unit]);
      const opacity = ((0.55 * Math.abs(tint ?? 0)) / strongest).toFixed(2);
      return [
        `<circle cx="${x}" cy="${y}" r="${radius}" fill="white"/>`,
        `<circle cx="${x}" cy="${y}" r="${radius}" fill="${(tint ?? 0) < 0 ? blue : red}" fill-opacity="${opacity}" stroke="#333333"/>`,
        `<text x="${x}" y="${y - 4}" text-anchor="middle" font-size="11">${escapeXml(name)}</text>`,
        `<text x="${x}" y="${y + 12}" text-anchor="middle" font-weight="bold">${escapeXml(first)}</text>`,
        ...rest.map(
          (line, index) =>
            `<text x="${x}" y="${y + radius + 13 + 13 * index}" text-anchor="middle" font-size="11" fill="#444444">${escapeXml(line)}</text>`,
        ),
      ].join("");
    }),
  );
  const words = lines.map(
    (line, index) =>
      `<text x="16" y="${below + 12 + 17 * index}" font-family="monospace" font-size="12" xml:space="preserve">${escapeXml(line)}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="#222222">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    `<text x="16" y="24" font-size="14" font-weight="bold">${escapeXml(title)}</text>`,
    ...drawnEdges,
    ...labels,
    ...nodes,
    ...words,
    "</svg>",
  ].join("\n");
}
