// Drawings as pixels, for places that take no SVG.

import { loadCanvas } from "./canvas.ts";

/**
 * PNG of an SVG drawing whose root tells its width, height and `viewBox`.
 *
 * @param scale Pixels for each unit of the drawing. Defaults to `2`: sharp on today's screens and in print.
 * @throws Error where there is no canvas for this kind of machine, or the drawing can't be read.
 */
export async function rasterize(svg: string, scale = 2): Promise<Uint8Array> {
  const { createCanvas, Image } = loadCanvas();
  const size = (name: string) => Number(new RegExp(`^<svg[^>]*? ${name}="([\\d.]+)"`).exec(svg)?.[1]);
  const [width, height] = [Math.ceil(size("width") * scale), Math.ceil(size("height") * scale)];
  if (!(width > 0 && height > 0)) throw new Error("The drawing can't be read: it has no width and height.");
  // Enlarged before it is drawn, so that lines and text stay sharp.
  const enlarged = svg.replace(/^<svg[^>]*>/, (root) =>
    root.replace(/ width="[\d.]+"/, ` width="${width}"`).replace(/ height="[\d.]+"/, ` height="${height}"`),
  );
  const image = new Image();
  const loaded = new Promise<void>((resolve, reject) => {
    image.onload = () => resolve();
    image.onerror = (cause) => reject(new Error("The drawing can't be read.", { cause }));
  });
  image.src = Buffer.from(enlarged);
  await loaded;
  const canvas = createCanvas(width, height);
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.encode("png");
}
