// A flame chart: time to the right, and below each stretch of time those inside it.

import { Figure } from "../plot/index.ts";
import { chart } from "../plot/vega.ts";
import type { Span } from "./recorder.ts";

/** More can't be told apart; the longest are drawn. */
const mostSpans = 1500;
const width = 800;
const rowHeight = 18;

export function flameChart(spans: readonly Span[], milliseconds: number): Figure {
  const shown = [...spans].sort((a, b) => b.end - b.start - (a.end - a.start)).slice(0, mostSpans);
  const rows = 1 + Math.max(0, ...shown.map(({ depth }) => depth));
  const values = shown.map(({ kind, name, start, end, depth, detail, bytes }) => ({
    ...{ kind, name, start, end, row: depth, detail, bytes },
    milliseconds: end - start,
    // A letter takes about six pixels.
    label: ((end - start) / milliseconds) * width > 6 * name.length ? name : "",
  }));
  const rest = spans.length - shown.length;
  const x = {
    type: "quantitative",
    title: "milliseconds",
    scale: { domain: [0, milliseconds], nice: false },
  };
  const y = { field: "row", type: "ordinal", axis: null };
  const spec = chart(
    {
      title: "Where the time goes",
      ...(rest > 0 ? { subtitle: `the ${mostSpans} longest of ${spans.length}` } : {}),
    },
    {
      width,
      height: rows * rowHeight,
      data: { values },
      layer: [
        {
          mark: { type: "bar", stroke: "white", strokeWidth: 0.5 },
          encoding: {
            x: { ...x, field: "start" },
            x2: { field: "end" },
            y,
            color: {
              field: "kind",
              type: "nominal",
              scale: { domain: ["layer", "gradient", "operation"], range: ["#56B4E9", "#E69F00", "#8CCDB7"] },
              legend: { title: null, orient: "top" },
            },
            tooltip: [
              { field: "name" },
              { field: "detail" },
              { field: "milliseconds", format: ".3f" },
              { field: "bytes", format: ",d" },
            ],
          },
        },
        {
          mark: { type: "text", align: "left", dx: 3, fontSize: 10, baseline: "middle" },
          encoding: { x: { ...x, field: "start" }, y, text: { field: "label" } },
        },
      ],
    },
  );
  return new Figure({
    vegaLite: spec,
    text: `Flame chart: ${spans.length} stretches of time in ${milliseconds.toFixed(1)} ms`,
  });
}
