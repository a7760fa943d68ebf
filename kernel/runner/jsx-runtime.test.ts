// JSX as HTML: text is escaped, attributes are HTML's, components are called.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Fragment, jsx } from "./jsx-runtime.ts";

const html = (...args: Parameters<typeof jsx>): string => String(jsx(...args));

test("text and attributes are escaped", () => {
  assert.equal(
    html("p", { title: `a"b'<`, children: "<script>&" }),
    '<p title="a&quot;b&#39;&lt;">&lt;script&gt;&amp;</p>',
  );
});

test("children of all kinds", () => {
  const children = [1, 2n, "x", null, undefined, true, false, ["a", [jsx("b", { children: 0 })]]];
  assert.equal(html("div", { children }), "<div>12xa<b>0</b></div>");
  assert.equal(html(Fragment, { children: [jsx("i", {}), "t"] }), "<i></i>t");
  assert.throws(() => html("p", { children: { a: 1 } }), /but not an object \(Object\)/);
  const shown = { [Symbol.for("Jupyter.display")]: () => ({ "image/svg+xml": "<svg/>" }) };
  assert.equal(html("p", { children: shown }), "<p><svg/></p>");
});

test("attributes", () => {
  assert.equal(html("br", { className: "x" }), '<br class="x">');
  assert.equal(
    html("label", { htmlFor: "f", hidden: true, title: undefined, id: null }),
    '<label for="f" hidden></label>',
  );
  assert.equal(
    html("input", { disabled: false, value: 0, "aria-busy": false }),
    '<input value="0" aria-busy="false">',
  );
  assert.equal(
    html("div", {
      style: { fontSize: 12, opacity: 0.5, "--x": 3, WebkitMask: "none", margin: 0, color: null },
    }),
    '<div style="font-size: 12px; opacity: 0.5; --x: 3; -webkit-mask: none; margin: 0"></div>',
  );
  assert.equal(
    html("path", { strokeWidth: 2, viewBox: "0 0 1 1" }),
    '<path stroke-width="2" viewBox="0 0 1 1"></path>',
  );
  assert.equal(html("p", { dangerouslySetInnerHTML: { __html: "<b>x</b>" } }), "<p><b>x</b></p>");
  assert.throws(() => html("button", { onClick: () => 1 }), /onClick is a function/);
  assert.throws(() => html("p", { 'x="" onload': 1 }), /no name of an attribute/);
  assert.throws(() => html("p><script", {}), /no name of an element/);
});

test("scripts and styles hold raw text that can't end them", () => {
  assert.equal(html("style", { children: "a > b {}" }), "<style>a > b {}</style>");
  assert.equal(html("script", { children: '"</script>"' }), '<script>"<\\/script>"</script>');
});

test("components are called with their properties", () => {
  const Greeting = ({ name, children }: { name: string; children: unknown[] }) =>
    jsx("p", { children: [name, ...children] as object });
  assert.equal(html(Greeting as never, { name: "Ada", children: ["!"] }), "<p>Ada!</p>");
  assert.equal(html((() => null) as never, {}), "");
});
