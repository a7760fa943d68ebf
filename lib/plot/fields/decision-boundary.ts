// Which class a classifier of two measures says where, with the examples over it.

import * as tf from "@tensorflow/tfjs";
import {
  compareLabels,
  type Label,
  type Labels,
  readLabels,
  readRows,
  readVector,
  requireSameLength,
  type Vector,
} from "../../metrics/values.ts";
import { extent, heading, round } from "../axes.ts";
import { Figure } from "../figure.ts";
import { themeOf } from "../theme.ts";
import { type ChartText, chart } from "../vega.ts";
import { type Interval, planePosition, requireInterval } from "./plane.ts";

/**
 * A model of two inputs, or a function of points `[n, 2]`. The answer is scores of the classes `[n, k]`, probabilities of
 * the second class `[n]` or `[n, 1]`, or classes as an int32 tensor or an array.
 */
export type Classifier = tf.LayersModel | ((points: tf.Tensor2D) => tf.Tensor | Labels);

/** Examples: two measures and the class of each, `[n]`. */
export interface LabelledPoints {
  x: Vector;
  y: Vector;
  labels: Labels;
}

export interface DecisionBoundaryOptions extends ChartText {
  /** Title of the horizontal axis with its unit. Defaults to `"x"`. */
  x?: string;
  /** Title of the vertical axis with its unit. Defaults to `"y"`. */
  y?: string;
  /** Interval of the horizontal axis. Defaults to that of the points and a tenth more at both ends. */
  xRange?: Interval;
  /** Interval of the vertical axis. Defaults likewise. */
  yRange?: Interval;
  /** Points at which the classifier is asked, along each axis. Defaults to `80`. */
  resolution?: number;
  /** Names of the classes, in the order of their numbers. Defaults to the numbers. */
  classNames?: readonly string[];
}

/** A class and how sure the classifier is of it, in fifths; 5 where it doesn't tell. */
interface Decision {
  label: Label;
  sureness: number;
}

/**
 * Map of a classifier's decisions: the colour is the class, stronger where the classifier is surer. Examples on the wrong
 * side are drawn as crosses.
 *
 * @throws RangeError if there is no example, measures and labels are not as many, a value is not finite, an interval is
 *   empty, or the classifier's answer is not one for each point.
 */
export function decisionBoundary(
  classifier: Classifier,
  points: LabelledPoints,
  options: DecisionBoundaryOptions = {},
): Figure {
  const { x: xTitle = "x", y: yTitle = "y", resolution = 80 } = options;
  const [px, py, labels] = [
    readVector("x", points.x),
    readVector("y", points.y),
    readLabels("labels", points.labels),
  ];
  requireSameLength({ x: px.length, y: py.length, labels: labels.length });
  if (labels.length === 0) throw new RangeError("There is no example to draw; at least 1 is needed.");
  const [xRange, yRange] = [rangeOf("xRange", options.xRange, px), rangeOf("yRange", options.yRange, py)];
  const [width, height] = [(xRange[1] - xRange[0]) / resolution, (yRange[1] - yRange[0]) / resolution];
  const middles = Array.from({ length: resolution ** 2 }, (_, index): [number, number] => [
    xRange[0] + ((index % resolution) + 0.5) * width,
    yRange[0] + (Math.floor(index / resolution) + 0.5) * height,
  ]);
  const decided = decide(classifier, middles);
  const own = decide(
    classifier,
    Array.from(px, (value, index) => [value, py[index] as number]),
  );
  const classes = [...new Set([...labels, ...decided.map(({ label }) => label)])].sort(compareLabels);
  const nameOf = (label: Label) => options.classNames?.[Number(label)] ?? String(label);
  const names = classes.map(nameOf);
  const cells = mergeRuns(decided, resolution).map(({ first, count, label, sureness }) => {
    const [left, low] = middles[first] as [number, number];
    return {
      ...{ x: round(left - width / 2), x2: round(left + (count - 0.5) * width) },
      ...{ y: round(low - height / 2), y2: round(low + height / 2) },
      ...{ class: nameOf(label), sureness },
    };
  });
  const examples = labels.map((label, index) => ({
    ...{ x: round(px[index] as number), y: round(py[index] as number), class: nameOf(label) },
    right: own[index]?.label === label,
  }));
  const wrong = examples.filter(({ right }) => !right).length;
  const position = planePosition(xTitle, yTitle, xRange, yRange);
  const color = { field: "class", type: "nominal", title: null, scale: { domain: names } };
  const spec = chart(options, {
    ...{ width: 360, height: 320 },
    layer: [
      {
        data: { values: cells },
        mark: { type: "rect", clip: true, strokeWidth: 0, aria: false },
        encoding: {
          ...position,
          ...{ x2: { field: "x2" }, y2: { field: "y2" }, color },
          opacity: {
            field: "sureness",
            type: "quantitative",
            legend: null,
            scale: { domain: [1, 5], range: [0.12, 0.5] },
          },
        },
      },
      {
        data: { values: examples },
        mark: {
          type: "point",
          filled: true,
          size: 34,
          opacity: 1,
          stroke: themeOf(options).background,
          strokeWidth: 0.8,
          clip: true,
          aria: false,
        },
        encoding: {
          ...position,
          color: { ...color, legend: { symbolOpacity: 1, symbolType: "circle" } },
          shape: { condition: { test: "datum.right", value: "circle" }, value: "cross" },
          size: { condition: { test: "datum.right", value: 34 }, value: 90 },
        },
      },
    ],
  });
  return new Figure({
    vegaLite: spec,
    text: `${heading("Decision boundary", options)} between ${names.join(", ")}: ${labels.length - wrong} of ${labels.length} examples on the right side, ${wrong} not (crosses)`,
  });
}

