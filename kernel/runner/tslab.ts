// The module `tslab` as notebooks written for that kernel import it, so that they run here unchanged: its public
// interface (https://github.com/yunabe/tslab, public.d.ts of 1.0.22) on top of our display.

import { createRequire } from "node:module";
import { displayBundle, type Display as Shown } from "./display.ts";
import type { MimeBundle } from "./messages.ts";

/** Shows contents of many kinds; pictures are bytes. */
interface Display {
  javascript(s: string): void;
  html(s: string): void;
  markdown(s: string): void;
  latex(s: string): void;
  svg(s: string): void;
  png(b: Uint8Array): void;
  jpeg(b: Uint8Array): void;
  gif(b: Uint8Array): void;
  pdf(b: Uint8Array): void;
  text(s: string): void;
  /** Show something of any MIME type: text, or bytes, which are sent in base64. */
  raw(contentType: string, b: string | Uint8Array): void;
}

/** Versions of tslab's interface, of TypeScript and of Node. */
export const versions: { tslab: string; typescript: string; node: string } = {
  tslab: "1.0.22",
  typescript: createRequire(import.meta.url)("typescript/package.json").version,
  node: process.version,
};

/** Each call shows something new. */
export const display: Display = through((bundle) => void displayBundle(bundle));

/** A display of its own: each call replaces what the one before showed. */
export function newDisplay(): Display {
  let shown: Shown<MimeBundle> | undefined;
  return through((bundle) => {
    if (shown) shown.update(bundle);
    else shown = displayBundle(bundle);
  });
}

function through(show: (bundle: MimeBundle) => void): Display {
  const raw = (contentType: string, b: string | Uint8Array): void => {
    const isBytes = ArrayBuffer.isView(b);
    if (!isBytes && typeof b !== "string") {
      throw new TypeError(
        `tslab's display of ${contentType} expects a string or a Uint8Array, but got ${typeof b}.`,
      );
    }
    const data = isBytes ? Buffer.from(b.buffer, b.byteOffset, b.byteLength).toString("base64") : b;
    show({ [contentType]: data });
  };
  const as = (contentType: string) => (content: string | Uint8Array) => raw(contentType, content);
  return {
    javascript: as("text/javascript"),
    html: as("text/html"),
    markdown: as("text/markdown"),
    latex: as("text/latex"),
    svg: as("image/svg+xml"),
    png: as("image/png"),
    jpeg: as("image/jpeg"),
    gif: as("image/gif"),
    pdf: as("application/pdf"),
    text: as("text/plain"),
    raw,
  };
}
