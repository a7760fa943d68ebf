// A reporter for `node --test`: one line of JSON for each test, and for each suite that is left out as a whole, as
// tests/run.ts reads them.

import type { TestEvent } from "node:test/reporters";
import { inspect } from "node:util";

/** What node:test puts around the error of a test, or of a test file that ended badly. */
interface TestError extends Error {
  failureType?: string;
  exitCode?: number | null;
  signal?: string | null;
}

export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    if (event.type !== "test:pass" && event.type !== "test:fail") continue;
    const { name, file, details, skip } = event.data;
    const error = "error" in details ? (details.error as TestError) : undefined;
    // Another suite counts only if it failed otherwise than by its tests, in a hook.
    const isTold = skip !== undefined || (error && error.failureType !== "subtestsFailed");
    if (details.type === "suite" && !isTold) continue;
    yield `${JSON.stringify({ name: `${file ?? ""} › ${name}`, ...result(event.data, error) })}\n`;
  }
}

function result({ skip, todo }: { skip?: string | boolean; todo?: string | boolean }, error?: TestError) {
  const left = [skip, todo].find((reason) => reason !== undefined && reason !== false);
  if (left !== undefined)
    return { outcome: "skipped", detail: left === true || left === "" ? "no reason given" : left };
  return error ? { outcome: "failed", detail: describe(error) } : { outcome: "passed", detail: "" };
}

function describe(error: TestError): string {
  if (error.signal) return `the test file was ended by ${error.signal}`;
  if (typeof error.exitCode === "number")
    return `the test file ended with code ${error.exitCode}: see its output above`;
  return inspect(error.cause ?? error);
}
