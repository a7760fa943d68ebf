// Which detections of one class count as right: the rules of Pascal VOC and of COCO, which differ in what happens when
// the best box is taken already.

import { area, type Box, intersection, overlap } from "./boxes.ts";

export interface Truth {
  box: Box;
  /** Difficult (VOC) or a crowd (COCO): finding it is neither right nor wrong. */
  ignored: boolean;
}

export interface Detection {
  box: Box;
  score: number;
}

/** Objects and detections of one class on one image. */
export interface ImageOfClass {
  truths: readonly Truth[];
  /** Best first. */
  detections: readonly Detection[];
}

/** What became of a detection; those that don't count are left out. */
interface Outcome {
  score: number;
  correct: boolean;
}

/** How detections are matched on one image; `truths` is the number of objects that had to be found. */
export type Matching = (image: ImageOfClass, iouThreshold: number) => { outcomes: Outcome[]; truths: number };

/**
 * Pascal VOC: a detection belongs to the object that it overlaps most, and is wrong if that one was found before
 * (Everingham et al., 2010). Widths are differences of coordinates, not pixels counted as in the original kit.
 */
export const matchVoc: Matching = ({ truths, detections }, iouThreshold) => {
  const found = new Set<Truth>();
  const outcomes: Outcome[] = [];
  for (const { box, score } of detections) {
    let [best, most]: [Truth | undefined, number] = [undefined, -1];
    for (const truth of truths) {
      const iou = overlap(box, truth.box);
      if (iou > most) [best, most] = [truth, iou];
    }
    if (best?.ignored && most >= iouThreshold) continue;
    const correct = best !== undefined && most >= iouThreshold && !found.has(best);
    if (correct) found.add(best as Truth);
    outcomes.push({ score, correct });
  }
  return { outcomes, truths: truths.filter(({ ignored }) => !ignored).length };
};

/**
 * COCO: a detection takes the object that it overlaps most of those still free. Objects outside the range of areas
 * don't count, nor do detections outside of it that found nothing; a crowd may be found many times, and its overlap
 * is the part of the detection inside it (Lin et al., 2014).
 */
export function matchCoco([least, most]: readonly [number, number]): Matching {
  const outside = (box: Box) => area(box) < least || area(box) > most;
  return ({ truths, detections }, iouThreshold) => {
    const objects = truths.map(({ box, ignored: crowd }) => ({ box, crowd, ignored: crowd || outside(box) }));
    const [counted, ignored] = [false, true].map((side) =>
      objects.filter((object) => object.ignored === side),
    );
    const taken = new Set<object>();
    const outcomes: Outcome[] = [];
    for (const { box, score } of detections) {
      const closest = (candidates: typeof objects) => {
        let [best, largest]: [(typeof objects)[number] | undefined, number] = [
          undefined,
          Math.min(iouThreshold, 1 - 1e-10),
        ];
        for (const object of candidates) {
          if (taken.has(object) && !object.crowd) continue;
          const iou = object.crowd ? intersection(box, object.box) / area(box) : overlap(box, object.box);
          if (iou >= largest) [best, largest] = [object, iou];
        }
        return best;
      };
      const match = closest(counted as typeof objects) ?? closest(ignored as typeof objects);
      if (match) taken.add(match);
      if (match ? match.ignored : outside(box)) continue;
      outcomes.push({ score, correct: match !== undefined });
    }
    return { outcomes, truths: (counted as typeof objects).length };
  };
}
