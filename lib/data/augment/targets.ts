// Boxes, masks and keypoints go where the image goes. Positions are in pixels from the upper left corner of the image, so
// that the middle of the first pixel is (0.5, 0.5).

import type { Box, Keypoint, Sample, Values } from "../sample.ts";

/** Where a point of the image goes. */
export type Move = (x: number, y: number) => readonly [x: number, y: number];

/**
 * Boxes and keypoints of a moved image. A box becomes the smallest upright one around its moved corners, cut off at the
 * image's edges; one that is wholly outside is left out. Keypoints outside are kept, as their place in the list matters.
 */
export function moveTargets(sample: Sample, move: Move, width: number, height: number): Partial<Sample> {
  return {
    ...(sample.boxes && { boxes: sample.boxes.flatMap((box) => moveBox(box, move, width, height)) }),
    ...(sample.keypoints && {
      keypoints: sample.keypoints.map(([x, y, ...rest]): Keypoint => [...move(x, y), ...rest]),
    }),
  };
}

/** A box cut off at the image's edges, or nothing if it is outside. */
export function clipBox([x1, y1, x2, y2, ...rest]: Box, width: number, height: number): Box[] {
  const [left, right] = [x1, x2].map((x) => Math.max(0, Math.min(width, x))) as [number, number];
  const [top, bottom] = [y1, y2].map((y) => Math.max(0, Math.min(height, y))) as [number, number];
  return right > left && bottom > top ? [[left, top, right, bottom, ...rest]] : [];
}

/** A mask's labels at other places: `from` gives an index into the mask, or −1 for `fill`. */
export function moveMask(
  mask: Values,
  shape: [number, number],
  from: (pixel: number) => number,
  fill: number,
): Values {
  const [, , depth = 1] = mask.shape;
  const size = shape[0] * shape[1];
  const data = new (mask.data.constructor as Uint8ArrayConstructor)(size * depth);
  for (let pixel = 0; pixel < size; pixel++) {
    const source = from(pixel);
    for (let layer = 0; layer < depth; layer++) {
      data[pixel * depth + layer] = source < 0 ? fill : (mask.data[source * depth + layer] as number);
    }
  }
  return { data, shape: [...shape, ...mask.shape.slice(2)] };
}

/** @throws RangeError if the mask is not as large as the image. */
export function requireMask(sample: Sample, name: string): void {
  const [height, width] = sample.x.shape;
  const { mask } = sample;
  if (!mask || (mask.shape[0] === height && mask.shape[1] === width)) return;
  throw new RangeError(
    `${name}: the mask has the shape [${mask.shape}] and the image [${sample.x.shape}]; height and width must be equal.`,
  );
}

function moveBox([x1, y1, x2, y2, ...rest]: Box, move: Move, width: number, height: number): Box[] {
  const corners = [move(x1, y1), move(x2, y1), move(x2, y2), move(x1, y2)];
  const across = corners.map(([x]) => x);
  const down = corners.map(([, y]) => y);
  return clipBox(
    [Math.min(...across), Math.min(...down), Math.max(...across), Math.max(...down), ...rest],
    width,
    height,
  );
}
