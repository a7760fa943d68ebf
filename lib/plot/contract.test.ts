// What every figure does: it shows title, axes and units, in light and dark, in every form and file, and refuses what
// can't be drawn.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type * as tf from "@tensorflow/tfjs";
import { decode } from "fast-png";
import { use } from "../backend/index.ts";
import type { Themed } from "./index.ts";
import * as plot from "./index.ts";

/** Options that all figures of a kind take. */
type Options = Themed & { title?: string; x?: string; y?: string; z?: string };

interface Case {
  /** With a title, and units on the axes if there are any. */
  make(options: Options): plot.Figure;
  form: "chart" | "drawing" | "pixels";
  /** Which axes take a title. */
  axes?: readonly ("x" | "y" | "z")[];
  bad: Record<string, () => unknown>;
}

const box = { xRange: [0, 1], yRange: [0, 1] } as const;
const bytes = { images: Uint8Array.of(0, 255, 128, 64), shape: [2, 2, 1] as const };
const not = Number.NaN;
const answer = (points: tf.Tensor2D) => new Array<number>(points.shape[0]).fill(0);

const cases: Record<string, Case> = {
  lines: {
    make: (options) => plot.lines({ a: { y: [1, 2], low: [0, 1], high: [2, 3] }, b: [2, 1] }, options),
    form: "chart",
    axes: ["x", "y"],
    bad: {
      nothing: () => plot.lines({}),
      empty: () => plot.lines({ a: [] }),
      NaN: () => plot.lines({ a: [not] }),
      shape: () => plot.lines({ a: [[1, 2]] }),
      lengths: () => plot.lines({ a: { x: [1], y: [1, 2] } }),
      "half a band": () => plot.lines({ a: { y: [1], low: [0] } }),
      "band upside down": () => plot.lines({ a: { y: [1], low: [2], high: [0] } }),
    },
  },
  scatter: {
    make: (options) => plot.scatter({ a: { x: [1, 2], y: [3, 4] } }, options),
    form: "chart",
    axes: ["x", "y"],
    bad: { empty: () => plot.scatter({ a: [] }), NaN: () => plot.scatter({ a: { x: [not], y: [1] } }) },
  },
  bars: {
    make: (options) => plot.bars({ cat: 1, dog: 2 }, options),
    form: "chart",
    axes: ["x", "y"],
    bad: { empty: () => plot.bars({}), NaN: () => plot.bars({ a: not }) },
  },
  histogram: {
    make: (options) => plot.histogram([1, 2, 2, 3], options),
    form: "chart",
    axes: ["x", "y"],
    bad: {
      empty: () => plot.histogram([]),
      nothing: () => plot.histogram({}),
      NaN: () => plot.histogram([not]),
      shape: () => plot.histogram([[1, 2]]),
      bins: () => plot.histogram([1], { bins: 0 }),
      range: () => plot.histogram([1], { range: [1, 0] }),
    },
  },
  boxPlot: {
    make: (options) => plot.boxPlot({ a: [1, 2, 3], b: [2, 3, 9] }, options),
    form: "chart",
    axes: ["x", "y"],
    bad: {
      empty: () => plot.boxPlot({ a: [] }),
      NaN: () => plot.boxPlot({ a: [not] }),
      whiskers: () => plot.boxPlot([1], { whiskers: -1 }),
    },
  },
  residuals: {
    make: (options) => plot.residuals([1, 2, 3], [1, 2, 2], options),
    form: "chart",
    axes: ["y"],
    bad: {
      empty: () => plot.residuals([], []),
      NaN: () => plot.residuals([not], [1]),
      lengths: () => plot.residuals([1], []),
    },
  },
  joint: {
    make: (options) => plot.joint([1, 2, 3], [1, 2, 4], { ...options, labels: ["a", "b", "a"] }),
    form: "chart",
    axes: ["x", "y"],
    bad: {
      empty: () => plot.joint([], []),
      NaN: () => plot.joint([not], [1]),
      lengths: () => plot.joint([1], [1, 2]),
    },
  },
  pairs: {
    make: (options) => plot.pairs({ "length (cm)": [1, 2], "weight (kg)": [2, 1] }, options),
    form: "chart",
    bad: {
      one: () => plot.pairs({ a: [1] }),
      empty: () => plot.pairs({ a: [], b: [] }),
      lengths: () => plot.pairs({ a: [1], b: [1, 2] }),
    },
  },
  heatMap: {
    make: (options) =>
      plot.heatMap(
        [
          [1, 2],
          [3, 4],
        ],
        options,
      ),
    form: "chart",
    axes: ["x", "y", "z"],
    bad: {
      empty: () => plot.heatMap([]),
      NaN: () => plot.heatMap([[not]]),
      ragged: () => plot.heatMap([[1], [1, 2]]),
    },
  },
  surface: {
    make: (options) => plot.surface((x, y) => x + y, { ...box, ...options, resolution: 5 }),
    form: "chart",
    axes: ["x", "y", "z"],
    bad: {
      NaN: () => plot.surface(() => not, box),
      range: () => plot.surface(() => 1, { ...box, xRange: [1, 0] }),
    },
  },
  contour: {
    make: (options) => plot.contour((x, y) => x + y, { ...box, ...options, resolution: 5 }),
    form: "chart",
    axes: ["x", "y", "z"],
    bad: {
      NaN: () => plot.contour(() => not, box),
      resolution: () => plot.contour(() => 1, { ...box, resolution: 1 }),
    },
  },
  decisionBoundary: {
    make: (options) =>
      plot.decisionBoundary(answer, { x: [1, 2], y: [1, 3], labels: [0, 1] }, { ...options, resolution: 4 }),
    form: "chart",
    axes: ["x", "y"],
    bad: {
      empty: () => plot.decisionBoundary(answer, { x: [], y: [], labels: [] }),
      NaN: () => plot.decisionBoundary(answer, { x: [not], y: [1], labels: [0] }),
      labels: () => plot.decisionBoundary(answer, { x: [1], y: [1], labels: [0.5] }),
    },
  },
  confusionMatrix: {
    make: (options) => plot.confusionMatrix([0, 1], [0, 0], options),
    form: "chart",
    bad: {
      empty: () => plot.confusionMatrix([], []),
      lengths: () => plot.confusionMatrix([0], []),
      class: () => plot.confusionMatrix([-1], [0]),
    },
  },
  scatter3d: {
    make: (options) =>
      plot.scatter3d(
        [
          [1, 2, 3],
          [3, 2, 1],
        ],
        options,
      ),
    form: "drawing",
    axes: ["x", "y", "z"],
    bad: {
      empty: () => plot.scatter3d([]),
      NaN: () => plot.scatter3d([[1, 2, not]]),
      shape: () => plot.scatter3d([[1, 2]]),
    },
  },
  surface3d: {
    make: (options) => plot.surface3d((x, y) => x + y, { ...box, ...options, resolution: 4 }),
    form: "drawing",
    axes: ["x", "y", "z"],
    bad: { NaN: () => plot.surface3d(() => not, box) },
  },
  images: {
    make: (options) => plot.images(bytes, options),
    form: "pixels",
    bad: {
      empty: () => plot.images({ images: new Uint8Array(0), shape: [2, 2, 1] }),
      captions: () => plot.images(bytes, { captions: ["a", "b"] }),
    },
  },
  drawBoxes: {
    make: (options) =>
      plot.drawBoxes(bytes, [{ boxes: [[0, 0, 1, 1]], labels: ["cat"], scores: [0.9] }], options),
    form: "pixels",
    bad: {
      number: () => plot.drawBoxes(bytes, []),
      NaN: () => plot.drawBoxes(bytes, [{ boxes: [[0, 0, 1, not]] }]),
    },
  },
  drawMasks: {
    make: (options) =>
      plot.drawMasks(
        bytes,
        [
          [
            [0, 1],
            [0, 1],
          ],
        ],
        options,
      ),
    form: "pixels",
    bad: {
      shape: () => plot.drawMasks(bytes, [[0]]),
      class: () =>
        plot.drawMasks(bytes, [
          [
            [0, 0.5],
            [0, 1],
          ],
        ]),
    },
  },
};

