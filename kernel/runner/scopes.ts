// Which identifiers of a program mean a variable of the session, and not one of an inner scope. Needed for the few
// session variables that are named like one of Node's globals: they live under another name (see rewrite.ts).

import type * as acorn from "acorn";

interface Scope {
  names: Set<string>;
  parent: Scope | undefined;
}

export interface Reference {
  name: string;
  start: number;
  end: number;
  /** `{ name }` for `{ name: name }`. */
  shorthand: boolean;
}

type Node = acorn.AnyNode;

/** References to `names` that no inner scope declares, declarations at the top level included. */
export function sessionReferences(program: acorn.Program, names: ReadonlySet<string>): Reference[] {
  const references: Reference[] = [];

  function visit(node: Node | null | undefined, scope: Scope | undefined, shorthand = false): void {
    if (!node) return;
    switch (node.type) {
      case "Identifier":
        if (names.has(node.name) && !isBound(node.name, scope)) {
          references.push({ name: node.name, start: node.start, end: node.end, shorthand });
        }
        return;
      case "MemberExpression":
        visit(node.object, scope);
        if (node.computed) visit(node.property, scope);
        return;
      case "Property":
        if (node.computed) visit(node.key, scope);
        visit(node.value, scope, node.shorthand);
        return;
      case "AssignmentPattern":
        visit(node.left, scope, shorthand);
        visit(node.right, scope);
        return;
      case "MethodDefinition":
      case "PropertyDefinition":
        if (node.computed) visit(node.key, scope);
        visit(node.value, scope);
        return;
      case "LabeledStatement":
        visit(node.body, scope);
        return;
      case "BreakStatement":
      case "ContinueStatement":
      case "MetaProperty":
      case "ImportDeclaration":
      case "ExportAllDeclaration":
        return;
      case "ExportNamedDeclaration":
        visit(node.declaration, scope);
        return;
      case "FunctionDeclaration":
      case "FunctionExpression":
      case "ArrowFunctionExpression": {
        if (node.type === "FunctionDeclaration") visit(node.id, scope);
        const inner = open(scope, node.params.flatMap(boundNames));
        if (node.type === "FunctionExpression" && node.id) inner.names.add(node.id.name);
        if (node.type !== "ArrowFunctionExpression") inner.names.add("arguments");
        for (const name of variableNames(node.body)) inner.names.add(name);
        for (const parameter of node.params) visit(parameter, inner);
        visit(node.body, inner);
        return;
      }
      case "ClassDeclaration":
      case "ClassExpression": {
        if (node.type === "ClassDeclaration") visit(node.id, scope);
        const inner = open(scope, node.id ? [node.id.name] : []);
        visit(node.superClass, inner);
        visit(node.body, inner);
        return;
      }
      case "StaticBlock":
        visitChildren(node, open(scope, [...lexicalNames(node.body), ...variableNames(node)]));
        return;
      case "BlockStatement":
        visitChildren(node, open(scope, lexicalNames(node.body)));
        return;
      case "SwitchStatement":
        visit(node.discriminant, scope);
        for (const part of node.cases) {
          visitChildren(part, open(scope, lexicalNames(node.cases.flatMap((each) => each.consequent))));
        }
        return;
      case "ForStatement":
        visitChildren(node, open(scope, lexicalNames([node.init])));
        return;
      case "ForInStatement":
      case "ForOfStatement":
        visitChildren(node, open(scope, lexicalNames([node.left])));
        return;
      case "CatchClause":
        visitChildren(node, open(scope, boundNames(node.param)));
        return;
      default:
        visitChildren(node, scope);
    }
  }

  function visitChildren(node: Node, scope: Scope | undefined): void {
    for (const child of children(node)) visit(child, scope);
  }

  visit(program, undefined);
  return references;
}

function open(parent: Scope | undefined, names: string[]): Scope {
  return { names: new Set(names), parent };
}

function isBound(name: string, scope: Scope | undefined): boolean {
  for (let each = scope; each; each = each.parent) if (each.names.has(name)) return true;
  return false;
}

/** The nodes directly below `node`, in the order of the source. */
export function children(node: Node): Node[] {
  return Object.values(node)
    .flat()
    .filter((value): value is Node => typeof value?.type === "string");
}

export function isFunction(node: Node): node is acorn.Function & Node {
  return /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type);
}

/** The names that a binding pattern declares. */
export function boundNames(pattern: Node | null | undefined): string[] {
  switch (pattern?.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap((each) => boundNames(each.type === "Property" ? each.value : each));
    case "ArrayPattern":
      return pattern.elements.flatMap(boundNames);
    case "AssignmentPattern":
      return boundNames(pattern.left);
    case "RestElement":
      return boundNames(pattern.argument);
    default:
      return [];
  }
}

function lexicalNames(body: (Node | null | undefined)[]): string[] {
  return body.flatMap((node) => {
    if (node?.type === "VariableDeclaration" && node.kind !== "var") {
      return node.declarations.flatMap((each) => boundNames(each.id));
    }
    const isNamed = node?.type === "FunctionDeclaration" || node?.type === "ClassDeclaration";
    return isNamed && node.id ? [node.id.name] : [];
  });
}

/** Names declared by `var` below `node`, functions within it left out. */
function variableNames(node: Node): string[] {
  const own =
    node.type === "VariableDeclaration" && node.kind === "var"
      ? node.declarations.flatMap((each) => boundNames(each.id))
      : [];
  return [...own, ...children(node).flatMap((child) => (isFunction(child) ? [] : variableNames(child)))];
}
