// The battery that every transform goes through: nothing at strength 0, the given sample stays, the same seed gives the
// same, masks stay labels and go with the image, boxes and keypoints follow, and workers do the same.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { pipeline } from "../pipeline/index.ts";
import { random } from "../random.ts";
import type { Box, Keypoint, Sample } from "../sample.ts";
import * as augment from "./index.ts";

await tf.setBackend("cpu");

const { compose, oneOf, someOf } = augment;
const [height, width] = [24, 32];

interface Row {
  /** At its usual strength, on every sample. */
  full: augment.Transform;
  /** The same without any strength; undefined where there is none but p = 0. */
  none?: augment.Transform;
  /** Where the image's points go: with it, or they stay. */
  moves?: "smooth" | "cut" | "mix";
}

const p = 1;
const rows: Record<string, Row> = {
  horizontalFlip: { full: augment.horizontalFlip({ p }), moves: "smooth" },
  verticalFlip: { full: augment.verticalFlip({ p }), moves: "smooth" },
  centerCrop: {
    full: augment.centerCrop({ size: 20 }),
    none: augment.centerCrop({ size: [height, width] }),
    moves: "cut",
  },
  randomCrop: {
    full: augment.randomCrop({ size: [20, 24], padding: 2 }),
    none: augment.randomCrop({ size: [height, width] }),
    moves: "cut",
  },
  pad: { full: augment.pad({ padding: 3 }), none: augment.pad({ padding: 0 }), moves: "smooth" },
  resize: {
    full: augment.resize({ size: [36, 48] }),
    none: augment.resize({ size: [height, width] }),
    moves: "smooth",
  },
  resizedCrop: {
    full: augment.resizedCrop({ size: 24, scale: [0.5, 1] }),
    none: augment.resizedCrop({
      size: [height, width],
      scale: [1, 1],
      ratio: [width / height, width / height],
    }),
    moves: "cut",
  },
  rotate: { full: augment.rotate({ degrees: 30 }), none: augment.rotate({ degrees: 0 }), moves: "smooth" },
  translate: { full: augment.translate(), none: augment.translate({ x: 0, y: 0 }), moves: "smooth" },
  shear: { full: augment.shear({ y: 8 }), none: augment.shear({ x: 0 }), moves: "smooth" },
  zoom: { full: augment.zoom(), none: augment.zoom({ scale: 0 }), moves: "smooth" },
  affine: {
    full: augment.affine(),
    none: augment.affine({ degrees: 0, translate: 0, scale: 0, shear: 0 }),
    moves: "smooth",
  },
  perspective: {
    full: augment.perspective({ p, strength: 0.4 }),
    none: augment.perspective({ p, strength: 0 }),
    moves: "smooth",
  },
  gridDistortion: {
    full: augment.gridDistortion({ p }),
    none: augment.gridDistortion({ p, strength: 0 }),
    moves: "smooth",
  },
  elastic: { full: augment.elastic({ p }), none: augment.elastic({ p, strength: 0 }), moves: "smooth" },
  brightness: { full: augment.brightness(), none: augment.brightness({ factor: 0 }) },
  contrast: { full: augment.contrast(), none: augment.contrast({ factor: 0 }) },
  saturation: { full: augment.saturation(), none: augment.saturation({ factor: 0 }) },
  hue: { full: augment.hue(), none: augment.hue({ shift: 0 }) },
  colourJitter: {
    full: augment.colourJitter(),
    none: augment.colourJitter({ brightness: 0, contrast: 0, saturation: 0, hue: 0 }),
  },
  gray: { full: augment.gray({ p }) },
  invert: { full: augment.invert({ p }) },
  solarize: { full: augment.solarize({ p }), none: augment.solarize({ p, threshold: 1.01 }) },
  posterize: { full: augment.posterize({ p, bits: 3 }) },
  equalize: { full: augment.equalize({ p }) },
  autocontrast: { full: augment.autocontrast({ p }) },
  clahe: { full: augment.clahe({ p, tiles: 3 }) },
  blur: { full: augment.blur({ p, sigma: [1, 2] }), none: augment.blur({ p, sigma: 0 }) },
  sharpness: { full: augment.sharpness({ p }), none: augment.sharpness({ p, factor: 0 }) },
  noise: { full: augment.noise({ p }), none: augment.noise({ p, sigma: 0 }) },
  erasing: { full: augment.erasing({ p }), none: augment.erasing({ p, scale: [0, 0] }) },
  cutout: { full: augment.cutout({ p, fill: "noise" }), none: augment.cutout({ p, size: 0 }) },
  mixup: { full: augment.mixup({ alpha: 1 }), none: augment.mixup({ alpha: 0 }), moves: "mix" },
  cutmix: { full: augment.cutmix(), none: augment.cutmix({ alpha: 0 }), moves: "mix" },
  mosaic: { full: augment.mosaic(), moves: "mix" },
  randAugment: {
    full: augment.randAugment({ count: 6 }),
    none: augment.randAugment({ count: 0 }),
    moves: "cut",
  },
  trivialAugment: { full: someOf([augment.trivialAugment(), augment.trivialAugment()]), moves: "cut" },
  compose: { full: compose([augment.rotate(), augment.shear()]), none: compose([]), moves: "smooth" },
  oneOf: {
    full: oneOf([augment.rotate(), augment.zoom()]),
    none: oneOf([augment.zoom({ scale: 0 })]),
    moves: "smooth",
  },
  someOf: {
    full: someOf([augment.rotate(), augment.zoom(), augment.shear()]),
    none: someOf([augment.rotate()], { count: 0 }),
    moves: "smooth",
  },
};

