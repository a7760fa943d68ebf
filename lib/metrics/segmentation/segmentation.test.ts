import assert from "node:assert/strict";
import { test } from "node:test";
import { assertClose, references } from "../battery/references.ts";
import { diceScore, meanIoU, pixelAccuracy } from "../index.ts";

const { yTrue, yPred, ...expected } = references.segmentation;

test("IoU, Dice and pixel accuracy are those of scikit-learn over the pixels that count", () => {
  const options = { ignoreClass: 255 };
  assertClose(pixelAccuracy(yTrue, yPred, options), expected.pixelAccuracy, "accuracy");
  assertClose(meanIoU(yTrue, yPred, { average: "none", ...options }), expected.iou, "IoU");
  assertClose(diceScore(yTrue, yPred, { average: "none", ...options }), expected.dice, "Dice");
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  assertClose(meanIoU(yTrue, yPred, options), mean(expected.iou), "mean IoU");
  assertClose(diceScore(yTrue, yPred, options), mean(expected.dice), "mean Dice");
});

test("a class in neither mask has no score and no part in the mean", () => {
  const [truth, guess] = [
    [
      [0, 0],
      [2, 2],
    ],
    [
      [0, 2],
      [2, 2],
    ],
  ];
  assertClose(meanIoU(truth, guess, { numClasses: 4, average: "none" }), [
    1 / 2,
    Number.NaN,
    2 / 3,
    Number.NaN,
  ]);
  assertClose(meanIoU(truth, guess, { numClasses: 4 }), (1 / 2 + 2 / 3) / 2);
  assertClose(diceScore(truth, guess), (2 / 3 + 4 / 5) / 2);
});

test("bad input is named", () => {
  assert.throws(() => meanIoU([[0, 1]], [[0], [1]]), /yTrue has the shape \[1,2\] and yPred \[2,1\]/);
  assert.throws(() => meanIoU([0, 3], [0, 1], { numClasses: 3 }), /yTrue holds 3; .* 0 to 2/);
  assert.throws(() => meanIoU([0, 1], [0, -1]), /yPred holds -1/);
  assert.throws(() => meanIoU([0], [0], { numClasses: 0 }), /numClasses is 0/);
  assert.throws(() => pixelAccuracy([255], [0], { ignoreClass: 255 }), /seen no example/);
});
