// Whether the user's code catches what is thrown. V8 can't tell: the runner catches everything, to show it. So the
// source of each frame is looked at, whether the call in it stands in a `try` with a `catch`, or before a `.catch(…)`.

import type { Debugger as Inspected, Runtime } from "node:inspector";
import * as acorn from "acorn";
import { children, isFunction } from "../runner/scopes.ts";

interface CallPlace {
  scriptId: string;
  lineNumber: number;
  columnNumber: number;
}

/** Where the code is: the stack and, through every `await`, what waits for it. */
function callPlaces({ callFrames, asyncStackTrace }: Inspected.PausedEventDataType): CallPlace[] {
  const places: CallPlace[] = callFrames.map(({ location }) => ({ columnNumber: 0, ...location }));
  for (let trace: Runtime.StackTrace | undefined = asyncStackTrace; trace; trace = trace.parent) {
    places.push(...trace.callFrames);
  }
  return places;
}

/** `sourceOf` gives a script's JavaScript, or undefined where it is not the user's. */
export async function isCaught(
  event: Inspected.PausedEventDataType,
  sourceOf: (scriptId: string) => Promise<string | undefined>,
): Promise<boolean> {
  for (const { scriptId, lineNumber, columnNumber } of callPlaces(event)) {
    const source = await sourceOf(scriptId);
    if (source === undefined) continue;
    const program = acorn.parse(source, { ecmaVersion: "latest", sourceType: "module" });
    const before = source.split("\n", lineNumber).reduce((length, line) => length + line.length + 1, 0);
    if (catches(program, before + columnNumber)) return true;
  }
  return false;
}

/** Whether what is thrown at `offset` is caught within the innermost function around it. */
function catches(program: acorn.Program, offset: number): boolean {
  const path: acorn.AnyNode[] = [];
  for (let node: acorn.AnyNode | undefined = program; node; node = partAt(node, offset)) path.push(node);
  const inFunction = path.slice(path.findLastIndex(isFunction) + 1);
  return inFunction.some((node, index) => handles(node, inFunction[index + 1], offset));
}

function partAt(node: acorn.AnyNode, offset: number): acorn.AnyNode | undefined {
  return children(node).find((child) => child.start <= offset && offset < child.end);
}

/** Whether a node catches what its part `inner` throws. */
function handles(node: acorn.AnyNode, inner: acorn.AnyNode | undefined, offset: number): boolean {
  if (node.type === "TryStatement") return node.handler != null && inner === node.block;
  if (node.type !== "CallExpression" || node.callee.type !== "MemberExpression") return false;
  const { object, property } = node.callee;
  const name = property.type === "Identifier" ? property.name : "";
  const isHandler = name === "catch" || (name === "then" && node.arguments.length > 1);
  return isHandler && object.start <= offset && offset < object.end;
}
