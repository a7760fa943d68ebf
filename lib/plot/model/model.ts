// A model as a drawing: a box for each layer, lines for what goes from one to the next.

import type * as tf from "@tensorflow/tfjs";
import { requireOneOf } from "../../data/nearest.ts";
import { layerGraph } from "../../summary/index.ts";
import { escapeXml, Figure } from "../figure.ts";
import { fontFamily } from "../render/canvas.ts";
import { theme as currentTheme, type Themed, type ThemeName } from "../theme.ts";
import { type Kind, makeBoxes } from "./boxes.ts";
import { type Layout, type Line, layOut, lineHeight, type Placed, padding } from "./layout.ts";

export interface ModelOptions extends Themed {
  /** Defaults to the model's name. */
  title?: string;
  /** Where the data flows. Defaults to `"down"`. */
  direction?: "down" | "right";
  /** Put normalization, activation and dropout into the box of the layer before. Defaults to `true`. */
  merge?: boolean;
}

interface ModelTheme {
  background: string;
  text: string;
  line: string;
  frame: string;
  fills: Record<Kind, string>;
}

// Tints of Okabe and Ito's colours; the text in the box tells what it is, too.
const themes: Record<ThemeName, ModelTheme> = {
  light: {
    ...{ background: "#ffffff", text: "#1a1a1a", line: "#707070", frame: "#f4f4f4" },
    fills: {
      ...{
        input: "#ffffff",
        convolution: "#cfe4f3",
        dense: "#f8d5bd",
        pooling: "#c8e8dd",
        recurrent: "#ecd5e2",
      },
      ...{ attention: "#f6e7c1", merge: "#e6e6e6", embedding: "#d9effb", other: "#f0f0f0" },
    },
  },
  dark: {
    ...{ background: "#1b1b1b", text: "#f0f0f0", line: "#a0a0a0", frame: "#262626" },
    fills: {
      ...{
        input: "#1b1b1b",
        convolution: "#0b4a75",
        dense: "#7a3500",
        pooling: "#00553f",
        recurrent: "#6b3f57",
      },
      ...{ attention: "#6e4b00", merge: "#4a4a4a", embedding: "#22566f", other: "#3a3a3a" },
    },
  },
};

/**
 * The layers of a model as a graph, with type, settings, output shape and number of parameters in each box; models that are
 * used as layers are drawn in frames.
 */
export function model(network: tf.LayersModel, options: ModelOptions = {}): Figure {
  const { title = network.name, direction = "down", merge = true, theme = currentTheme() } = options;
  requireOneOf("direction", direction, ["down", "right"]);
  const boxes = makeBoxes(layerGraph(network).nodes, merge, new Map());
  const layout = layOut(boxes, direction);
  const parameters = network.countParams().toLocaleString("en-US");
  return new Figure({
    svg: draw(layout, title, themes[theme]),
    text: `Model "${title}": ${layout.boxes.length} boxes, ${parameters} parameters`,
  });
}

const titleHeight = 28;

function draw(
  { left, top, width, height, boxes, frames, lines }: Layout,
  title: string,
  theme: ModelTheme,
): string {
  const [wide, high] = [Math.ceil(Math.max(width, 40 + title.length * 9)), Math.ceil(height + titleHeight)];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${wide}" height="${high}" viewBox="0 0 ${wide} ${high}" font-family="${fontFamily}" font-size="12" fill="${theme.text}">`,
    `<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="${theme.line}"/></marker></defs>`,
    `<rect width="100%" height="100%" fill="${theme.background}"/>`,
    `<text x="12" y="20" font-size="14" font-weight="bold">${escapeXml(title)}</text>`,
    `<g transform="translate(${-left} ${titleHeight - top})">`,
    ...frames.map((frame) => drawFrame(frame, theme)),
    ...lines.map((line) => drawLine(line, theme)),
    ...boxes.map((box) => drawBox(box, theme)),
    "</g>",
    "</svg>",
  ].join("\n");
}

function drawFrame(frame: Placed, theme: ModelTheme): string {
  const [left, top] = corner(frame);
  return (
    `<rect x="${left}" y="${top}" width="${frame.width}" height="${frame.height}" rx="6" fill="${theme.frame}" stroke="${theme.line}" stroke-dasharray="4 3"/>` +
    `<text x="${left + 6}" y="${top + 14}" font-style="italic">${escapeXml(frame.box.node.name)}</text>`
  );
}

function drawBox(placed: Placed, theme: ModelTheme): string {
  const [left, top] = corner(placed);
  const { lines, kind } = placed.box;
  const texts = lines.map((line, index) => {
    const weight = index === 0 ? ' font-weight="bold"' : "";
    const y = top + padding + 9 + index * lineHeight;
    return `<text x="${placed.x}" y="${y}" text-anchor="middle"${weight}>${escapeXml(line)}</text>`;
  });
  return [
    `<rect x="${left}" y="${top}" width="${placed.width}" height="${placed.height}" rx="5" fill="${theme.fills[kind]}" stroke="${theme.line}"/>`,
    ...texts,
  ].join("");
}

function corner({ x, y, width, height }: Placed): [left: number, top: number] {
  return [x - width / 2, y - height / 2];
}

/** A smooth line through the midpoints between the points that dagre gives. */
function drawLine({ points }: Line, theme: ModelTheme): string {
  const at = ({ x, y }: { x: number; y: number }) => `${x.toFixed(1)} ${y.toFixed(1)}`;
  const [first, ...rest] = points as [Line["points"][0], ...Line["points"][0][]];
  const curves = rest.slice(0, -1).map((point, index) => {
    const next = rest[index + 1] as Line["points"][0];
    const isLast = index === rest.length - 2;
    const end = isLast ? next : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    return `Q${at(point)} ${at(end)}`;
  });
  const path = `M${at(first)}${curves.length > 0 ? curves.join("") : `L${at(rest.at(-1) ?? first)}`}`;
  return `<path d="${path}" fill="none" stroke="${theme.line}" stroke-width="1.3" marker-end="url(#arrow)"/>`;
}
