// A reporter for `node --test`: one line of JSON for each test that is no suite, as tests/run.ts reads them.

import type { TestEvent } from "node:test/reporters";
import { inspect } from "node:util";

export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    if (event.type !== "test:pass" && event.type !== "test:fail") continue;
    const { name, file, skip, todo, details } = event.data;
    // A suite that failed otherwise than by its tests (in a hook) counts; a test with subtests is a test too.
    const failedByItsTests =
      "error" in details && (details.error as { failureType?: string }).failureType === "subtestsFailed";
    if (details.type === "suite" && (event.type === "test:pass" || failedByItsTests)) continue;
    const left = skip ?? todo;
    const outcome =
      left !== undefined && left !== false ? "skipped" : event.type === "test:pass" ? "passed" : "failed";
    const reason = typeof left === "string" && left ? left : "no reason given";
    const detail =
      outcome === "skipped"
        ? reason
        : "error" in details
          ? inspect((details.error as Error).cause ?? details.error)
          : "";
    yield `${JSON.stringify({ name: `${file ?? ""} › ${name}`, outcome, detail })}\n`;
  }
}
