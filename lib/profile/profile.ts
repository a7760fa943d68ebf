// What a profile found, summed by operation and by layer.

import { displaySymbol, type MimeBundle } from "../plot/display.ts";
import type { Figure } from "../plot/index.ts";
import { type Column, formatSize, htmlTable, textTable } from "../plot/table.ts";
import { flameChart } from "./flame-chart.ts";
import type { Recorded, Span } from "./recorder.ts";

/** All uses of an operation, such as Conv2D, without the operations that it is made of. */
export interface OperationProfile {
  name: string;
  calls: number;
  milliseconds: number;
  /** Part of the whole, 0 to 1. */
  share: number;
  /** Bytes of its results. */
  bytes: number;
}

/** All uses of a layer, with the layers and operations inside it. */
export interface LayerProfile {
  name: string;
  /** The layer's class, such as `"Conv2D"`. */
  type: string;
  calls: number;
  /** Milliseconds of its calls. */
  forward: number;
  /** Milliseconds of the gradients of its operations. */
  backward: number;
  /** Part of the whole, 0 to 1. */
  share: number;
  /** Bytes that its calls left behind, which training keeps for the gradients. */
  bytes: number;
}

/** Time and memory by operation and by layer; `String(profile)` and a notebook show them. */
export class Profile {
  /** Milliseconds of the whole, with the JavaScript between operations. */
  readonly milliseconds: number;
  /** Most bytes that were taken at one time, beyond those taken before. */
  readonly peakBytes: number;
  /** Slowest first. */
  readonly operations: readonly OperationProfile[];
  /** Slowest first. */
  readonly layers: readonly LayerProfile[];
  readonly #spans: readonly Span[];

  constructor({ spans, milliseconds, peakBytes, startBytes }: Recorded) {
    this.milliseconds = milliseconds;
    this.peakBytes = peakBytes - startBytes;
    this.#spans = spans;
    this.operations = sumOperations(spans, milliseconds);
    this.layers = sumLayers(spans, milliseconds);
  }

  /** What ran when: layers and gradients above the operations inside them, from left to right. */
  flameChart(): Figure {
    return flameChart(this.#spans, this.milliseconds);
  }

  toString(): string {
    const layers =
      this.layers.length > 0 ? `\n\n${textTable(layerColumns, this.layers.slice(0, mostRows))}` : "";
    return `${this.#headline()}\n\n${textTable(operationColumns, this.operations.slice(0, mostRows))}${layers}`;
  }

  async [displaySymbol](): Promise<MimeBundle> {
    const drawing = await this.flameChart().toMime();
    const layers =
      this.layers.length > 0 ? htmlTable("Layers", layerColumns, this.layers.slice(0, mostRows)) : "";
    const picture = `data:image/svg+xml,${encodeURIComponent(String(drawing["image/svg+xml"]))}`;
    return {
      "text/html":
        `<p>${this.#headline()}</p><img src="${picture}" alt="${drawing["text/plain"]}">` +
        htmlTable("Operations", operationColumns, this.operations.slice(0, mostRows)) +
        layers,
      "text/plain": this.toString(),
    };
  }

  #headline(): string {
    const calls = this.operations.reduce((sum, each) => sum + each.calls, 0);
    const inside = this.operations.reduce((sum, each) => sum + each.milliseconds, 0);
    return (
      `${time(this.milliseconds)}, ${time(inside)} of it in ${calls.toLocaleString("en-US")} operations; ` +
      `at most ${formatSize(this.peakBytes)} more than before`
    );
  }
}

/** Tables show so many rows; the properties have all. */
const mostRows = 20;

function sumOperations(spans: readonly Span[], whole: number): OperationProfile[] {
  const sums = new Map<string, OperationProfile>();
  for (const { kind, name, self, bytes } of spans) {
    if (kind !== "operation") continue;
    const sum = sums.get(name) ?? { name, calls: 0, milliseconds: 0, share: 0, bytes: 0 };
    sums.set(name, sum);
    sum.calls++;
    sum.milliseconds += self;
    sum.bytes += Math.max(0, bytes);
  }
  for (const sum of sums.values()) sum.share = sum.milliseconds / whole;
  return [...sums.values()].sort((a, b) => b.milliseconds - a.milliseconds);
}

function sumLayers(spans: readonly Span[], whole: number): LayerProfile[] {
  const sums = new Map<string, LayerProfile>();
  for (const { kind, name, detail, start, end, bytes } of spans) {
    if (kind === "operation") continue;
    const sum = sums.get(name) ?? { name, type: "", calls: 0, forward: 0, backward: 0, share: 0, bytes: 0 };
    sums.set(name, sum);
    if (kind === "layer") {
      sum.type = detail;
      sum.calls++;
      sum.forward += end - start;
      sum.bytes += Math.max(0, bytes);
    } else sum.backward += end - start;
  }
  for (const sum of sums.values()) sum.share = (sum.forward + sum.backward) / whole;
  return [...sums.values()].sort((a, b) => b.share - a.share);
}

const operationColumns: Column<OperationProfile>[] = [
  { title: "operation", text: ({ name }) => name },
  { title: "calls", number: true, text: ({ calls }) => calls.toLocaleString("en-US") },
  { title: "time", number: true, text: ({ milliseconds }) => time(milliseconds) },
  { title: "share", number: true, text: ({ share }) => percent(share) },
  { title: "memory", number: true, text: ({ bytes }) => formatSize(bytes) },
];

const layerColumns: Column<LayerProfile>[] = [
  { title: "layer", text: ({ name }) => name },
  { title: "type", text: ({ type }) => type },
  { title: "calls", number: true, text: ({ calls }) => calls.toLocaleString("en-US") },
  { title: "forward", number: true, text: ({ forward }) => time(forward) },
  { title: "backward", number: true, text: ({ backward }) => time(backward) },
  { title: "share", number: true, text: ({ share }) => percent(share) },
  { title: "memory", number: true, text: ({ bytes }) => formatSize(bytes) },
];

function time(milliseconds: number): string {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(2)} s`;
  return milliseconds >= 1 ? `${milliseconds.toFixed(1)} ms` : `${Math.round(1000 * milliseconds)} µs`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
