// Pascal VOC's annotations: an XML file an image with the name and the box of every object
// (http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/).

import { XMLParser, XMLValidator } from "fast-xml-parser";
import type { PixelBox } from "../detection-images.ts";
import { readText } from "./text.ts";

/** What one annotation says. */
export interface VocAnnotation {
  /** Size of the image in pixels. */
  width: number;
  height: number;
  objects: VocObject[];
}

export interface VocObject {
  name: string;
  /** Left, top, right, bottom edge from the corner of the image; VOC itself counts pixels from 1, both included. */
  box: PixelBox;
  /** Need not be found. */
  difficult: boolean;
}

const parser = new XMLParser({ parseTagValue: false, isArray: (tag) => tag === "object" });

/**
 * Read an annotation. Boxes are clipped to the image.
 *
 * @param name The file's name, for messages.
 * @throws Error naming the file if it is no XML, cut off, or an element is missing.
 */
export function readVoc(bytes: Uint8Array, name: string): VocAnnotation {
  const text = readText(bytes, name);
  const valid = XMLValidator.validate(text);
  if (valid !== true)
    throw new Error(`${name} is damaged or cut off: ${valid.err.msg} (line ${valid.err.line}).`);
  const annotation = parser.parse(text).annotation;
  const number = (value: unknown, what: string) => {
    const found = typeof value === "string" && value.trim() ? Number(value) : Number.NaN;
    if (Number.isFinite(found)) return found;
    throw new Error(`${name}: <${what}> is ${JSON.stringify(value) ?? "missing"}, expected a number.`);
  };
  const width = number(annotation?.size?.width, "width");
  const height = number(annotation?.size?.height, "height");
  const objects: VocObject[] = (annotation.object ?? []).map(
    (object: Record<string, unknown>, index: number) => {
      const box = object.bndbox as Record<string, unknown> | undefined;
      const edge = (what: string) => number(box?.[what], `${what}> of object <${index}`);
      if (typeof object.name !== "string") throw new Error(`${name}: object ${index} has no <name>.`);
      return {
        name: object.name,
        box: [
          Math.max(0, edge("xmin") - 1),
          Math.max(0, edge("ymin") - 1),
          Math.min(width, edge("xmax")),
          Math.min(height, edge("ymax")),
        ],
        difficult: object.difficult === "1",
      };
    },
  );
  return { width, height, objects };
}