let folder: string;
before(async () => {
  await use("cpu");
  folder = await mkdtemp(join(tmpdir(), "nablab-test-"));
});
after(() => rm(folder, { recursive: true }));

/** The drawing of a figure, whichever way it is shown. */
async function drawing(figure: plot.Figure): Promise<string> {
  const path = join(folder, "figure.svg");
  await figure.save(path);
  return readFile(path, "utf8");
}

/** Every message says what would be right. */
const expectation = /must|need|needed|only|choose|classes are|are \[n|were expected/i;

const words = { x: "speed (m/s)", y: "energy (J)", z: "height (m)" };

for (const [name, { make, form, axes = [], bad }] of Object.entries(cases)) {
  describe(`plot.${name}`, () => {
    const options = {
      title: "A <title> & more",
      ...Object.fromEntries(axes.map((axis) => [axis, words[axis]])),
    };

    it("offers the forms of its kind, and one line of text with its title", async () => {
      const bundle = await make(options).toMime();
      const types = {
        chart: ["application/vnd.vegalite.v5+json", "image/svg+xml"],
        drawing: ["text/html"],
        pixels: ["image/png", "text/html"],
      };
      assert.deepEqual(Object.keys(bundle).sort(), [...types[form], "text/plain"].sort());
      const text = String(bundle["text/plain"]);
      assert.ok(text.length > 10 && !text.includes("\n") && !/undefined|NaN/.test(text), text);
      if (name !== "confusionMatrix") assert.ok(text.includes("A <title> & more"), text);
    });

    it("shows the title, and axes with their units", async () => {
      const svg = await drawing(make(options));
      const shown = svg.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
      for (const each of ["A <title> & more", ...axes.map((axis) => words[axis])]) {
        assert.ok(shown.includes(each), `"${each}" is not shown`);
      }
      assert.doesNotMatch(svg, /undefined|NaN/);
    });

    it("names its axes where it is told nothing", async () => {
      const figure = make({});
      assert.doesNotMatch(await drawing(figure), />(undefined|null|NaN)</);
      const spec = (await figure.toMime())["application/vnd.vegalite.v5+json"];
      if (spec) assert.doesNotMatch(JSON.stringify(spec), /"title":""/);
    });

    it("is light or dark, as it is told or as all are", async () => {
      const [light, dark] = [
        await drawing(make(options)),
        await drawing(make({ ...options, theme: "dark" })),
      ];
      assert.ok(dark.includes("#1b1b1b") && !light.includes("#1b1b1b"));
      assert.equal(plot.theme("dark"), "dark");
      try {
        assert.equal(await drawing(make(options)), dark);
      } finally {
        plot.theme("light");
      }
      assert.throws(
        () => make({ theme: "blue" as "dark" }),
        /theme is "blue"; it must be one of "light", "dark"/,
      );
    });

    it("is saved in every format, and says which there are", async () => {
      const figure = make(options);
      const path = (ending: string) => join(folder, `figure${ending}`);
      await figure.save(path(".png"));
      const { width, height } = decode(await readFile(path(".png")));
      assert.ok(width > 20 && height > 20);
      await figure.save(path(".html"));
      assert.match(await readFile(path(".html"), "utf8"), /^<!doctype html>[\s\S]+(<svg|<img)/);
      assert.doesNotMatch(await readFile(path(".html"), "utf8"), /(src|href)="https?:/);
      await assert.rejects(
        figure.save(path(".pdf")),
        /can't be saved as ".+\.pdf"; possible endings: .png, .svg, .html/,
      );
      await assert.rejects(figure.save(path("")), /possible endings/);
    });

    for (const [what, draw] of Object.entries(bad)) {
      it(`refuses bad input: ${what}`, () => {
        assert.throws(draw, (error: Error) => error instanceof RangeError && expectation.test(error.message));
      });
    }
  });
}

it("what is not an array is a TypeError that names it", () => {
  assert.throws(() => plot.histogram(5 as never), { name: "TypeError", message: /values is 5/ });
  assert.throws(() => plot.lines({ a: "words" as never }), { name: "TypeError" });
});
