// Turns a cell, which is written as a module, into a script whose top-level declarations are variables of the session:
// global `var`s, which any later cell may declare anew and every function sees at its newest value. A cell with
// top-level `await` or imports becomes an async function around assignments to such variables.
//
// A session variable named like one of Node's globals (`const performance = …`, `class Map {}`) must not replace it for
// the packages and the runner, which use the global. It gets a zero-width character at the end of its name,
// in this cell and the later ones.

import remapping, { type EncodedSourceMap } from "@jridgewell/remapping";
import * as acorn from "acorn";
import MagicString from "magic-string";
import type { StrippedCell } from "../language/types.ts";
import { RUNTIME } from "./runtime.ts";
import { boundNames, children, isFunction, type Reference, sessionReferences } from "./scopes.ts";

const SUFFIX = "\u200c";

const nodeGlobals = new Set(Object.getOwnPropertyNames(globalThis));

export interface RewrittenCell {
  /** A script; with `isAsync` its value is a promise of `{ value }` or of undefined. */
  script: string;
  /** Source map (version 3, JSON) from `script` to the user's TypeScript. */
  map: string;
  isAsync: boolean;
  /** Whether the cell ends in an expression, whose value is then the script's. */
  hasValue: boolean;
}

type Node = acorn.AnyNode;
type Statement = acorn.Statement | acorn.ModuleDeclaration;

/** Rewrites the cells of one session: it remembers which globals of Node the session has variables of its own for. */
export class Rewriter {
  readonly #shadowed = new Set<string>();