// A bright rectangle, label 7, on a noisy ground, label 0; the box is around it, the keypoint in its middle.
const rectangle = { left: 9, top: 7, right: 23, bottom: 17 };

function makeSample(kind: "uint8" | "float32", seed = 1): Sample {
  const source = random(seed);
  const pixel = Float32Array.from({ length: height * width * 3 }, (_, index) => {
    const inside = isInside((Math.floor(index / 3) % width) + 0.5, Math.floor(index / 3 / width) + 0.5);
    return (inside ? 0.75 : 0.1) + 0.15 * source.uniform();
  });
  const { left, top, right, bottom } = rectangle;
  return {
    x: {
      data: kind === "uint8" ? Uint8Array.from(pixel, (value) => 255 * value) : pixel,
      shape: [height, width, 3],
    },
    y: { data: Float32Array.of(seed % 2, 1 - (seed % 2)), shape: [2] },
    boxes: [[left, top, right, bottom, 7]],
    mask: {
      data: Uint8Array.from({ length: height * width }, (_, at) =>
        isInside((at % width) + 0.5, Math.floor(at / width) + 0.5) ? 7 : 0,
      ),
      shape: [height, width],
    },
    keypoints: [[(left + right) / 2, (top + bottom) / 2, 5]],
  };
}

function rounded<Item extends readonly number[]>(items: readonly Item[] | undefined): number[][] | undefined {
  return items?.map((item) => item.map((value) => Math.round(value * 1e9) / 1e9));
}

function isInside(x: number, y: number): boolean {
  return x > rectangle.left && x < rectangle.right && y > rectangle.top && y < rectangle.bottom;
}

function apply(transform: augment.Transform, sample: Sample, seed: number): Sample {
  const partners = [2, 3, 4].map((other) =>
    makeSample(sample.x.data instanceof Uint8Array ? "uint8" : "float32", other),
  );
  return transform.apply(sample, random(seed), partners);
}

test("every transform is in the battery", () => {
  const makers = Object.entries(augment).filter(
    ([name, value]) => typeof value === "function" && name !== "create",
  );
  assert.deepEqual(makers.map(([name]) => name).sort(), Object.keys(rows).sort());
});

for (const [name, { full, none, moves }] of Object.entries(rows)) {
  for (const kind of ["uint8", "float32"] as const) {
    test(`${name} of ${kind}: seeds, strength 0, and what goes with the image`, () => {
      const sample = makeSample(kind);
      const before = structuredClone(sample);
      let changed = 0;
      for (let seed = 0; seed < 12; seed++) {
        const result = apply(full, sample, seed);
        assert.deepEqual(apply(full, sample, seed), result, "the same seed gives the same");
        assert.deepEqual(
          apply(augment.create(structuredClone({ name: full.name, options: full.options })), sample, seed),
          result,
        );
        assert.deepEqual(sample, before, "the given sample stays");
        assert.equal(result.x.data.constructor, sample.x.data.constructor);
        const most = kind === "uint8" ? 255 : 1;
        assert.ok([...result.x.data].every((value) => value >= 0 && value <= most));
        if (Buffer.compare(Buffer.from(result.x.data.buffer), Buffer.from(sample.x.data.buffer)) !== 0)
          changed++;
        checkTargets(sample, result, moves);
      }
      assert.ok(changed >= 6, `the image changed in ${changed} of 12`);
      if (none) {
        const still = apply(none, sample, 3);
        assert.deepEqual(
          { ...still, x: sample.x, boxes: rounded(still.boxes), keypoints: rounded(still.keypoints) },
          sample,
        );
        const off = still.x.data.map((value, at) => Math.abs(value - (sample.x.data[at] as number)));
        assert.ok(Math.max(...off) < 1e-6, `nothing changes at strength 0, off by ${Math.max(...off)}`);
      }
      const make = (augment as unknown as Record<string, (options: object) => augment.Transform>)[full.name];
      const never =
        "transforms" in full.options ? compose([full], { p: 0 }) : make?.({ ...full.options, p: 0 });
      assert.equal(apply(never as augment.Transform, sample, 5), sample);
    });
  }
}

