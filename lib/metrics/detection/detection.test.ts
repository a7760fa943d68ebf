import assert from "node:assert/strict";
import { test } from "node:test";
import { assertClose, references } from "../battery/references.ts";
import {
  boxIoU,
  type DetectedBoxes,
  generalizedBoxIoU,
  interpolatedAveragePrecision,
  meanAveragePrecision,
  nonMaxSuppression,
  softNonMaxSuppression,
  type TrueBoxes,
} from "../index.ts";

const { detection } = references;
const truths: TrueBoxes[] = detection.images.map((image: { true: TrueBoxes }) => image.true);
const found: DetectedBoxes[] = detection.images.map((image: { found: DetectedBoxes }) => image.found);

test("COCO's scores are those of pycocotools", () => {
  const check = (
    name: string,
    scores: ReturnType<typeof meanAveragePrecision>,
    expected: typeof detection.coco.all,
  ) => {
    assertClose(scores.meanAveragePrecision, expected.meanAveragePrecision, `${name} mAP`);
    assertClose(scores.averageRecall, expected.averageRecall, `${name} recall`);
    const thresholds = scores.thresholds.map((each) => each.meanAveragePrecision);
    assertClose(thresholds, expected.thresholds, `${name} by threshold`);
    const classes = scores.classes.map((each) => [each.label, each.averagePrecision, each.recall]);
    assertClose(classes, expected.classes, `${name} by class`);
  };
  check("all", meanAveragePrecision(truths, found), detection.coco.all);
  check("small", meanAveragePrecision(truths, found, { areaRange: [0, 1024] }), detection.coco.small);
  check("medium", meanAveragePrecision(truths, found, { areaRange: [1024, 9216] }), detection.coco.medium);
  check("at most 2", meanAveragePrecision(truths, found, { maxDetections: 2 }), detection.cocoAtMost2);
});

test("Pascal VOC's scores are those of the paper", () => {
  for (const convention of ["every-point", "11-point"] as const) {
    const { classes } = meanAveragePrecision(truths, found, { convention });
    assertClose(
      classes.map(({ averagePrecision }) => averagePrecision),
      detection.voc[convention],
      convention,
    );
  }
});

test("the three conventions by hand", () => {
  // Right, wrong, right of 4 objects.
  const [recall, precision] = [
    [0.25, 0.25, 0.5],
    [1, 0.5, 2 / 3],
  ];
  const area = (convention: "coco" | "every-point" | "11-point") =>
    interpolatedAveragePrecision(recall, precision, { convention });
  assertClose(area("every-point"), 0.25 + (0.25 * 2) / 3);
  assertClose(area("11-point"), (3 + (3 * 2) / 3) / 11);
  assertClose(area("coco"), (26 + (25 * 2) / 3) / 101);
  assert.equal(interpolatedAveragePrecision([], []), 0);
});

test("images without objects or detections, and nothing to find", () => {
  const none = { boxes: [], labels: [], scores: [] };
  const one = { boxes: [[0, 0, 2, 2]], labels: [1] };
  const hit = { ...one, scores: [0.5] };
  assert.equal(meanAveragePrecision([one], [none]).meanAveragePrecision, 0);
  assert.equal(meanAveragePrecision([none], [hit]).meanAveragePrecision, Number.NaN);
  assert.equal(meanAveragePrecision([one, none], [hit, none]).meanAveragePrecision, 1);
  const stray = meanAveragePrecision([one, none], [hit, { ...hit, scores: [0.9] }], {
    convention: "every-point",
  });
  assert.equal(stray.meanAveragePrecision, 0.5);
  assert.equal(meanAveragePrecision([{ ...one, ignored: [true] }], [hit]).meanAveragePrecision, Number.NaN);
});