  /** @throws SyntaxError where the code is no JavaScript. */
  rewrite({ code, map }: StrippedCell): RewrittenCell {
    const program = acorn.parse(code, { ecmaVersion: "latest", sourceType: "module" });
    const cell = new CellRewrite(code, program, this.#shadowed);
    const rewritten = cell.finish();
    const own = rewritten.text.generateDecodedMap({ hires: true, source: "cell" });
    const whole = remapping([own as never, JSON.parse(map) as EncodedSourceMap], () => null);
    return {
      script: rewritten.text.toString(),
      map: whole.toString(),
      isAsync: rewritten.isAsync,
      hasValue: rewritten.hasValue,
    };
  }

  /** The name that a session variable, declared outside of any cell, has among the globals. */
  declare(name: string): string {
    if (nodeGlobals.has(name)) this.#shadowed.add(name);
    return this.globalName(name);
  }

  /** The name among the globals of what a cell calls `name`. */
  globalName(name: string): string {
    return this.#shadowed.has(name) ? name + SUFFIX : name;
  }

  /**
   * An expression for a place within the session, with the names that its variables have there.
   *
   * @throws SyntaxError where the code is no JavaScript.
   */
  expression(code: string): string {
    if (this.#shadowed.size === 0) return code;
    const text = new MagicString(code);
    const program = acorn.parse(code, { ecmaVersion: "latest", allowAwaitOutsideFunction: true });
    for (const reference of sessionReferences(program, this.#shadowed)) rename(text, reference);
    return text.toString();
  }
}

function rename(text: MagicString, { name, start, end, shorthand }: Reference): void {
  if (shorthand) text.appendRight(start, `${name}: `);
  text.appendLeft(end, SUFFIX);
}

class CellRewrite {
  readonly #code: string;
  readonly #program: acorn.Program;
  readonly #text: MagicString;
  readonly #shadowed: Set<string>;
  readonly #isAsync: boolean;
  /** Session variables that an async cell declares in front of its function. */
  readonly #hoisted = new Set<string>();
  /** The statements that are at the cell's top level for the user. */
  readonly #body: Statement[];
  readonly #enums = new Set<string>();

  constructor(code: string, program: acorn.Program, shadowed: Set<string>) {
    // A statement can be moved to the end only if it is not there already.
    this.#code = `${code}\n`;
    this.#text = new MagicString(this.#code);
    this.#program = program;
    this.#shadowed = shadowed;
    const disposing = disposingBlock(program);
    this.#isAsync =
      disposing !== undefined ||
      program.body.some((node) => hasAwait(node) || ("source" in node && node.source != null));
    this.#body = disposing
      ? program.body.flatMap((node) =>
          node === disposing.statement ? disposing.statement.block.body.slice(1) : [node],
        )
      : program.body;
  }

  finish(): { text: MagicString; isAsync: boolean; hasValue: boolean } {
    const text = this.#text;
    const declared = this.#body.flatMap(declaredNames);
    for (const name of declared) if (nodeGlobals.has(name)) this.#shadowed.add(name);
    // Before anything else is inserted, so that the suffix stands right behind the name.
    if (this.#shadowed.size > 0) {
      for (const reference of sessionReferences(this.#program, this.#shadowed)) rename(text, reference);
    }
    const last = this.#body.findLast((node) => !isNothing(node));
    let hasValue = false;
    for (const node of this.#body) {
      const value = this.#statement(node);
      if (node !== last || !value) continue;
      hasValue = true;
      if (this.#isAsync) {
        text.appendRight(value.start, "return {value:(");
        text.appendLeft(this.#withoutSemicolon(value), ")}");
      }
    }
    this.#expressions(this.#program, true);
    if (this.#isAsync) this.#wrap();
    text.prepend('"use strict";');
    // Nobody loads it: it makes V8 ask the debugger before the script runs (see kernel/debugger).
    text.append("\n//# sourceMappingURL=cell");
    return { text, isAsync: this.#isAsync, hasValue };
  }

  #sessionName(name: string): string {
    return this.#shadowed.has(name) ? name + SUFFIX : name;
  }

  #withoutSemicolon(node: Node): number {
    return this.#code[node.end - 1] === ";" ? node.end - 1 : node.end;
  }

  /** Rewrites a statement of the top level; gives the part that is an expression statement. */
  #statement(node: Statement): Node | undefined {
    switch (node.type) {
      case "ImportDeclaration":
        this.#import(node);
        return undefined;
      case "ExportAllDeclaration":
        this.#text.overwrite(
          node.start,
          node.end,
          `await ${this.#importCall(node.source, node.attributes)};`,
        );
        return undefined;
      case "ExportNamedDeclaration":
        if (node.declaration) {
          this.#text.remove(node.start, node.declaration.start);
          return this.#statement(node.declaration);
        }
        if (node.source) {
          const call = this.#importCall(node.source, node.attributes);
          this.#text.overwrite(node.start, node.end, `await ${call};`);
        } else this.#text.remove(node.start, node.end);
        return undefined;
      case "ExportDefaultDeclaration": {
        const { declaration } = node;
        this.#text.remove(node.start, declaration.start);
        const isNamed = "id" in declaration && declaration.id && declaration.type.endsWith("Declaration");
        if (isNamed) return this.#statement(declaration as Statement);
        if (declaration.type.endsWith("Declaration")) {
          this.#text.appendRight(declaration.start, "(");
          this.#text.appendLeft(declaration.end, ");");
          return undefined;
        }
        return { ...declaration, end: node.end } as Node;
      }
      case "VariableDeclaration":
        this.#variables(node, true);
        return undefined;
      case "ClassDeclaration": {
        const name = this.#sessionName(node.id.name);
        this.#hoisted.add(name);
        // The name behind `class` is the class's own, for itself: it stays as the user wrote it.
        if (name !== node.id.name) this.#text.overwrite(node.id.start, node.id.end, node.id.name);
        this.#text.appendRight(node.start, `${this.#isAsync ? "" : "var "}${name}=`);
        this.#text.appendLeft(node.end, ";");
        return undefined;
      }
      case "ExpressionStatement":
        return node;
      default:
        return undefined;
    }
  }

  #importCall(source: acorn.Literal, attributes: acorn.ImportAttribute[] = []): string {
    const pairs = attributes.map((each) => this.#code.slice(each.start, each.end));
    const options = pairs.length > 0 ? `,{with:{${pairs.join(",")}}}` : "";
    return `${RUNTIME}.import(${JSON.stringify(source.value)}${options})`;
  }

  // The call is written over the module's name, so that an error of loading is traced to it.
  #import(node: acorn.ImportDeclaration): void {
    const call = `await ${this.#importCall(node.source, node.attributes)}`;
    const targets = node.specifiers.map((specifier) => {
      const name = this.#sessionName(specifier.local.name);
      this.#hoisted.add(name);
      switch (specifier.type) {
        case "ImportNamespaceSpecifier":
          return `${name}=m`;
        case "ImportDefaultSpecifier":
          return `${name}=m.default`;
        case "ImportSpecifier": {
          const { imported } = specifier;
          const key = imported.type === "Identifier" ? imported.name : String(imported.value);
          return `${name}=${RUNTIME}.pick(m,${JSON.stringify(key)})`;
        }
        default:
          throw new TypeError(`Unknown import: ${specifier satisfies never}`);
      }
    });
    const text = this.#text;
    const open = targets.length > 0 ? "{const m=" : "";
    const close = targets.length > 0 ? `;${targets.join(";")}}` : ";";
    text.overwrite(node.source.start, node.source.end, call);
    text.overwrite(node.start, node.source.start, open);
    if (node.source.end < node.end) text.overwrite(node.source.end, node.end, close);
    else text.appendLeft(node.end, close);
  }

  /** A declaration of session variables. */
  #variables(node: acorn.VariableDeclaration, isTop: boolean): void {
    const text = this.#text;
    for (const each of node.declarations) {
      for (const name of boundNames(each.id)) this.#hoisted.add(this.#sessionName(name));
    }
    if (node.kind === "var") this.#startAfresh(node);
    const keywordEnd = node.start + node.kind.length;
    if (!this.#isAsync) {
      if (node.kind === "var") return;
      text.overwrite(node.start, keywordEnd, "var");
      for (const each of node.declarations) if (!each.init) text.appendLeft(each.end, "=void 0");
      return;
    }
    for (const each of node.declarations) {
      // `let x` is undefined; `var x` keeps what an earlier cell put there.
      if (!each.init && isTop && node.kind !== "var") text.appendLeft(each.end, "=void 0");
      else if (!each.init) text.appendLeft(each.end, `=${this.#code.slice(each.start, each.end)}`);
    }
    // A keyword in front, so that the line before can't be taken for a function that is called.
    text.overwrite(node.start, keywordEnd, "void (");
    text.appendLeft(this.#withoutSemicolon(node), ")");
  }

  // An enum merges with an earlier one of its name, which may be of an earlier cell or not an enum at all.
  #startAfresh(node: acorn.VariableDeclaration): void {
    for (const { id, init } of node.declarations) {
      if (id.type !== "Identifier" || init?.type !== "CallExpression" || this.#enums.has(id.name)) continue;
      const [argument] = init.arguments;
      const isEnum =
        this.#code.slice(id.end, init.start).includes("@__PURE__") &&
        init.callee.type === "FunctionExpression" &&
        argument?.type === "LogicalExpression" &&
        argument.left.type === "Identifier" &&
        argument.left.name === id.name;
      if (!isEnum) continue;
      this.#enums.add(id.name);
      this.#text.overwrite(argument.start, argument.end, "{}");
    }
  }

  /** What is rewritten wherever it stands; `inCell` while no function is between it and the cell. */
  #expressions(node: Node, inCell: boolean): void {
    if (node.type === "ImportExpression") {
      this.#text.overwrite(node.start, node.start + "import".length, `${RUNTIME}.import`);
    } else if (node.type === "MetaProperty" && node.meta.name === "import") {
      this.#text.overwrite(node.start, node.end, `${RUNTIME}.meta`);
    } else if (this.#isAsync && inCell && !isFunction(node)) {
      const head = loopHead(node);
      if (head?.kind === "var") this.#loopVariables(head, node.type === "ForStatement");
      for (const child of children(node)) {
        const isNested = child.type === "VariableDeclaration" && child.kind === "var" && child !== head;
        if (isNested && !this.#isTop(child) && !isOurs(child)) this.#variables(child, false);
      }
    }
    for (const child of children(node)) this.#expressions(child, inCell && !isFunction(node));
  }

  #loopVariables(head: acorn.VariableDeclaration, withInitialValues: boolean): void {
    for (const each of head.declarations) {
      for (const name of boundNames(each.id)) this.#hoisted.add(this.#sessionName(name));
      if (withInitialValues && !each.init) {
        this.#text.appendLeft(each.end, `=${this.#code.slice(each.start, each.end)}`);
      }
    }
    const [first] = head.declarations;
    if (first) this.#text.remove(head.start, first.start);
  }

  #isTop(node: acorn.VariableDeclaration): boolean {
    return this.#body.some((each) => each === node || ("declaration" in each && each.declaration === node));
  }

  // Functions stay in front, where they are global and callable from the first line on; then come the imports,
  // then the rest.
  #wrap(): void {
    const text = this.#text;
    const declarationOf = (node: Statement) => ("declaration" in node && node.declaration) || node;
    const isHoisted = (node: Statement) => {
      const declaration = declarationOf(node);
      return declaration.type === "FunctionDeclaration" && declaration.id !== null;
    };
    const rest = this.#program.body.filter((node) => !isHoisted(node));
    const ordered = [
      ...rest.filter((node) => node.type === "ImportDeclaration"),
      ...rest.filter((node) => node.type !== "ImportDeclaration"),
    ];
    for (const node of ordered) {
      text.appendLeft(node.end, "\n");
      text.move(node.start, node.end, this.#code.length);
    }
    for (const node of this.#program.body) {
      if (isHoisted(node)) text.appendLeft(node.end, ";");
    }
    const [first] = ordered;
    if (first) text.prependRight(first.start, "(async()=>{");
    else text.append("(async()=>{");
    text.append("\n})()");
    if (this.#hoisted.size > 0) text.prepend(`var ${[...this.#hoisted].join(",")};`);
  }
}

/** A stray semicolon, or the `export {}` that remains of a type's import. */
function isNothing(node: Statement): boolean {
  return (
    node.type === "EmptyStatement" ||
    (node.type === "ExportNamedDeclaration" && !node.declaration && !node.source)
  );
}

/** Names that a statement of the top level declares. */
function declaredNames(node: Statement): string[] {
  switch (node.type) {
    case "ImportDeclaration":
      return node.specifiers.map((specifier) => specifier.local.name);
    case "ExportNamedDeclaration":
      return node.declaration ? declaredNames(node.declaration) : [];
    case "ExportDefaultDeclaration":
      return "id" in node.declaration && node.declaration.id
        ? declaredNames(node.declaration as Statement)
        : [];
    case "VariableDeclaration":
      return node.declarations.flatMap((each) => boundNames(each.id));
    case "FunctionDeclaration":
    case "ClassDeclaration":
      return node.id ? [node.id.name] : [];
    default:
      return [];
  }
}

/** Whether `await` belongs to the cell itself and not to a function in it. */
function hasAwait(node: Node): boolean {
  if (node.type === "AwaitExpression" || (node.type === "ForOfStatement" && node.await)) return true;
  if (isFunction(node) || node.type === "StaticBlock") return false;
  if (node.type === "PropertyDefinition") return node.computed && hasAwait(node.key);
  return children(node).some(hasAwait);
}

function loopHead(node: Node): acorn.VariableDeclaration | undefined {
  const head =
    node.type === "ForStatement"
      ? node.init
      : /^For(In|Of)/.test(node.type) && (node as acorn.ForOfStatement).left;
  return head && head.type === "VariableDeclaration" ? head : undefined;
}

/** The variable that oxc adds for `using`. */
function isOurs(node: acorn.VariableDeclaration): boolean {
  return node.declarations.some(({ id }) => id.type === "Identifier" && /^_usingCtx\d*$/.test(id.name));
}

/** The block into which oxc puts a cell that has `using` at its top level: the cell's body is its body. */
function disposingBlock(program: acorn.Program): { statement: acorn.TryStatement } | undefined {
  for (const statement of program.body) {
    if (statement.type !== "TryStatement") continue;
    const [first] = statement.block.body;
    const init = first?.type === "VariableDeclaration" ? first.declarations[0]?.init : undefined;
    const callee = init?.type === "CallExpression" ? init.callee : undefined;
    if (callee?.type !== "MemberExpression" || callee.property.type !== "Identifier") continue;
    if (callee.property.name === "usingCtx") return { statement };
  }
  return undefined;
}
