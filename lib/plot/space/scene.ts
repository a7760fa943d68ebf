// Points and faces in space as a drawing, seen from any side without perspective. The same function draws the picture in
// Node and, when it is turned, in the reader's browser.

/** What is to be seen; places are in a box from -1 to 1. */
export interface Scene {
  width: number;
  height: number;
  /** A point has one corner, a face three or more. */
  items: readonly Item[];
  axes: readonly [Axis, Axis, Axis];
  colours: { background: string; ink: string; grid: string; frame: string };
  /** Radius of points in pixels. */
  size: number;
  /** SVG that does not turn: title and legend. */
  still: string;
  /** The attribute `font-family`. */
  font: string;
}

export interface Item {
  colour: string;
  corners: readonly (readonly [x: number, y: number, z: number])[];
}

export interface Axis {
  /** Escaped for SVG. */
  title: string;
  /** Half the length of the box along this axis. */
  half: number;
  ticks: readonly { at: number; label: string }[];
}

/** Angles in degrees from which a scene is seen, as in Matplotlib. */
export interface View {
  /** Around the vertical axis. */
  azimuth: number;
  /** Above the horizontal plane. */
  elevation: number;
}

/** SVG of a scene. Uses nothing outside itself, since its source is sent to the browser. */
export function drawScene(scene: Scene, view: View): string {
  const { width, height, axes, colours } = scene;
  const [around, above] = [(-view.azimuth - 90) * (Math.PI / 180), view.elevation * (Math.PI / 180)];
  const [cosine, sine, up, forward] = [Math.cos(around), Math.sin(around), Math.cos(above), Math.sin(above)];
  const unit = Math.min(width, height) * 0.27;
  const centre = [width * 0.46, height * 0.53] as const;
  /** Place on the page, and how near it is. */
  const project = ([x, y, z]: readonly [number, number, number]): [number, number, number] => {
    const [across, away] = [x * cosine - y * sine, x * sine + y * cosine];
    return [centre[0] + unit * across, centre[1] - unit * (z * up + away * forward), z * forward - away * up];
  };
  const number = (value: number) => value.toFixed(1);
  const halves = axes.map(({ half }) => half) as [number, number, number];
  const corner = (x: number, y: number, z: number): [number, number, number] => [
    x * halves[0],
    y * halves[1],
    z * halves[2],
  ];
  const line = (from: [number, number, number], to: [number, number, number], colour: string) => {
    const [[x1, y1], [x2, y2]] = [project(from), project(to)];
    return `<path d="M${number(x1)} ${number(y1)}L${number(x2)} ${number(y2)}" stroke="${colour}" fill="none"/>`;
  };
  const text = (x: number, y: number, words: string, more: string, anchor = "middle") =>
    `<text x="${number(x)}" y="${number(y)}" text-anchor="${anchor}" ${more}>${words}</text>`;
  // The sides of the box that are farther away, as grids behind everything.
  const far = [0, 1, 2].map((axis) => {
    const end: [number, number, number] = [0, 0, 0];
    end[axis] = 1;
    return project(end)[2] > project([0, 0, 0])[2] ? -1 : 1;
  }) as [number, number, number];
  const walls: string[] = [];
  for (const axis of [0, 1, 2]) {
    for (const { at } of axes[axis]?.ticks ?? []) {
      for (const wall of [0, 1, 2].filter((each) => each !== axis)) {
        const other = 3 - axis - wall;
        const ends = [-1, 1].map((end): [number, number, number] => {
          const place = corner(0, 0, 0);
          place[axis] = at;
          place[wall] = (far[wall] as number) * (halves[wall] as number);
          place[other] = end * (halves[other] as number);
          return place;
        });
        walls.push(
          line(ends[0] as [number, number, number], ends[1] as [number, number, number], colours.grid),
        );
      }
    }
  }
  // Numbers stand along the edges at the border of what is seen.
  const labels: string[] = [];
  axes.forEach(({ title, ticks }, axis) => {
    const others = [0, 1, 2].filter((each) => each !== axis) as [number, number];
    const edges = [
      [-1, -1],
      [-1, 1],
      [1, -1],
      [1, 1],
    ].map((signs) => {
      const start = corner(0, 0, 0);
      start[others[0]] = (signs[0] as number) * (halves[others[0]] as number);
      start[others[1]] = (signs[1] as number) * (halves[others[1]] as number);
      return start;
    });
    // The lowest edge of the floor in front; of the vertical axis the one at the left.
    const score = (place: [number, number, number]) => (axis === 2 ? -project(place)[0] : project(place)[1]);
    const edge = edges.reduce((best, each) => (score(each) > score(best) ? each : best));
    const [from, to] = [-1, 1].map((end): [number, number, number] => {
      const place: [number, number, number] = [...edge];
      place[axis] = end * (halves[axis] as number);
      return place;
    }) as [[number, number, number], [number, number, number]];
    labels.push(line(from, to, colours.ink));
    const middle = project(edge);
    const away = [middle[0] - centre[0], middle[1] - centre[1]] as const;
    const length = Math.hypot(...away) || 1;
    const shift = (pixels: number) => [(away[0] / length) * pixels, (away[1] / length) * pixels] as const;
    for (const { at, label } of ticks) {
      const place: [number, number, number] = [...edge];
      place[axis] = at;
      const [x, y] = project(place);
      const [right, down] = shift(16);
      labels.push(text(x + right, y + down + 3, label, 'font-size="10"'));
    }
    const [right, down] = shift(axis === 2 ? 42 : 34);
    const [x, y] = [middle[0] + right, middle[1] + down + 4];
    // Beside the numbers rather than over them.
    const anchor = axis === 2 || Math.abs(right) < 14 ? "middle" : right > 0 ? "start" : "end";
    const turned = axis === 2 ? ` transform="rotate(-90 ${number(x)} ${number(y)})"` : "";
    labels.push(text(x, y, title, `font-size="11" font-weight="bold"${turned}`, anchor));
  });
  const drawn = scene.items.map(({ colour, corners }) => {
    const places = corners.map(project);
    const depth = places.reduce((sum, place) => sum + place[2], 0) / places.length;
    const [[x, y]] = places as [[number, number, number]];
    const path = places.map((place) => `${number(place[0])} ${number(place[1])}`).join("L");
    const svg =
      places.length === 1
        ? `<circle cx="${number(x)}" cy="${number(y)}" r="${number(scene.size * (1 + depth / 5))}" fill="${colour}"/>`
        : `<path d="M${path}Z" fill="${colour}" stroke="${colour}" stroke-width=".6"/>`;
    return { depth, svg };
  });
  drawn.sort((a, b) => a.depth - b.depth);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${scene.font}" font-size="11" fill="${colours.ink}">`,
    `<rect width="${width}" height="${height}" fill="${colours.background}"/>`,
    ...walls,
    ...drawn.map(({ svg }) => svg),
    ...labels,
    scene.still,
    "</svg>",
  ].join("");
}
