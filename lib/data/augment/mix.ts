// New samples out of several: mixup (Zhang et al., 2018), cutmix (Yun et al., 2019) and mosaic (Bochkovskiy et al., 2020).
// Targets are mixed in proportion; class numbers become one-hot rows for it.

import { beta } from "../beta.ts";
import type { Box, Sample, Values } from "../sample.ts";
import { blank, each, fromImage, type Image, sizeOf, toImage } from "./image.ts";
import { clipBox, requireMask } from "./targets.ts";
import { define } from "./transform.ts";

/** Two images laid over each other, λ of one and 1 − λ of the other, λ drawn from Beta(alpha, alpha). */
export const mixup = define(
  "mixup",
  { alpha: 0.2, classes: 0, p: 1 },
  ({ alpha, classes }, random) => {
    const share = beta(alpha, random);
    if (share === 1) return (sample) => withoutPartner(sample, { classes });
    return (sample, [partner]) => {
      const other = requireAlike("mixup", sample, partner as Sample);
      const { data } = other.x;
      const stronger = share >= 0.5 ? sample : other;
      const whole = sample.x.data instanceof Uint8Array ? Math.round : (value: number) => value;
      const image = each(toImage(sample.x), (value, index) =>
        whole(share * value + (1 - share) * (data[index] as number)),
      );
      return {
        ...sample,
        x: fromImage(image),
        y: mixTargets([sample.y, other.y], [share, 1 - share], classes),
        // Labels can't be mixed.
        ...(stronger.mask && { mask: stronger.mask }),
        ...(sample.boxes && { boxes: [...sample.boxes, ...(other.boxes ?? [])] }),
        ...(sample.keypoints && { keypoints: [...sample.keypoints, ...(other.keypoints ?? [])] }),
      };
    };
  },
  { partners: 1, skip: withoutPartner },
);

/** A rectangle of another image in its place: 1 − λ of the area, λ drawn from Beta(alpha, alpha). */
export const cutmix = define(
  "cutmix",
  { alpha: 1, classes: 0, p: 1 },
  ({ alpha, classes }, random, sample) => {
    const [height, width] = sizeOf(sample);
    const side = Math.sqrt(1 - beta(alpha, random));
    const [middleX, middleY] = [random.integer(width), random.integer(height)];
    const [rows, columns] = [Math.floor(height * side), Math.floor(width * side)];
    const cut: Part = {
      left: Math.max(0, middleX - Math.floor(columns / 2)),
      top: Math.max(0, middleY - Math.floor(rows / 2)),
      right: Math.min(width, middleX + Math.floor(columns / 2)),
      bottom: Math.min(height, middleY + Math.floor(rows / 2)),
    };
    const area = (cut.right - cut.left) * (cut.bottom - cut.top);
    return (whole, [partner]) => {
      const other = requireAlike("cutmix", whole, partner as Sample);
      const share = 1 - area / (height * width);
      const kept = whole.boxes?.filter(([x1, y1, x2, y2]) => !(inside(x1, y1, cut) && inside(x2, y2, cut)));
      const parts = [{ sample: other, part: cut, shiftX: 0, shiftY: 0 }];
      const pasted = paste(whole, parts);
      return {
        ...pasted,
        y: mixTargets([whole.y, other.y], [share, 1 - share], classes),
        ...(whole.boxes && { boxes: [...(kept ?? []), ...boxesOf(parts)] }),
        ...(whole.keypoints && {
          keypoints: [
            ...whole.keypoints.filter(([x, y]) => !inside(x, y, cut)),
            ...(other.keypoints ?? []).filter(([x, y]) => inside(x, y, cut)),
          ],
        }),
      };
    };
  },
  { partners: 1, skip: withoutPartner },
);

/** Four images around a random middle, each with the corner that fits there. */
export const mosaic = define(
  "mosaic",
  { margin: 0.25, classes: 0, p: 1 },
  ({ margin, classes }, random, sample) => {
    const [height, width] = sizeOf(sample);
    const place = (size: number) => Math.round(size * (margin + (1 - 2 * margin) * random.uniform()));
    const [middleX, middleY] = [place(width), place(height)];
    return (whole, partners) => {
      const samples = [
        whole,
        ...partners.slice(0, 3).map((partner) => requireAlike("mosaic", whole, partner)),
      ];
      const parts = samples.map((each, quarter): Pasted => {
        const [right, below] = [quarter % 2 === 1, quarter >= 2];
        const part = {
          left: right ? middleX : 0,
          top: below ? middleY : 0,
          right: right ? width : middleX,
          bottom: below ? height : middleY,
        };
        // The images' corners meet in the middle.
        return {
          sample: each,
          part,
          shiftX: right ? middleX : middleX - width,
          shiftY: below ? middleY : middleY - height,
        };
      });
      const shares = parts.map(
        ({ part }) => ((part.right - part.left) * (part.bottom - part.top)) / (height * width),
      );
      const keypoints = parts.flatMap(({ sample: { keypoints = [] }, part, shiftX, shiftY }) =>
        keypoints
          .map(([x, y, ...rest]): [number, number, ...number[]] => [x + shiftX, y + shiftY, ...rest])
          .filter(([x, y]) => inside(x, y, part)),
      );
      return {
        ...paste(whole, parts),
        y: mixTargets(
          samples.map(({ y }) => y),
          shares,
          classes,
        ),
        ...(whole.boxes && { boxes: boxesOf(parts) }),
        ...(whole.keypoints && { keypoints }),
      };
    };
  },
  { partners: 3, skip: withoutPartner },
);

