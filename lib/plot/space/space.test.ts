import assert from "node:assert/strict";
import { test } from "node:test";
import vm from "node:vm";
import type { Figure } from "../figure.ts";
import { scatter3d } from "./scatter-3d.ts";
import { surface3d } from "./surface-3d.ts";

async function html(figure: Figure): Promise<string> {
  return String((await figure.toMime())["text/html"]);
}

/** The drawing that is there without scripts. */
async function svg(figure: Figure): Promise<string> {
  const address = /src="data:image\/svg\+xml,([^"]+)"/.exec(await html(figure))?.[1];
  return decodeURIComponent(String(address));
}

/** Circles in the order in which they are drawn. */
async function circles(figure: Figure) {
  return [
    ...(await svg(figure)).matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)" r="(\d+\.\d)" fill="([^"]+)"/g),
  ].map(([, x, y, radius, colour]) => ({ x: Number(x), y: Number(y), radius: Number(radius), colour }));
}

const corners = { origin: [[0, 0, 0]], right: [[1, 0, 0]], back: [[0, 1, 0]], top: [[0, 0, 1]] };

test("axes are right-handed and seen as in Matplotlib", async () => {
  const above = scatter3d(corners, { azimuth: -90, elevation: 90 });
  const byColour = new Map((await circles(above)).map((circle) => [circle.colour, circle]));
  const [origin, right, back] = ["#0072B2", "#D55E00", "#009E73"].map((colour) => byColour.get(colour));
  assert.ok(origin && right && back);
  assert.ok(right.x > origin.x + 50 && Math.abs(right.y - origin.y) < 1, "x goes to the right");
  assert.ok(back.y < origin.y - 50 && Math.abs(back.x - origin.x) < 1, "y goes up");
  const front = scatter3d(corners, { azimuth: -90, elevation: 0 });
  const top = (await circles(front)).find(({ colour }) => colour === "#CC79A7");
  assert.ok(top && top.y < 200, "z goes up");
});

test("what is nearer is drawn later, and larger", async () => {
  const [far, near] = await circles(
    scatter3d(
      [
        [0, -1, 0],
        [0, 1, 0],
      ],
      { azimuth: -90, elevation: 0 },
    ),
  );
  assert.ok(far && near && near.radius > far.radius);
});

test("with equal units a flat shape is flat", async () => {
  const points = [
    [0, 0, 0],
    [10, 0, 1],
  ];
  const height = async (equal: boolean) => {
    const ys = (await circles(scatter3d(points, { equal, azimuth: -90, elevation: 0 }))).map(({ y }) => y);
    return Math.max(...ys) - Math.min(...ys);
  };
  assert.ok(Math.abs((await height(true)) * 10 - (await height(false))) < 3);
});

test("the drawing turns in a browser with nothing but its own script, whatever the title says", async () => {
  const figure = scatter3d(
    [
      [0, 0, 0],
      [1, 2, 3],
    ],
    { title: "</script><b>", x: "a < b" },
  );
  const source = await html(figure);
  assert.equal(source.match(/<\/script>/g)?.length, 1, "the title ends no script");
  const script = String(/<script>([\s\S]+)<\/script>/.exec(source)?.[1]);
  const box: Record<string, unknown> & { innerHTML: string } = {
    innerHTML: "",
    style: {},
    focus() {},
    setPointerCapture() {},
  };
  const document = { currentScript: { previousElementSibling: box } };
  vm.runInNewContext(script, { document, requestAnimationFrame: (callback: () => void) => callback() });
  assert.equal(box.innerHTML, await svg(figure), "it begins as the picture");
  const event = (clientX: number, clientY: number) => ({ clientX, clientY, preventDefault() {} });
  (box.onpointerdown as (event: object) => void)(event(0, 0));
  (box.onpointermove as (event: object) => void)(event(90, 0));
  const turned = box.innerHTML;
  assert.notEqual(turned, await svg(figure));
  assert.equal(
    turned,
    await svg(
      scatter3d(
        [
          [0, 0, 0],
          [1, 2, 3],
        ],
        { title: "</script><b>", x: "a < b", azimuth: -105 },
      ),
    ),
  );
});

test("surfaces have a face for each cell and say their heights", async () => {
  const figure = surface3d((x, y) => x * y, { xRange: [0, 1], yRange: [0, 2], resolution: 5, z: "loss" });
  assert.equal((await svg(figure)).match(/Z" fill=/g)?.length, 25);
  assert.match(String((await figure.toMime())["text/plain"]), /loss over x and y, 0 to 2$/);
  assert.ok((await svg(surface3d(() => 1, { xRange: [0, 1], yRange: [0, 1] }))).length > 1000);
});

test("bad input is named", () => {
  const box = { xRange: [0, 1], yRange: [0, 1] } as const;
  assert.throws(() => scatter3d([]), /no point to draw/);
  assert.throws(() => scatter3d([[1, 2]]), /2 numbers a point; points in space are \[n, 3\]/);
  assert.throws(() => scatter3d({ a: [[1, 2, Number.NaN]] }), /points "a" holds NaN at 2/);
  assert.throws(() => scatter3d([[1, 2, 3]], { values: [1, 2] }), /2 values for 1 points/);
  assert.throws(() => scatter3d(corners, { values: [1, 2, 3, 4] }), /values for several groups/);
  assert.throws(() => scatter3d([[1, 2, 3]], { azimuth: Number.NaN }), /azimuth is NaN/);
  assert.throws(() => surface3d(() => Number.NaN, box), /f\(0, 0\) is NaN/);
  assert.throws(() => surface3d(() => 1, { ...box, xRange: [1, 0] }), /xRange is \[1, 0\]/);
  assert.throws(() => surface3d(() => 1, { ...box, resolution: 0 }), /resolution is 0/);
});
