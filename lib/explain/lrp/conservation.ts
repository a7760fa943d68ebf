// Where relevance went, as a chart: a bar an operation, from the output down to the input.

import { Figure } from "../../plot/figure.ts";
import { chart } from "../../plot/vega.ts";
import type { LrpResult } from "./lrp.ts";

/**
 * Chart of a ledger: of the relevance that arrived at each operation, in logits, how much went on to its inputs, and
 * how much its bias, the stabiliser and rules that conserve nothing took.
 */
export function conservation({ ledger, total }: Pick<LrpResult, "ledger" | "total">): Figure {
  const shares = ["inputs", "bias", "stabiliser", "lost"];
  const values = ledger.flatMap(({ layer, sumOut, toBias, toStabiliser, lost }) =>
    [sumOut, toBias, toStabiliser, lost].map((relevance, index) => ({ layer, relevance, to: shares[index] })),
  );
  const sum = (pick: (row: (typeof ledger)[number]) => number) =>
    ledger.reduce((all, row) => all + pick(row), 0);
  const [bias, stabiliser, lost] = [
    sum(({ toBias }) => toBias),
    sum(({ toStabiliser }) => toStabiliser),
    sum((row) => row.lost),
  ];
  const input = total - bias - stabiliser - lost;
  const text =
    `Relevance ${short(total)}: input ${short(input)}, bias ${short(bias)}, ` +
    `stabiliser ${short(stabiliser)}, lost ${short(lost)}`;
  const spec = chart(
    { title: "Where relevance went", subtitle: text },
    {
      width: 420,
      height: { step: 18 },
      data: { values },
      mark: "bar",
      encoding: {
        y: { field: "layer", type: "nominal", title: null, sort: ledger.map(({ layer }) => layer) },
        x: { field: "relevance", type: "quantitative", title: "relevance (logits)", stack: "zero" },
        color: { field: "to", type: "nominal", title: "went to", sort: shares, scale: { domain: shares } },
      },
    },
  );
  return new Figure({ vegaLite: spec, text });
}

function short(value: number): string {
  return value.toPrecision(4);
}