interface Part {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** A sample of which a part is shown, moved by whole pixels. */
interface Pasted {
  sample: Sample;
  part: Part;
  shiftX: number;
  shiftY: number;
}

function paste(base: Sample, parts: readonly Pasted[]): Sample {
  requireMask(base, "mixing");
  const image: Image = toImage(base.x);
  const { height, width, channels } = image;
  const result = blank(image, height, width);
  result.data.set(image.data);
  const mask = base.mask && { data: base.mask.data.slice(), shape: base.mask.shape };
  const depth = base.mask?.shape[2] ?? 1;
  for (const { sample, part, shiftX, shiftY } of parts) {
    for (let y = part.top; y < part.bottom; y++) {
      const count = part.right - part.left;
      const from = (y - shiftY) * width + part.left - shiftX;
      const to = y * width + part.left;
      result.data.set(sample.x.data.subarray(from * channels, (from + count) * channels), to * channels);
      if (!mask) continue;
      mask.data.set((sample.mask as Values).data.subarray(from * depth, (from + count) * depth), to * depth);
    }
  }
  return { ...base, x: fromImage(result), ...(mask && { mask }) };
}

function boxesOf(parts: readonly Pasted[]): Box[] {
  return parts.flatMap(({ sample: { boxes = [] }, part, shiftX, shiftY }) =>
    boxes.flatMap(([x1, y1, x2, y2, ...rest]) =>
      clipBox(
        [
          x1 + shiftX - part.left,
          y1 + shiftY - part.top,
          x2 + shiftX - part.left,
          y2 + shiftY - part.top,
          ...rest,
        ],
        part.right - part.left,
        part.bottom - part.top,
      ).map(
        ([left, top, right, bottom, ...other]): Box => [
          left + part.left,
          top + part.top,
          right + part.left,
          bottom + part.top,
          ...other,
        ],
      ),
    ),
  );
}

function inside(x: number, y: number, { left, top, right, bottom }: Part): boolean {
  return x >= left && x <= right && y >= top && y <= bottom;
}

// A batch can't hold class numbers and rows of shares at once.
function withoutPartner(sample: Sample, { classes }: { classes: number }): Sample {
  return classes > 0 ? { ...sample, y: mixTargets([sample.y], [1], classes) } : sample;
}

function mixTargets(targets: readonly Values[], shares: readonly number[], classes: number): Values {
  const rows = targets.map((target) =>
    target.data instanceof Float32Array ? target : oneHot(target, classes),
  );
  const [first] = rows as [Values];
  const data = new Float32Array(first.data.length);
  for (let at = 0; at < data.length; at++) {
    data[at] = rows.reduce(
      (sum, { data: row }, index) => sum + (shares[index] as number) * (row[at] as number),
      0,
    );
  }
  return { data, shape: first.shape };
}

function oneHot({ data, shape }: Values, classes: number): Values {
  const label = data[0] as number;
  if (shape.length > 0 || !(label >= 0 && label < classes)) {
    throw new RangeError(
      `The target is class ${label} of shape [${shape}] and classes is ${classes}: to mix class numbers, say how many ` +
        "there are, such as { classes: 10 }.",
    );
  }
  const row = new Float32Array(classes);
  row[label] = 1;
  return { data: row, shape: [classes] };
}

function requireAlike(name: string, sample: Sample, other: Sample): Sample {
  if (
    sample.x.shape.join() !== other.x.shape.join() ||
    sample.x.data.constructor !== other.x.data.constructor
  ) {
    throw new RangeError(
      `${name}: the images have the shapes [${sample.x.shape}] and [${other.x.shape}]; bring them to one size and type ` +
        "before they are mixed.",
    );
  }
  if (sample.mask && !other.mask)
    throw new RangeError(`${name}: one sample has a mask and the other has none.`);
  return other;
}
