// A tree to read: as indented text and as a drawing.

import type { Label } from "../../metrics/values.ts";
import { escapeXml, Figure } from "../../plot/figure.ts";
import { argMax } from "../estimator.ts";
import type { TreeNode } from "./grow.ts";

export interface TreeTextOptions {
  /** Names of the features. Defaults to `x[0]`, `x[1]`, … */
  features?: readonly string[];
}

export interface TreeFigureOptions extends TreeTextOptions {
  /** Levels to draw at most. Defaults to `5`. */
  depth?: number;
}

type Names = (feature: number) => string;

/** The tree as questions, indented level by level. */
export function treeText(tree: TreeNode, options: TreeTextOptions, classes?: readonly Label[]): string {
  const nameOf = names(options);
  const lines: string[] = [];
  const visit = (node: TreeNode, indent: string) => {
    if (!node.split) {
      lines.push(`${indent}→ ${answer(node, classes)} (${node.size})`);
      return;
    }
    const { feature, threshold, left, right } = node.split;
    lines.push(`${indent}${nameOf(feature)} ≤ ${short(threshold)}`);
    visit(left, `${indent}│   `);
    lines.push(`${indent}${nameOf(feature)} > ${short(threshold)}`);
    visit(right, `${indent}│   `);
  };
  visit(tree, "");
  return lines.join("\n");
}

interface Box {
  node: TreeNode;
  /** In widths of a leaf. */
  x: number;
  y: number;
  lines: string[];
  children: Box[];
}

const [lineHeight, gap, rise] = [15, 14, 44];
/** Width of a letter, about. */
const letter = 5.8;
/** Colours of classes that stay apart for colour-blind eyes (Okabe and Ito 2008), lightened by how pure a node is. */
const colours = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#999999"];

/** The tree as a drawing: a question in each box, its answer "yes" to the left. */
export function treeFigure(tree: TreeNode, options: TreeFigureOptions, classes?: readonly Label[]): Figure {
  const nameOf = names(options);
  const { depth = 5 } = options;
  let [leaves, height, longest] = [0, 0, 0];
  const place = (node: TreeNode, level: number): Box => {
    const { split } = node;
    const open = split && level < depth ? split : undefined;
    const question = split
      ? `${nameOf(split.feature)} ≤ ${short(split.threshold)}${open ? "" : " …"}`
      : undefined;
    const lines = [
      ...(question ? [question] : []),
      answer(node, classes),
      `${node.size} ${node.size === 1 ? "example" : "examples"}, impurity ${short(node.impurity)}`,
    ];
    const children = open ? [place(open.left, level + 1), place(open.right, level + 1)] : [];
    const [left, right] = children;
    const x = left && right ? (left.x + right.x) / 2 : leaves++ + 0.5;
    const y = level * (3 * lineHeight + rise);
    height = Math.max(height, y + 4 * lineHeight);
    longest = Math.max(longest, ...lines.map((line) => line.length));
    return { node, x, y, lines, children };
  };
  const root = place(tree, 0);
  const boxWidth = 14 + letter * longest;
  const across = ({ x }: Box) => x * (boxWidth + gap);
  const parts: string[] = [];
  const draw = (box: Box) => {
    const tall = (box.lines.length + 0.5) * lineHeight;
    for (const [side, child] of box.children.entries()) {
      parts.push(
        `<path d="M${across(box)} ${box.y + tall}L${across(child)} ${child.y}" stroke="#888" fill="none"/>`,
      );
      const [x, y] = [(across(box) + across(child)) / 2, (box.y + tall + child.y) / 2];
      parts.push(
        `<text x="${x + (side === 0 ? -14 : 14)}" y="${y}" fill="#666">${side === 0 ? "yes" : "no"}</text>`,
      );
      draw(child);
    }
    const { colour, opacity } = shade(box.node, classes);
    const frame = `x="${across(box) - boxWidth / 2}" y="${box.y}" width="${boxWidth}" height="${tall}" rx="4"`;
    parts.push(`<rect ${frame} fill="${colour}" fill-opacity="${opacity.toFixed(2)}" stroke="#666"/>`);
    for (const [line, text] of box.lines.entries()) {
      parts.push(`<text x="${across(box)}" y="${box.y + (line + 1) * lineHeight}">${escapeXml(text)}</text>`);
    }
  };
  draw(root);
  const view = `viewBox="-4 -4 ${leaves * (boxWidth + gap) + 8} ${height + 8}"`;
  const size = `width="${leaves * (boxWidth + gap) + 8}" height="${height + 8}"`;
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${view} font-family="sans-serif" font-size="10.5" ` +
    `text-anchor="middle"><rect x="-4" y="-4" width="100%" height="100%" fill="white"/>${parts.join("")}</svg>`;
  return new Figure({
    svg,
    text: `Tree of ${countLeaves(tree)} leaves, first ${nameOf(tree.split?.feature ?? 0)}`,
  });
}

/** Number of leaves. */
export function countLeaves({ split }: TreeNode): number {
  return split ? countLeaves(split.left) + countLeaves(split.right) : 1;
}

/** Levels of questions. */
export function depthOf({ split }: TreeNode): number {
  return split ? 1 + Math.max(depthOf(split.left), depthOf(split.right)) : 0;
}

function names({ features }: TreeTextOptions): Names {
  return (feature) => features?.[feature] ?? `x[${feature}]`;
}

function answer({ value }: TreeNode, classes: readonly Label[] | undefined): string {
  return classes ? String(classes[argMax(value)]) : short(value[0] as number);
}

function shade({ value }: TreeNode, classes: readonly Label[] | undefined) {
  if (!classes) return { colour: "#ffffff", opacity: 1 };
  const best = argMax(value);
  const chance = 1 / value.length;
  const surety = ((value[best] as number) - chance) / (1 - chance);
  return { colour: colours[best % colours.length] as string, opacity: 0.05 + 0.5 * surety };
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
