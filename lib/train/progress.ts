// How a training run shows itself: one display that holds a progress line and, in a notebook, the curves
// of loss and accuracy, redrawn a few times a second.

import { type DisplayHandle, displayTarget, type MimeBundle } from "../plot/display.ts";
import { chart, renderSvg, type VegaLiteSpec } from "../plot/vega.ts";
import { type Values, WeightedMeans } from "./step.ts";

const updateInterval = 250;
/** Points that a training curve is drawn with, at most: enough to see its shape. */
const curvePoints = 120;

interface Point {
  epoch: number;
  measure: string;
  split: "training" | "validation";
  value: number;
}

interface ProgressOptions {
  epochs: number;
  stepsPerEpoch: number;
  /** What is counted, such as `"images"`. */
  unit: string;
  /** Show anything at all. */
  show: boolean;
}

const nothing: DisplayHandle = { update: () => {} };

/** The display of one training run. */
export class Progress {
  readonly #options: ProgressOptions;
  readonly #points: Point[] = [];
  readonly #shown: DisplayHandle;
  readonly #start = performance.now();
  #window = new WeightedMeans();
  #lastUpdate = 0;
  #lastEpoch = 0;
  #step = 0;
  #examples = 0;
  #trainingTime = 0;

  constructor(options: ProgressOptions) {
    this.#options = options;
    const start = { "text/plain": `Training for ${options.epochs} epochs …` };
    this.#shown = options.show ? displayTarget().show(start) : nothing;
  }

  /** Training examples per second so far. */
  get examplesPerSecond(): number {
    return this.#trainingTime ? (1000 * this.#examples) / this.#trainingTime : 0;
  }

  /** Seconds since the start. */
  get seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }

  /** A training step over `count` examples is done; it took `time` ms. */
  step(values: Values, count: number, time: number): void {
    this.#step++;
    this.#examples += count;
    this.#trainingTime += time;
    this.#window.add(values, count);
    const { epochs, stepsPerEpoch } = this.#options;
    const windowSteps = Math.max(1, Math.ceil((epochs * stepsPerEpoch) / curvePoints));
    if (this.#step % windowSteps === 0 || this.#step % stepsPerEpoch === 0) {
      this.#addPoints("training", this.#window.values());
      this.#window = new WeightedMeans();
    }
    if (!this.#options.show || performance.now() - this.#lastUpdate < updateInterval) return;
    this.#lastUpdate = performance.now();
    this.#shown.update(this.#bundle(this.#running(values)), { transient: true });
  }

  /** An epoch is complete. */
  epoch(number: number, training: Values, validation: Values | undefined): void {
    if (validation) this.#addPoints("validation", validation);
    // Epochs of a few milliseconds need not be shown one by one; the curves hold them all.
    if (!this.#options.show || performance.now() - this.#lastEpoch < updateInterval) return;
    this.#lastEpoch = performance.now();
    const measured = [describe(training), ...(validation ? [`validation ${describe(validation)}`] : [])];
    const line = `Epoch ${number} of ${this.#options.epochs}: ${measured.join(", ")}`;
    this.#shown.update(this.#bundle(line));
  }

  /** The run is over: say how it ended and leave the curves as a picture too. */
  async finish(outcome: string, remark?: string): Promise<void> {
    if (!this.#options.show) return;
    const rate = `${Math.round(this.examplesPerSecond).toLocaleString("en-US")} ${this.#options.unit}/s`;
    const line = `${outcome} in ${this.seconds.toFixed(1)} s, ${rate}`;
    const bundle = this.#bundle(remark ? `${line}. ${remark}` : line);
    const spec = bundle["application/vnd.vegalite.v5+json"] as VegaLiteSpec | undefined;
    this.#shown.update(spec ? { ...bundle, "image/svg+xml": await renderSvg(spec) } : bundle);
  }

  #running(values: Values): string {
    const { epochs, stepsPerEpoch, unit } = this.#options;
    const total = epochs * stepsPerEpoch;
    const done = this.#step / total;
    const filled = Math.floor(done * 20);
    const left = (this.seconds / this.#step) * (total - this.#step);
    return [
      `Epoch ${Math.ceil(this.#step / stepsPerEpoch)} of ${epochs}`,
      `${"█".repeat(filled)}${"░".repeat(20 - filled)} ${Math.floor(100 * done)} %`,
      `${Math.round(this.examplesPerSecond).toLocaleString("en-US")} ${unit}/s`,
      `${formatTime(left)} left`,
      describe(values),
    ].join("  ");
  }

  #addPoints(split: Point["split"], values: Values): void {
    const epoch = this.#step / this.#options.stepsPerEpoch;
    for (const [measure, value] of values)
      this.#points.push({ epoch, measure, split, value: rounded(value) });
  }

  #bundle(line: string): MimeBundle {
    const spec = this.#points.length ? curves(line, this.#points, this.#options.epochs) : undefined;
    return { ...(spec ? { "application/vnd.vegalite.v5+json": spec } : {}), "text/plain": line };
  }
}

function curves(line: string, points: Point[], epochs: number): VegaLiteSpec {
  const measures = [...new Set(points.map(({ measure }) => measure))];
  const splits = [...new Set(points.map(({ split }) => split))];
  const panel = (measure: string): VegaLiteSpec => {
    const encoding = {
      x: {
        field: "epoch",
        type: "quantitative",
        title: "epoch",
        scale: { domain: [0, epochs], nice: false },
      },
      y: { field: "value", type: "quantitative", title: measure, scale: { zero: false } },
      color: { field: "split", type: "nominal", title: null, scale: { domain: splits } },
    };
    const select = (split: Point["split"]) => ({
      values: points.filter((point) => point.measure === measure && point.split === split),
    });
    return {
      width: 270,
      height: 180,
      layer: [
        { data: select("training"), mark: { type: "line", strokeWidth: 1.5 }, encoding },
        {
          data: select("validation"),
          mark: { type: "line", strokeWidth: 1.5, point: { size: 40 } },
          encoding,
        },
      ],
    };
  };
  // The line stands under the title as in text output, since a front end shows the chart alone.
  return chart({ title: "Training", subtitle: line }, { hconcat: measures.map(panel) });
}

function describe(values: Values): string {
  return [...values].map(([name, value]) => `${name} ${value.toPrecision(4)}`).join(", ");
}

function formatTime(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

function rounded(value: number): number {
  return Number(value.toPrecision(5));
}
