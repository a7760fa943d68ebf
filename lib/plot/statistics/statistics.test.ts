import assert from "node:assert/strict";
import { test } from "node:test";
import type { Figure } from "../figure.ts";
import { bars } from "./bars.ts";
import { boxPlot } from "./box-plot.ts";
import { binEdges, countInto, histogram } from "./histogram.ts";
import { joint, pairs } from "./joint.ts";
import { residuals } from "./residuals.ts";

// numpy.random.default_rng(0).normal(size=40), to three digits.
const normal = [
  ...[0.126, -0.132, 0.64, 0.105, -0.536, 0.362, 1.304, 0.947, -0.704, -1.265, -0.623, 0.041, -2.325, -0.219],
  ...[
    -1.246, -0.732, -0.544, -0.316, 0.412, 1.043, -0.129, 1.366, -0.665, 0.352, 0.903, 0.094, -0.743, -0.922,
  ],
  ...[-0.458, 0.22, -1.01, -0.209, -0.159, 0.541, 0.215, 0.355, -0.654, -0.13, 0.784, 1.493],
];

interface Spec {
  data?: { values: Record<string, unknown>[] };
  layer?: Spec[];
}

async function spec(figure: Figure): Promise<Spec> {
  return (await figure.toMime())["application/vnd.vegalite.v5+json"] as Spec;
}

const text = async (figure: Figure) => String((await figure.toMime())["text/plain"]);

test("histograms choose the intervals of numpy.histogram(values, 'auto')", () => {
  const values = Float64Array.from(normal);
  assert.deepEqual(countInto(binEdges(values, {}), values), [1, 2, 5, 10, 12, 6, 4]);
});

test("every value is in one interval, those on a border in the upper one and the largest in the last", () => {
  const tenths = Float64Array.from({ length: 11 }, (_, index) => index / 10);
  const edges = binEdges(tenths, { bins: 10 });
  assert.deepEqual(countInto(edges, tenths), [1, 1, 1, 1, 1, 1, 1, 1, 1, 2]);
  const same = Float64Array.of(3, 3, 3);
  assert.deepEqual(countInto(binEdges(same, { bins: 3 }), same), [0, 3, 0]);
  assert.deepEqual(countInto([0, 1, 2], Float64Array.of(-1, 0.5, 3)), [1, 0]);
});

test("densities of groups of different size add up to 1", async () => {
  const figure = histogram({ a: normal, b: normal.slice(0, 7) }, { density: true });
  const rows = (
    (await spec(figure)).data as { values: { group: string; from: number; to: number; y: number }[] }
  ).values;
  for (const name of ["a", "b"]) {
    const own = rows.filter(({ group }) => group === name);
    const sum = own.reduce((all, { from, to, y }) => all + y * (to - from), 0);
    assert.ok(Math.abs(sum - 1) < 1e-3, `${name}: ${sum}`);
  }
});

test("box plots have numpy.quantile's quartiles, and whiskers to the last value that is no outlier", async () => {
  const figure = boxPlot({ normal: [...normal, 9] });
  const [box] = (await spec(boxPlot({ normal }))).layer?.[0]?.data?.values ?? [];
  const { first, median, third, low, high } = box as Record<string, number>;
  assert.deepEqual([first, median, third], [-0.63075, -0.1295, 0.3745]);
  // The quartiles are 1.005 apart, so that -2.325 lies beyond -0.63075 - 1.5 * 1.00525.
  assert.deepEqual([low, high], [-1.265, 1.493]);
  assert.match(await text(figure), /2 outliers/);
});

test("bars can be grouped, stacked and have errors", async () => {
  const svg = String((await bars({ a: { x: 1, y: 2 }, b: { x: 3, y: 4 } }).toMime())["image/svg+xml"]);
  for (const word of ["a", "b", "x", "y"]) assert.match(svg, new RegExp(`>${word}</text>`));
  const [first] = (await spec(bars({ x: 1, y: 2 }, { errors: { x: 0.5 } }))).data?.values ?? [];
  assert.deepEqual([first?.low, first?.high], [0.5, 1.5]);
  assert.throws(() => bars({}), /no bar to draw/);
  assert.throws(() => bars({ a: Number.NaN }), /bar "a" is NaN/);
  assert.throws(() => bars({ a: 1 }, { errors: { b: 1 } }), /errors names "b"; there are the bars "a"/);
  assert.throws(() => bars({ a: 1 }, { errors: { a: -1 } }), /error of the bar "a" is -1/);
  assert.throws(() => bars({ s: { a: 1 } }, { errors: { a: 1 } }), /errors for several series/);
});

test("residuals say mean and root mean square of true minus predicted", async () => {
  assert.match(
    await text(residuals([1, 2, 3], [0, 2, 1])),
    /of 3 predictions .*mean 1, root mean square 1\.291/,
  );
  assert.throws(() => residuals([1], [1, 2]), /yTrue has 1 examples and yPred has 2/);
});

test("two measures and their correlation", async () => {
  assert.match(await text(joint([1, 2, 3], [2, 4, 6])), /correlation 1$/);
  assert.match(await text(joint([1, 2, 3, 4], [1, -1, -1, 1])), /correlation 0$/);
  assert.throws(() => joint([1], [1, 2]), /x has 1 examples and y has 2/);
  assert.throws(() => joint([1, 2], [1, 2], { labels: [0] }), /labels has 1/);
  assert.throws(() => pairs({ a: [1] }), /1 columns; choose from 2 to 8/);
});