function checkTargets(sample: Sample, result: Sample, moves: Row["moves"]): void {
  const mask = result.mask as NonNullable<Sample["mask"]>;
  assert.deepEqual(mask.shape, result.x.shape.slice(0, 2));
  assert.ok(
    [...mask.data].every((label) => label === 0 || label === 7),
    "masks stay labels",
  );
  if (!moves) {
    assert.deepEqual({ ...result, x: sample.x }, sample, "nothing moves");
    return;
  }
  if (moves === "mix") {
    const sum = [...result.y.data].reduce((total, share) => total + share, 0);
    assert.ok(Math.abs(sum - 1) < 1e-6, "shares of the targets sum to 1");
  }
  const columns = mask.shape[1] as number;
  const labelled = [...mask.data.keys()].filter((at) => mask.data[at] === 7);
  const places = labelled.map((at) => [(at % columns) + 0.5, Math.floor(at / columns) + 0.5] as const);
  const boxes = result.boxes as readonly Box[];
  for (const box of boxes) {
    assert.equal(box[4], 7, "what is with the corners stays");
    assert.ok(box[0] >= 0 && box[2] <= columns && box[1] >= 0 && box[3] <= (mask.shape[0] as number));
  }
  // The mask's pixels are where the boxes say, and the other way round.
  for (const [x, y] of places) {
    const covered = boxes.some(([x1, y1, x2, y2]) => x > x1 - 1 && x < x2 + 1 && y > y1 - 1 && y < y2 + 1);
    assert.ok(covered, `the label at ${x}, ${y} is in a box: ${JSON.stringify(boxes)}`);
  }
  if (moves !== "smooth") return;
  const [box] = boxes as [Box];
  // Distortions bend sides outwards a little beyond the moved corners, hence the tolerance.
  const around = [
    Math.min(...places.map(([x]) => x)) - 0.5,
    Math.min(...places.map(([, y]) => y)) - 0.5,
    Math.max(...places.map(([x]) => x)) + 0.5,
    Math.max(...places.map(([, y]) => y)) + 0.5,
  ];
  for (const [at, side] of around.entries()) {
    assert.ok(Math.abs(side - (box[at] as number)) < 2, `box ${box}, mask ${around}`);
  }
}

// Each pixel shows where it is: wherever the keypoint has gone, the image must say where it came from.
for (const [name, { full, moves }] of Object.entries(rows)) {
  if (moves !== "smooth") continue;
  test(`${name}: keypoints go exactly where the image goes`, () => {
    const place = { x: 13.2, y: 10.7 };
    const data = new Float32Array(height * width * 2);
    for (let pixel = 0; pixel < height * width; pixel++) {
      data[2 * pixel] = ((pixel % width) + 0.5) / width;
      data[2 * pixel + 1] = (Math.floor(pixel / width) + 0.5) / height;
    }
    const sample: Sample = {
      ...makeSample("float32"),
      x: { data, shape: [height, width, 2] },
      keypoints: [[place.x, place.y, 5]],
    };
    for (let seed = 0; seed < 20; seed++) {
      const { x: image, keypoints } = apply(full, sample, seed);
      const [[x, y, rest]] = keypoints as readonly [Keypoint];
      assert.equal(rest, 5);
      const at = (channel: number) => lookUp(image, x, y, channel);
      const off = Math.hypot(at(0) * width - place.x, at(1) * height - place.y);
      assert.ok(off < 0.1, `seed ${seed}: the keypoint at ${x}, ${y} is ${off} pixels off`);
    }
  });
}

function lookUp(
  { data, shape: [, columns = 0] }: Sample["x"],
  x: number,
  y: number,
  channel: number,
): number {
  const [left, top] = [Math.floor(x - 0.5), Math.floor(y - 0.5)];
  const [right, down] = [x - 0.5 - left, y - 0.5 - top];
  const value = (row: number, column: number) => data[(row * columns + column) * 2 + channel] as number;
  const upper = value(top, left) * (1 - right) + value(top, left + 1) * right;
  return upper * (1 - down) + (value(top + 1, left) * (1 - right) + value(top + 1, left + 1) * right) * down;
}

