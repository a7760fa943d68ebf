// A scene as a figure: a drawing, and where scripts run one that can be turned with the mouse, a finger or the arrow keys.

import { extent, short } from "../axes.ts";
import { escapeXml, Figure } from "../figure.ts";
import { fontFamily } from "../render/canvas.ts";
import { type Themed, themeOf } from "../theme.ts";
import { type Axis, drawScene, type Item, type Scene, type View } from "./scene.ts";

export interface SpaceOptions extends Themed, Partial<View> {
  title?: string;
  /** Title of the first axis with its unit. Defaults to `"x"`. */
  x?: string;
  /** Title of the second axis with its unit. Defaults to `"y"`. */
  y?: string;
  /** Title of the vertical axis with its unit. Defaults to `"z"`. */
  z?: string;
  /** Width of the figure in pixels. Defaults to `480`. */
  width?: number;
  /** Height of the figure in pixels. Defaults to `420`. */
  height?: number;
}

/** Intervals of the three axes. */
export type Ranges = readonly [Range, Range, Range];
type Range = readonly [low: number, high: number];

interface Content {
  /** In the units of the axes. */
  items: readonly Item[];
  ranges: Ranges;
  /** Whether a unit is as long on every axis. */
  equal: boolean;
  /** Radius of points in pixels. */
  size: number;
  /** SVG beside the box. */
  legend: string;
  text: string;
}

/** @throws RangeError if an angle is not finite. */
export function spaceFigure(
  { items, ranges, equal, size, legend, text }: Content,
  options: SpaceOptions,
): Figure {
  const { width = 480, height = 420, azimuth = -60, elevation = 30, title } = options;
  if (!Number.isFinite(azimuth) || !Number.isFinite(elevation)) {
    throw new RangeError(
      `azimuth is ${azimuth} and elevation ${elevation}; they must be finite, in degrees.`,
    );
  }
  const { background, ink, grid, frame } = themeOf(options);
  const longest = Math.max(...ranges.map(([low, high]) => high - low));
  const halves = ranges.map(([low, high]) => (equal ? (high - low) / longest : 1));
  const place = (value: number, axis: number) => {
    const [low, high] = ranges[axis] as Range;
    return (halves[axis] as number) * ((2 * (value - low)) / (high - low) - 1);
  };
  const titles = [options.x ?? "x", options.y ?? "y", options.z ?? "z"];
  const axes = titles.map((name, axis) => ({
    title: escapeXml(name),
    half: halves[axis] as number,
    ticks: ticks(ranges[axis] as Range).map((value) => ({
      at: round(place(value, axis)),
      label: short(value),
    })),
  })) as unknown as [Axis, Axis, Axis];
  const heading = title
    ? `<text x="12" y="22" font-size="14" font-weight="bold">${escapeXml(title)}</text>`
    : "";
  const scene: Scene = {
    ...{ width, height, size, axes, colours: { background, ink, grid, frame } },
    items: items.map(({ colour, corners }) => ({
      colour,
      corners: corners.map(
        (corner) => corner.map((value, axis) => round(place(value, axis))) as [number, number, number],
      ),
    })),
    ...{ still: heading + legend, font: fontFamily },
  };
  const svg = drawScene(scene, { azimuth, elevation });
  return new Figure({ svg, html: turnable(scene, { azimuth, elevation }, svg, text), text });
}

// Without scripts the picture stays; with them it is replaced by one that turns.
function turnable(scene: Scene, view: View, svg: string, text: string): string {
  const image = `<img src="data:image/svg+xml,${encodeURIComponent(svg)}" alt="${escapeXml(text)}">`;
  // The closing tag of a script would end it early.
  const data = JSON.stringify({ scene, view }).replaceAll("<", "\\u003c");
  return `<div>${image}</div><script>(${turn})(document.currentScript.previousElementSibling, ${data}, ${drawScene})</script>`;
}

// Runs in the reader's browser; uses nothing outside itself.
const turn = `(box, { scene, view }, draw) => {
  const show = () => { box.innerHTML = draw(scene, view); };
  const by = (right, up) => {
    view.azimuth -= right;
    view.elevation = Math.max(-90, Math.min(90, view.elevation + up));
    requestAnimationFrame(show);
  };
  let last;
  box.tabIndex = 0;
  box.style.cssText = "display:inline-block;cursor:grab;touch-action:none";
  box.onpointerdown = (event) => { last = event; box.setPointerCapture(event.pointerId); event.preventDefault(); box.focus(); };
  box.onpointermove = (event) => {
    if (!last) return;
    by((event.clientX - last.clientX) / 2, (event.clientY - last.clientY) / 2);
    last = event;
  };
  box.onpointerup = box.onpointercancel = () => { last = undefined; };
  box.onkeydown = (event) => {
    const steps = { ArrowLeft: [-5, 0], ArrowRight: [5, 0], ArrowUp: [0, 5], ArrowDown: [0, -5] };
    if (!steps[event.key]) return;
    by(...steps[event.key]);
    event.preventDefault();
    event.stopPropagation();
  };
  show();
}`;

/** About five round numbers in an interval: multiples of 1, 2 or 5 times a power of ten. */
function ticks([low, high]: Range): number[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough) as number;
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, index) => Number(((first + index) * step).toPrecision(10)));
}

/** The interval of values; of values that are all the same one around them. */
export function rangeOf(values: ArrayLike<number>): Range {
  const [low, high] = extent(values);
  return low < high ? [low, high] : [low - 0.5, high + 0.5];
}

function round(value: number): number {
  return Number(value.toFixed(3));
}