function rangeOf(name: string, range: Interval | undefined, values: Float64Array): Interval {
  if (range) {
    requireInterval(name, range);
    return range;
  }
  const [low, high] = extent(values);
  const more = 0.1 * (high - low) || 1;
  return [low - more, high + more];
}

function decide(classifier: Classifier, points: [number, number][]): Decision[] {
  const input = tf.tensor2d(points, [points.length, 2]);
  const answer =
    typeof classifier === "function" ? classifier(input) : (classifier.predict(input) as tf.Tensor);
  try {
    return readDecisions(answer, points.length);
  } finally {
    input.dispose();
    if (answer instanceof tf.Tensor) answer.dispose();
  }
}

function readDecisions(answer: tf.Tensor | Labels, count: number): Decision[] {
  if (!(answer instanceof tf.Tensor) || answer.dtype === "int32") {
    const labels = readLabels("the classifier's answer", answer);
    requireAnswers(labels.length, count);
    return labels.map((label) => ({ label, sureness: 5 }));
  }
  const { rows, columns, values } = readRows("the classifier's answer", answer);
  requireAnswers(rows, count);
  return Array.from({ length: rows }, (_, row): Decision => {
    const scores = values.subarray(row * columns, (row + 1) * columns);
    if (columns === 1) {
      const probability = scores[0] as number;
      return {
        label: Number(probability > 0.5),
        sureness: fifths(Math.max(probability, 1 - probability), 2),
      };
    }
    const label = scores.indexOf(Math.max(...scores));
    const isProbability = Math.abs(scores.reduce((sum, score) => sum + score, 0) - 1) < 1e-3;
    return { label, sureness: isProbability ? fifths(scores[label] as number, columns) : 5 };
  });
}

/** From a guess among `classes` (1) to certain (5). */
function fifths(probability: number, classes: number): number {
  const part = (probability - 1 / classes) / (1 - 1 / classes);
  return Math.min(5, 1 + Math.floor(5 * Math.max(0, part)));
}

function requireAnswers(found: number, count: number): void {
  if (found !== count) {
    throw new RangeError(`The classifier gave ${found} answers for ${count} points; each point needs one.`);
  }
}

/** Neighbours in a row with the same decision, as one. */
function mergeRuns(
  decisions: readonly Decision[],
  columns: number,
): (Decision & { first: number; count: number })[] {
  const runs: (Decision & { first: number; count: number })[] = [];
  decisions.forEach(({ label, sureness }, index) => {
    const last = runs.at(-1);
    const goesOn = last && index % columns !== 0 && last.label === label && last.sureness === sureness;
    if (goesOn) last.count++;
    else runs.push({ label, sureness, first: index, count: 1 });
  });
  return runs;
}
