import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { references } from "./battery/references.ts";
import { plotCalibrationCurve, plotPrecisionRecallCurve, plotRocCurve } from "./index.ts";

await tf.setBackend("cpu");

const { yTrue, yScore } = references.scores;

test("curves are figures of one model or several, with their areas and what chance would do", async () => {
  const half = yScore.map((score: number) => score / 2);
  const scores = tf.tensor1d(yScore);
  const figures = {
    roc: plotRocCurve(yTrue, { forest: yScore, "small net": half }),
    pr: plotPrecisionRecallCurve(yTrue, scores, { title: "Found" }),
    calibration: plotCalibrationCurve(yTrue, yScore, { nBins: 4 }),
  };
  const text: Record<string, unknown> = {};
  for (const [name, figure] of Object.entries(figures)) {
    const bundle = await figure.toMime();
    assert.match(String(bundle["image/svg+xml"]), /^<svg/, name);
    text[name] = bundle["text/plain"];
  }
  assert.match(String(text.roc), /forest \(AUC 0\.\d{3}\), small net \(AUC 0\.\d{3}\), chance/);
  assert.match(String(text.pr), /"Found".*model \(AP 0\.\d{3}\), chance/);
  assert.match(String(text.calibration), /model, calibrated/);
  assert.equal(scores.isDisposed, false);
  scores.dispose();
});

test("the steps of the precision-recall chart enclose the average precision", async () => {
  const bundle = await plotPrecisionRecallCurve([0, 1, 0, 1, 1], [1, 2, 3, 4, 5]).toMime();
  const spec = bundle["application/vnd.vegalite.v5+json"] as { layer: { data: { values: Point[] } }[] };
  const [first] = spec.layer;
  const curve = (first?.data.values ?? []).filter(({ series }) => series.startsWith("model"));
  let area = 0;
  for (const [index, { x, y }] of curve.entries()) {
    const before = curve[index - 1] ?? { x: 0, y };
    area += ((x - before.x) * (y + before.y)) / 2;
  }
  // Right, right, wrong, right, wrong: precisions 1, 1 and 3/4 at the three found.
  assert.ok(Math.abs(area - (1 + 1 + 3 / 4) / 3) < 1e-12, String(area));
});

interface Point {
  series: string;
  x: number;
  y: number;
}

test("a ROC curve of one class is refused", () => {
  assert.throws(() => plotRocCurve([1, 1], [0.1, 0.2]), /All examples are of one class/);
});