test("results don't depend on the number of workers, mixing transforms included", async () => {
  const samples = Array.from({ length: 12 }, (_, index) => makeSample("uint8", index));
  const strong = compose([
    augment.horizontalFlip(),
    augment.randomCrop({ size: [20, 24] }),
    oneOf([augment.colourJitter(), augment.elastic({ p })]),
    augment.trivialAugment(),
    augment.mixup({ alpha: 1 }),
  ]);
  const read = async (workers: number) => {
    const values: number[] = [];
    const data = pipeline(samples, { seed: 4 })
      .map(augment.rotate(), { workers })
      .map(strong, { workers })
      .map(augment.mosaic({ p: 0.5 }), { workers })
      .batch(5);
    for await (const { x, y } of data.epoch(2)) {
      values.push(...x.dataSync(), ...y.dataSync());
      tf.dispose([x, y]);
    }
    return values;
  };
  const before = tf.memory().numTensors;
  const alone = await read(0);
  assert.deepEqual(await read(1), alone);
  assert.deepEqual(await read(3), alone);
  assert.equal(tf.memory().numTensors, before);
});

test("class numbers are mixed as one-hot rows, λ follows Beta(α, α)", () => {
  const ofClass = (label: number): Sample => ({
    ...makeSample("uint8", label + 1),
    y: { data: Int32Array.of(label), shape: [] },
  });
  const [one, other] = [ofClass(0), ofClass(1)];
  const skipped = augment.cutmix({ classes: 3, p: 0 }).apply(one, random(1), [other]);
  assert.deepEqual(skipped.y, { data: Float32Array.of(1, 0, 0), shape: [3] });
  const mixed = augment.mixup({ classes: 3, alpha: 1 }).apply(one, random(1), [other]);
  const [share = 0, rest = 0, none] = mixed.y.data;
  assert.ok(Math.abs(share + rest - 1) < 1e-6 && none === 0 && share > 0 && rest > 0);
  for (const [at, value] of mixed.x.data.entries()) {
    const expected = share * (one.x.data[at] as number) + rest * (other.x.data[at] as number);
    assert.ok(Math.abs(value - expected) < 0.51);
  }
  for (const alpha of [0.3, 1, 4]) {
    const spread = (of: number[]) => of.reduce((sum, value) => sum + (value - 0.5) ** 2, 0) / of.length;
    const lambdas = Array.from({ length: 3000 }, (_, seed) => {
      const x = { data: new Uint8Array(3), shape: [1, 1, 3] };
      const y = (label: number) => ({ data: Int32Array.of(label), shape: [] });
      return augment.mixup({ classes: 2, alpha }).apply({ x, y: y(0) }, random(seed), [{ x, y: y(1) }]).y
        .data[0] as number;
    });
    const expected = 1 / (4 * (2 * alpha + 1));
    assert.ok(
      Math.abs(spread(lambdas) - expected) < 0.012,
      `alpha ${alpha}: ${spread(lambdas)}, expected ${expected}`,
    );
  }
});

test("bad input is named", () => {
  const sample = makeSample("uint8");
  assert.throws(
    () => augment.rotate({ angle: 3 } as object),
    /rotate has no option "angle"; it takes degrees/,
  );
  assert.throws(() => augment.rotate({ p: 2 }), /rotate: p is 2; it must be from 0 to 1/);
  assert.throws(
    () => augment.create({ name: "rotat", options: {} }),
    /no transform "rotat"; there are .*rotate/,
  );
  assert.throws(() => apply(augment.rotate({ degrees: [5, 1] }), sample, 1), /range \[5, 1\] is upside down/);
  assert.throws(() => apply(augment.centerCrop({ size: [3] as never }), sample, 1), /size is \[3\]/);
  assert.throws(() => augment.mixup().apply(sample, random(1)), /mixup mixes 2 samples, but got 1/);
  const other = { ...sample, x: { data: new Uint8Array(12), shape: [2, 2, 3] } };
  assert.throws(() => augment.mixup().apply(sample, random(1), [other]), /bring them to one size/);
  const classes = { ...sample, y: { data: Int32Array.of(1), shape: [] } };
  assert.throws(() => augment.mixup().apply(classes, random(1), [classes]), /say how many there are/);
  const flat = { ...sample, x: { data: new Float32Array(4), shape: [4] } };
  assert.throws(() => apply(augment.gray({ p }), flat, 1), /gray changes images .*x has the shape \[4\]/);
  const small = { ...sample, mask: { data: new Uint8Array(4), shape: [2, 2] } };
  assert.throws(
    () => apply(augment.rotate(), small, 1),
    /mask has the shape \[2,2\] and the image \[24,32,3\]/,
  );
  assert.throws(() => oneOf([augment.gray()], { weights: [] }), /weights are \[\]; they must be 1 numbers/);
  assert.throws(() => someOf([augment.gray()]), /count is 2; it must be a whole number from 0 to 1/);
});
