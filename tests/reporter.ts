// A reporter for `node --test`: one line of JSON for each test that is no suite, as tests/run.ts reads them.

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
    const { name, file, details } = event.data;
    const error = "error" in details ? (details.error as TestError) : undefined;
    // A suite counts only if it failed otherwise than by its tests, in a hook.
    if (details.type === "suite" && (!error || error.failureType === "subtestsFailed")) continue;
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
