// What JSX in cells becomes: elements that show themselves as HTML. The page is static: there is no state and there are
// no event handlers in the kernel, since the elements live in the reader's browser. TypeScript's automatic runtime
// (https://www.typescriptlang.org/docs/handbook/jsx.html) imports `jsx`, `jsxs` and `Fragment` from here.

import { inspect } from "node:util";
import { displaySymbol } from "../../lib/plot/display.ts";
import type { Attributes, IntrinsicAttributes, Style } from "./jsx-attributes.ts";

/** What may stand between an element's tags. */
type Child = Element | string | number | bigint | boolean | null | undefined | object | readonly Child[];

type Component = (props: never) => Child;

interface Props {
  children?: Child;
  [name: string]: unknown;
}

/** Where TypeScript looks for the types of JSX. */
export namespace JSX {
  export type Element = JsxElement;
  export type ElementType = keyof IntrinsicElements | ((props: never) => Child);
  export interface ElementChildrenAttribute {
    children: unknown;
  }
  export interface IntrinsicAttributes {
    key?: string | number;
  }
  export type IntrinsicElements = IntrinsicAttributesOf;
}

type Element = JsxElement;
type IntrinsicAttributesOf = {
  [Name in keyof IntrinsicAttributes]: IntrinsicAttributes[Name] & { children?: Child };
} & {
  [custom: `${string}-${string}`]: Attributes & { children?: Child; [attribute: string]: unknown };
};

/** A tree of HTML. Components are called when it is shown. */
class JsxElement {
  readonly type: string | Component;
  readonly props: Props;

  constructor(type: string | Component, props: Props) {
    this.type = type;
    this.props = props;
  }

  /** The element as HTML. */
  toString(): string {
    return render(this);
  }

  [displaySymbol](): { "text/html": string; "text/plain": string } {
    const html = render(this);
    return { "text/html": html, "text/plain": html };
  }

  [inspect.custom](): string {
    return render(this);
  }
}

/** What `<type …>` means. */
export function jsx(type: string | Component, props: Props): JsxElement {
  return new JsxElement(type, props);
}

export { jsx as jsxs };

/** `<>…</>`: children without an element around them. */
export function Fragment({ children }: { children?: Child }): Child {
  return children;
}

const VOID = new Set("area base br col embed hr img input link meta param source track wbr".split(" "));
/** Their text is not HTML. */
const RAW = new Set(["script", "style"]);
const ESCAPES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

function render(child: Child): string {
  if (child === null || child === undefined || typeof child === "boolean") return "";
  if (typeof child === "string" || typeof child === "number" || typeof child === "bigint")
    return escapeHtml(String(child));
  if (Array.isArray(child)) return child.map(render).join("");
  if (child instanceof JsxElement) return renderElement(child);
  const html = shownHtml(child);
  if (html !== undefined) return html;
  const kind =
    typeof child === "function"
      ? "a function"
      : `an object (${child.constructor?.name ?? "without a class"})`;
  throw new TypeError(
    `Between an element's tags may stand text, numbers, elements, lists of these and what shows itself as HTML, but not ${kind}.`,
  );
}

/** The HTML or SVG of a value that shows itself so, such as another library's table. */
function shownHtml(value: object): string | undefined {
  const show = (value as { [displaySymbol]?: () => unknown })[displaySymbol];
  const bundle = typeof show === "function" ? (show.call(value) as Record<string, unknown>) : {};
  const html = bundle["text/html"] ?? bundle["image/svg+xml"];
  return typeof html === "string" ? html : undefined;
}

function renderElement({ type, props }: JsxElement): string {
  if (typeof type === "function") return render((type as (props: Props) => Child)(props));
  if (!/^[A-Za-z][\w.:-]*$/.test(type)) throw new TypeError(`"${type}" is no name of an element.`);
  const { children, dangerouslySetInnerHTML, key: _key, ref: _ref, ...rest } = props;
  const open = `<${type}${Object.entries(rest).map(renderAttribute).join("")}>`;
  if (VOID.has(type)) return open;
  const inner = (dangerouslySetInnerHTML as { __html?: unknown } | undefined)?.__html;
  if (inner !== undefined) return `${open}${inner}</${type}>`;
  const content = RAW.has(type)
    ? rawText(children).replace(/<\/(?=script|style)/gi, "<\\/")
    : render(children);
  return `${open}${content}</${type}>`;
}

function rawText(child: Child): string {
  if (Array.isArray(child)) return child.map(rawText).join("");
  return child === null || child === undefined || typeof child === "boolean" ? "" : String(child);
}

const RENAMED: Record<string, string> = { className: "class", htmlFor: "for" };
/** Attributes of SVG that are written with hyphens, as React names them. */
const HYPHENATED =
  /^(stroke|fill|font|text|clip|marker|stop|flood|dominant|alignment|baseline|letter|word|color|pointer|shape|vector)[A-Z]\w*$/;
/** SVG attributes that look like these, but are written with capitals. */
const CAPITALS = new Set(["clipPathUnits", "markerHeight", "markerUnits", "markerWidth", "textLength"]);

function renderAttribute([name, value]: [string, unknown]): string {
  const isText = /^(aria|data)-/.test(name);
  if (value === null || value === undefined || (value === false && !isText)) return "";
  if (typeof value === "function")
    throw new TypeError(
      `The attribute ${name} is a function, but functions live in the kernel and the element in the browser.`,
    );
  const key = RENAMED[name] ?? (HYPHENATED.test(name) && !CAPITALS.has(name) ? hyphenated(name) : name);
  if (!/^[^\s"'<>/=]+$/.test(key)) throw new TypeError(`"${name}" is no name of an attribute.`);
  if (value === true && !isText) return ` ${key}`;
  const text = name === "style" && typeof value === "object" ? css(value as Style) : String(value);
  return ` ${key}="${escapeHtml(text)}"`;
}

function hyphenated(name: string): string {
  return name.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
}

/** Numbers without a unit; all others are in pixels. */
const UNITLESS =
  /^(flex|order|opacity|zIndex|zoom|orphans|widows|tabSize|scale|columns?|gridArea|(line|font)(Height|Weight)|(fill|stroke)Opacity|flex(Grow|Shrink)|grid(Row|Column)\w*|\w*(Count|Ratio))$/;

function css(style: Style): string {
  return Object.entries(style)
    .filter(([, value]) => value !== undefined && value !== null && value !== false)
    .map(([name, value]) => {
      const unit = typeof value === "number" && value !== 0 && !UNITLESS.test(name) && !name.startsWith("--");
      const property = name.startsWith("--") ? name : hyphenated(name).replace(/^ms-/, "-ms-");
      return `${property}: ${value}${unit ? "px" : ""}`;
    })
    .join("; ");
}
