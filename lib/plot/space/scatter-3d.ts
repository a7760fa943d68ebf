// Points in space: point clouds, and examples by three measures.

import type * as tf from "@tensorflow/tfjs";
import { type Matrix, readRows, readVector, type Vector } from "../../metrics/values.ts";
import { heading, short } from "../axes.ts";
import { gradients, standingBar } from "../colour-bar.ts";
import { type ColourName, colourMaps, css, requireColours } from "../colours.ts";
import { escapeXml, type Figure } from "../figure.ts";
import { themeOf } from "../theme.ts";
import type { Item } from "./scene.ts";
import { type Ranges, rangeOf, type SpaceOptions, spaceFigure } from "./space-figure.ts";

export interface Scatter3dOptions extends SpaceOptions {
  /** A value of each point, `[n]`, shown by colour; of one group alone. */
  values?: Vector;
  /** Colours of `values`. Defaults to `"viridis"`. */
  colours?: ColourName;
  /** Radius of a point in pixels. Defaults to `2.5`. */
  size?: number;
  /** Whether a unit is as long on every axis, as shapes need. Defaults to `false`. */
  equal?: boolean;
}

const mostPoints = 20_000;

/**
 * Points in space, `[n, 3]`, or several groups of them by name. In notebooks they can be turned.
 *
 * @throws RangeError if there is no point or more than 20 000, a group is not `[n, 3]`, a value is not finite, or `values`
 *   are not as many as the points.
 */
export function scatter3d(points: Matrix | Record<string, Matrix>, options: Scatter3dOptions = {}): Figure {
  const { size = 2.5, equal = false, colours = "viridis" } = options;
  requireColours(colours);
  const isOne = Array.isArray(points) || "dataSync" in points;
  const groups = Object.entries(
    isOne ? { points: points as Matrix } : (points as Record<string, Matrix>),
  ).map(([name, matrix]) => ({ name, values: readPoints(isOne ? "points" : `points "${name}"`, matrix) }));
  const all = Float64Array.from(groups.flatMap(({ values }) => [...values]));
  const count = all.length / 3;
  if (count === 0) throw new RangeError("There is no point to draw; at least 1 is needed.");
  if (count > mostPoints) {
    throw new RangeError(`There are ${count} points; up to ${mostPoints} can be drawn. Choose some of them.`);
  }
  const ranges = [0, 1, 2].map((axis) =>
    rangeOf(all.filter((_, index) => index % 3 === axis)),
  ) as unknown as Ranges;
  const scale = options.values && readScale(options.values, count, groups.length);
  const { series } = themeOf(options);
  let index = 0;
  const items = groups.flatMap(({ values }, group) =>
    Array.from({ length: values.length / 3 }, (_, point): Item => {
      const level = scale?.level(index++);
      const colour =
        level === undefined ? (series[group % series.length] as string) : css(colourMaps[colours](level));
      return {
        colour,
        corners: [[...values.subarray(3 * point, 3 * point + 3)] as [number, number, number]],
      };
    }),
  );
  const right = (options.width ?? 480) - 70;
  const names = groups.map(({ name }) => name);
  const legend = scale
    ? [...gradients([colours]), ...standingBar({ colours, range: scale.range }, right + 10, 60, 120)].join("")
    : names.length > 1
      ? names
          .map((name, group) => {
            const y = 50 + 18 * group;
            const x = right - 6 * Math.max(0, name.length - 8);
            return `<circle cx="${x}" cy="${y - 4}" r="4" fill="${series[group % series.length]}"/><text x="${x + 9}" y="${y}">${escapeXml(name)}</text>`;
          })
          .join("")
      : "";
  const spans = ranges.map(([low, high]) => `${short(low)} to ${short(high)}`).join(", ");
  const of = names.length > 1 ? ` in ${names.length} groups (${names.join(", ")})` : "";
  const text = `${heading("Points in space", options)}: ${count} points${of}, ${spans}`;
  return spaceFigure({ items, ranges, equal, size, legend, text }, options);
}

function readPoints(name: string, points: Matrix | tf.Tensor): Float64Array {
  const { rows, columns, values } = readRows(name, points);
  if (rows > 0 && columns !== 3) {
    throw new RangeError(`${name} has ${columns} numbers a point; points in space are [n, 3].`);
  }
  return values;
}

function readScale(values: Vector, count: number, groups: number) {
  const numbers = readVector("values", values);
  if (numbers.length !== count || groups > 1) {
    throw new RangeError(
      groups > 1
        ? "There are values for several groups of points; they can be shown for one group alone."
        : `There are ${numbers.length} values for ${count} points; each needs one.`,
    );
  }
  const range = rangeOf(numbers);
  return { range, level: (index: number) => ((numbers[index] as number) - range[0]) / (range[1] - range[0]) };
}
