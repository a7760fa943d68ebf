// A cell with magics and `npm:` specifiers, as the two that read it want it: for the type checker a text in which all
// that is TypeScript keeps its place (the rest is blank), and for the runner TypeScript in which every magic is a call
// at its place, so that order, `await` and interrupts are those of any code.

import remapping, { type EncodedSourceMap } from "@jridgewell/remapping";
import MagicString from "magic-string";
import { parse } from "../language/declarations.ts";
import type { StrippedCell } from "../language/types.ts";
import { RUNTIME } from "../runner/runtime.ts";
import { findMagics, type Magic } from "./find.ts";
import { npmSpecifiers, type PackageRequest } from "./npm-specifiers.ts";

export interface Translation {
  /** For the type checker, completion and inspection: code stands where it stands in the cell. */
  view: string;
  /** For the runner, still with types. */
  code: string;
  magics: Magic[];
  /** The packages that are imported by `npm:`. */
  packages: PackageRequest[];
  /** A stripped `code`, with its map leading to the cell. */
  mapped(stripped: StrippedCell): StrippedCell;
}

/** Translate a cell; `isKnown` tells the names of the session. A cell without magics comes back as it is. */
export function translate(source: string, isKnown: (name: string) => boolean): Translation {
  const magics = findMagics(source, isKnown);
  const text = new MagicString(source);
  const body = magics.reduce(blank, source);
  const specifiers = npmSpecifiers(body);
  if (magics.length === 0 && specifiers.length === 0) {
    return { view: source, code: source, magics, packages: [], mapped: (stripped) => stripped };
  }
  for (const magic of magics) write(text, magic, source);
  let view = body;
  for (const { start, end, bare } of specifiers) {
    const literal = JSON.stringify(bare);
    text.overwrite(start, end, literal);
    view = view.slice(0, start) + literal.padEnd(end - start) + view.slice(end);
  }
  if (isolates(magics)) view += "\n}";
  return {
    view,
    code: text.toString(),
    magics,
    packages: specifiers.map(({ name, version }) => ({ name, version })),
    mapped: ({ code, map }) => {
      const own = text.generateDecodedMap({ hires: true, source: "cell" });
      const whole = remapping([JSON.parse(map) as EncodedSourceMap, own as never], () => null);
      whole.sources = (JSON.parse(map) as EncodedSourceMap).sources;
      return { code, map: whole.toString() };
    },
  };
}

function isCode({ kind, name }: Magic): boolean {
  return kind === "line" && (name === "time" || name === "timeit");
}

/** `%%timeit` makes a function of the cell. */
function isolates(magics: Magic[]): boolean {
  return magics.some(({ kind, name }) => kind === "cell" && name === "timeit");
}

/** A magic without what is not code. A semicolon ends the statement before. */
function blank(source: string, magic: Magic): string {
  const stop = isCode(magic) ? magic.textStart : magic.end;
  const isOpening = magic.kind === "cell" && magic.name === "timeit";
  const blanked = source.slice(magic.start + 1, stop).replace(/[^\r\n]/g, " ");
  return source.slice(0, magic.start) + (isOpening ? "{" : ";") + blanked + source.slice(stop);
}

function write(text: MagicString, magic: Magic, source: string): void {
  const { name, kind, options, start, textStart, end } = magic;
  const call = (method: string, argument: string, rest = ")"): string =>
    `;await ${RUNTIME}.magic(${JSON.stringify(method)},${JSON.stringify(argument)}${rest}`;
  if (kind === "cell") {
    if (name === "timeit") {
      const body = source.slice(end);
      text.overwrite(start, end, call(name, options, `,${asynchronously(body)}()=>{`));
      text.append("\n})");
    } else text.overwrite(start, end, `${call("time cell", "")};`);
    return;
  }
  if (!isCode(magic) || magic.text.trim() === "") {
    text.overwrite(start, end, `${call(name, magic.text)};`);
    return;
  }
  const expression = expressionEnd(magic.text);
  if (expression !== undefined) {
    text.overwrite(start, textStart, call(name, options, `,${asynchronously(magic.text)}()=>(`));
    if (expression < magic.text.length) text.remove(textStart + expression, end);
    text.appendLeft(textStart + expression, "\n));");
  } else if (name === "timeit") {
    text.overwrite(start, textStart, call(name, options, `,${asynchronously(magic.text)}()=>{`));
    text.appendLeft(end, "\n});");
  } else {
    // The statement's names are the cell's, so it must not be within a function.
    text.overwrite(start, textStart, `${call("time start", "")};`);
    text.appendLeft(end, `\n${call("time stop", "")};`);
  }
}

/** Where the expression that `code` is ends, before a semicolon; undefined where it is none. */
function expressionEnd(code: string): number | undefined {
  const { program, errors } = parse(`(${code.replace(/;\s*$/, "")}\n)`);
  const [statement] = program.body;
  if (errors.length > 0 || program.body.length !== 1 || statement?.type !== "ExpressionStatement")
    return undefined;
  return code.replace(/;\s*$/, "").length;
}

function asynchronously(code: string): string {
  const visit = (node: Node): boolean =>
    node.type === "AwaitExpression" ||
    (node.type === "ForOfStatement" && node.await === true) ||
    (!/Function/.test(node.type) &&
      Object.values(node)
        .flat()
        .some((child) => typeof (child as Node | null)?.type === "string" && visit(child as Node)));
  return visit(parse(code).program as unknown as Node) ? "async " : "";
}

interface Node {
  type: string;
  [property: string]: unknown;
}
