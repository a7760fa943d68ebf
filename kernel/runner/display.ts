// `display`, the global by which a cell shows more than its last value. Each call gives a handle that can replace what
// it showed, also from a later cell.

import { messageOf, representations } from "./format.ts";
import { base64Of, type ImageSource } from "./images.ts";
import type { MimeBundle } from "./messages.ts";
import { currentExecution, publish } from "./output.ts";

/** Something on show. */
export interface Display<Value> {
  /** Identifies the output, as Jupyter's `display_id`. */
  readonly id: string;
  /** Show `value` in its place. */
  update(value: Value): void;
}

/** Shows values in the notebook. */
interface DisplayFunction {
  /**
   * Show a value as it would be shown at the end of a cell: with the representations that it offers
   * (`[Symbol.for("Jupyter.display")]()`), such as a figure's chart, or as text.
   */
  (value: unknown): Display<unknown>;
  /** Show HTML. */
  html(html: string): Display<string>;
  /** Show Markdown. */
  markdown(markdown: string): Display<string>;
  /** Show LaTeX; formulas stand between `$` or `$$`. */
  latex(latex: string): Display<string>;
  /** Show an SVG drawing. */
  svg(svg: string): Display<string>;
  /** Show a PNG: its bytes, or them in base64. Throws TypeError for anything else. */
  png(image: ImageSource): Display<ImageSource>;
  /** Show a JPEG: its bytes, or them in base64. Throws TypeError for anything else. */
  jpeg(image: ImageSource): Display<ImageSource>;
  /** Show a GIF: its bytes, or them in base64. Throws TypeError for anything else. */
  gif(image: ImageSource): Display<ImageSource>;
  /** Show a value as a tree that folds. Throws TypeError where it can't be written as JSON. */
  json(value: unknown): Display<unknown>;
  /** Run JavaScript in the reader's browser, where the notebook is trusted. */
  javascript(javascript: string): Display<string>;
  /** Show plain text. */
  text(text: string): Display<string>;
  /** Show a chart, given as a Vega-Lite 5 specification. */
  vegaLite(specification: object): Display<object>;
  /** Remove what the cell has shown so far; with `wait`, only when something new is shown. */
  clear(options?: { wait?: boolean }): void;
}

let count = 0;

/** Shows what `bundleOf` makes of a value; every update goes through it too. */
function show<Value>(
  value: Value,
  bundleOf: (value: Value) => MimeBundle | Promise<MimeBundle>,
): Display<Value> {
  count += 1;
  const id = `nablab-${process.pid}-${count}`;
  let newest = 0;
  const put = (next: Value, update: boolean): void => {
    newest += 1;
    const version = newest;
    const bundle = bundleOf(next);
    const send = (data: MimeBundle, again: boolean): void =>
      publish({ type: "display", data, metadata: {}, displayId: id, update: again });
    if (!(bundle instanceof Promise)) {
      send(bundle, update);
      return;
    }
    // The place is taken at once, so that outputs keep the order of the calls.
    if (!update) send({ "text/plain": "" }, false);
    const execution = currentExecution();
    const shown = bundle
      .catch((error) => ({ "text/plain": `This can't be shown: ${messageOf(error)}` }))
      .then((data) => {
        if (version === newest) send(data, true);
        execution?.pending.delete(shown);
      });
    execution?.pending.add(shown);
  };
  put(value, false);
  return { id, update: (next) => put(next, true) };
}

function as<Value>(type: string, encode: (value: Value) => unknown = (value) => value) {
  return (value: Value) => show(value, (next) => ({ [type]: encode(next) }));
}

/** A MIME type whose text must be a string. */
function asText(name: string, type: string) {
  return as<string>(type, (value) => {
    if (typeof value === "string") return value;
    throw new TypeError(
      `display.${name} expects a string, but got ${value === null ? "null" : typeof value}.`,
    );
  });
}

function toJson(value: unknown): unknown {
  const text = JSON.stringify(value);
  if (text !== undefined) return JSON.parse(text);
  throw new TypeError(`display.json expects a value that JSON can hold, but got ${typeof value}.`);
}

export const display: DisplayFunction = Object.assign((value: unknown) => show(value, representations), {
  html: asText("html", "text/html"),
  markdown: asText("markdown", "text/markdown"),
  latex: asText("latex", "text/latex"),
  svg: asText("svg", "image/svg+xml"),
  png: as<ImageSource>("image/png", (image) => base64Of("png", image)),
  jpeg: as<ImageSource>("image/jpeg", (image) => base64Of("jpeg", image)),
  gif: as<ImageSource>("image/gif", (image) => base64Of("gif", image)),
  json: as<unknown>("application/json", toJson),
  javascript: asText("javascript", "application/javascript"),
  text: asText("text", "text/plain"),
  vegaLite: as<object>("application/vnd.vegalite.v5+json", toJson),
  clear: ({ wait = false } = {}) => publish({ type: "clear", wait }),
});

/** Shows representations that are ready made, and replaces them. */
export function displayBundle(bundle: MimeBundle): Display<MimeBundle> {
  return show(bundle, (next) => next);
}
