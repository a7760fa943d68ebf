// The stack of a pause as the user sees it: their frames alone, at their places.

import type { Debugger as Inspected } from "node:inspector";
import type { Source } from "./protocol.ts";
import { placeIn, type Script, type Scripts, sourceOf } from "./scripts.ts";

export interface Frame {
  id: number;
  call: Inspected.CallFrame;
  script: Script;
  line: number;
  column: number;
}

/** `firstId` is the number of the innermost frame; the others follow. */
export function visibleFrames(calls: Inspected.CallFrame[], scripts: Scripts, firstId: number): Frame[] {
  const frames: Frame[] = [];
  for (const call of calls) {
    const script = scripts.get(call.location.scriptId);
    const place = script && placeIn(script, call.location);
    if (script && place) frames.push({ id: firstId + frames.length, call, script, ...place });
  }
  return frames;
}

export function asStackFrame({ id, call, script, line, column }: Frame): {
  id: number;
  name: string;
  source: Source;
  line: number;
  column: number;
} {
  return { id, name: nameOf(call, script), source: sourceOf(script), line, column };
}

function nameOf(call: Inspected.CallFrame, script: Script): string {
  if (call.functionName !== "") return call.functionName.replaceAll("\u200c", "");
  return isTopLevel(call, script) ? script.name : "(anonymous)";
}

/** Whether a frame is of a cell or module itself and not of a function in it. */
function isTopLevel({ scopeChain, functionLocation }: Inspected.CallFrame, script: Script): boolean {
  const [scope] = scopeChain.filter(({ type }) => type !== "block" && type !== "catch");
  if (scope?.type === "module" || scope?.type === "script" || scope?.type === "global") return true;
  // The function around a cell with top-level await is none of the user's.
  return (
    script.lines !== undefined && functionLocation !== undefined && !script.lines.isExact(functionLocation)
  );
}

/** The scopes that a frame sees, each as the objects that hold its variables, the innermost first. */
export function scopesOf({ call }: Frame): { name: string; objects: string[] }[] {
  const scopes = new Map<string, string[]>();
  let isLocal = true;
  for (const { type, object } of call.scopeChain) {
    const name = isLocal && LOCAL.has(type) ? "Locals" : OUTER[type];
    if (type === "local") isLocal = false;
    if (name && object.objectId) scopes.set(name, [...(scopes.get(name) ?? []), object.objectId]);
  }
  return Array.from(scopes, ([name, objects]) => ({ name, objects }));
}

/** Types of scopes that a function has of its own. */
const LOCAL = new Set<string>(["local", "block", "catch", "with", "eval"]);
/** Types of scopes around it; of the global one only the session's variables are shown. */
const OUTER: Record<string, string> = {
  block: "Closure",
  catch: "Closure",
  closure: "Closure",
  module: "Module",
};