test("IoU is the slow one's, in every format; generalized IoU falls with distance", () => {
  const first = detection.images[0].true.boxes as number[][];
  assertClose(boxIoU(first, detection.others), detection.iou);
  const sizes = (boxes: number[][]) =>
    boxes.map(
      ([x, y, a, b]) =>
        [x, y, (a as number) - (x as number), (b as number) - (y as number)] as [
          number,
          number,
          number,
          number,
        ],
    );
  const centres = (boxes: number[][]) => sizes(boxes).map(([x, y, w, h]) => [x + w / 2, y + h / 2, w, h]);
  assertClose(boxIoU(sizes(first), sizes(detection.others), { format: "xywh" }), detection.iou);
  assertClose(boxIoU(centres(first), centres(detection.others), { format: "cxcywh" }), detection.iou);
  const [row] = generalizedBoxIoU(
    [[0, 0, 1, 1]],
    [
      [0, 0, 1, 1],
      [1, 0, 2, 1],
      [3, 0, 4, 1],
      [0, 0, 2, 2],
    ],
  );
  assertClose(row, [1, 0, -0.5, 0.25]);
  assert.deepEqual(boxIoU([[1, 1, 1, 1]], [[1, 1, 1, 1]]), [[0]]);
  assert.deepEqual(boxIoU([], [[1, 1, 1, 1]]), []);
});

test("suppression keeps the best of overlapping boxes", () => {
  const boxes = [
    [0, 0, 10, 10],
    [1, 0, 11, 10],
    [20, 0, 30, 10],
    [0, 0, 10, 5],
  ];
  const scores = [0.8, 0.9, 0.3, 0.8];
  assert.deepEqual(nonMaxSuppression(boxes, scores), [1, 3, 2]);
  assert.deepEqual(nonMaxSuppression(boxes, scores, { iouThreshold: 0.4 }), [1, 2]);
  assert.deepEqual(nonMaxSuppression(boxes, scores, { scoreThreshold: 0.5 }), [1, 3]);
  assert.deepEqual(nonMaxSuppression(boxes, scores, { maxDetections: 1 }), [1]);
  assert.deepEqual(nonMaxSuppression(boxes, scores, { labels: [0, 1, 0, 2] }), [1, 0, 3, 2]);
  // Exactly at the threshold is not in the way.
  assert.deepEqual(
    nonMaxSuppression(
      [
        [0, 0, 2, 1],
        [0, 0, 1, 1],
      ],
      [1, 0.5],
    ),
    [0, 1],
  );
  assert.deepEqual(nonMaxSuppression([], []), []);
});

test("soft suppression is that of the paper", () => {
  const scores = detection.others.map(
    (_: unknown, index: number) => 0.3 + (0.6 * index) / (detection.others.length - 1),
  );
  for (const method of ["gaussian", "linear"] as const) {
    assertClose(
      softNonMaxSuppression(detection.others, scores, { method }),
      detection.softNms[method],
      method,
    );
  }
});

test("bad input is named", () => {
  assert.throws(() => boxIoU([[1, 2, 3]], []), /first has 3 numbers a box/);
  assert.throws(() => boxIoU([[10, 10, 5, 5]], []), /first\[0\] is \[10, 10, 5, 5\].*negative/);
  assert.throws(() => boxIoU([], [], { format: "yxyx" as "xyxy" }), /format is "yxyx"/);
  assert.throws(() => nonMaxSuppression([[0, 0, 1, 1]], []), /boxes has 1 examples and scores has 0/);
  assert.throws(() => nonMaxSuppression([], [], { iouThreshold: 50 }), /iouThreshold is 50/);
  assert.throws(() => meanAveragePrecision([], []), /seen no example/);
  assert.throws(
    () =>
      meanAveragePrecision([{ boxes: [[0, 0, 1, 1]], labels: [] }], [{ boxes: [], labels: [], scores: [] }]),
    /yTrue\[0\].boxes has 1 examples and yTrue\[0\].labels has 0/,
  );
  assert.throws(
    () => meanAveragePrecision(truths, found, { convention: "voc" as "coco" }),
    /convention is "voc"/,
  );
  assert.throws(
    () => meanAveragePrecision(truths, found, { convention: "11-point", areaRange: [0, 1] }),
    /areaRange is for/,
  );
  assert.throws(() => interpolatedAveragePrecision([1, 0.5], [1, 1]), /recall falls at 1/);
});
