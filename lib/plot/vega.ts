// Charts are Vega-Lite specifications: front ends draw them live, and Vega draws the same as SVG in Node,
// for places that run no script (nbconvert, GitHub). Vega is loaded with the first picture.

import { createHash } from "node:crypto";
import { fontFamily, loadFont } from "./render/canvas.ts";
import { type Themed, themeOf } from "./theme.ts";

/** A Vega-Lite specification as JSON. */
export type VegaLiteSpec = Record<string, unknown>;

// JupyterLab and VS Code draw versions up to 5; what is used here means the same in 5 and in Node's 6.
const schema = "https://vega.github.io/schema/vega-lite/v5.json";

/** Text and colours of a chart. */
export interface ChartText extends Themed {
  title?: string;
  /** A second, smaller line under the title. */
  subtitle?: string;
}

/**
 * Complete a specification with what all charts share: schema, a background of its own (readable on light and dark
 * pages alike), the font, and colours that stay apart for colour-blind eyes.
 */
export function chart(options: ChartText, body: VegaLiteSpec): VegaLiteSpec {
  const { title, subtitle } = options;
  const { background, ink, frame, grid, series } = themeOf(options);
  return {
    $schema: schema,
    background,
    padding: 8,
    ...(title || subtitle
      ? { title: { text: title ?? "", subtitle: subtitle ?? "", anchor: "start", fontSize: 14 } }
      : {}),
    ...body,
    config: {
      font: fontFamily,
      mark: { color: series[0] },
      view: { stroke: frame },
      axis: { labelColor: ink, titleColor: ink, tickColor: ink, domainColor: ink, gridColor: grid },
      legend: { labelColor: ink, titleColor: ink },
      header: { labelColor: ink, titleColor: ink },
      title: { color: ink, subtitleColor: ink },
      text: { color: ink },
      rule: { color: ink },
      range: { category: series },
    },
  };
}

// Vega numbers gradients and clips by what it drew before. Named after the chart they are the same in every run, and
// others than those of the next chart on a page.
function withOwnNames(svg: string, spec: VegaLiteSpec): string {
  const own = createHash("sha256").update(JSON.stringify(spec)).digest("hex").slice(0, 8);
  const names = new Map<string, string>();
  for (const [, id] of svg.matchAll(/ id="([^"]+)"/g)) names.set(id as string, `v${own}-${names.size}`);
  return svg.replace(/( id="|url\(#)([^")]+)/g, (all, before, id) =>
    names.has(id) ? before + names.get(id) : all,
  );
}

/** Draw a Vega-Lite specification as SVG. */
export async function renderSvg(spec: VegaLiteSpec): Promise<string> {
  loadFont();
  const [vega, vegaLite] = await Promise.all([import("vega"), import("vega-lite")]);
  // The version in the schema is for front ends; the compiler here is newer and would warn about it.
  // Vega marks the rows it is given, so it gets its own copy.
  const { $schema: _schema, ...body } = structuredClone(spec);
  const compiled = vegaLite.compile(body as unknown as Parameters<typeof vegaLite.compile>[0]).spec;
  const view = new vega.View(vega.parse(compiled), { renderer: "none", logLevel: vega.Error });
  try {
    return withOwnNames(await view.toSVG(), body);
  } finally {
    view.finalize();
  }
}
