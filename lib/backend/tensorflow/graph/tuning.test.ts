// The choice between graph and XLA, by steps of known duration.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { list, use } from "../../index.ts";
import type { Pointer } from "../c-api.ts";
import { TensorFlowError } from "../context.ts";
import { tensorFlowEngine } from "../register.ts";
import type { RecordedFunction } from "./recording.ts";
import { Tuning } from "./tuning.ts";

const status = list().find(({ name }) => name === "tensorflow");

/** Takes `time` milliseconds, gives nothing. */
function takes(time: number): RecordedFunction & { disposed: boolean } {
  const step = {
    disposed: false,
    run: (): Pointer[] => {
      const end = performance.now() + time;
      while (performance.now() < end);
      return [];
    },
    dispose: () => {
      step.disposed = true;
    },
  };
  return step as unknown as RecordedFunction & { disposed: boolean };
}

describe("the choice between graph and XLA", { skip: status?.available ? false : status?.reason }, () => {
  before(() => use("tensorflow"));

  /** Run until there is a winner. */
  const choose = (graph: RecordedFunction, makeXla: () => RecordedFunction) => {
    const tuning = new Tuning(
      (tensorFlowEngine() as NonNullable<ReturnType<typeof tensorFlowEngine>>).context,
      20,
    );
    for (let count = 1; count < 100; count++) {
      const { winner } = tuning.run(graph, [], makeXla);
      if (winner) return { winner, count };
    }
    throw new Error("There is no winner after 100 steps.");
  };

  for (const [graphTime, xlaTime] of [
    [6, 2],
    [2, 6],
    [4, 4],
  ]) {
    it(`keeps what is clearly faster: ${graphTime} against ${xlaTime} ms`, () => {
      const [graph, xla] = [takes(graphTime), takes(xlaTime)];
      const { winner, count } = choose(graph, () => xla);
      const wanted = xlaTime < graphTime ? xla : graph;
      assert.ok(winner === wanted);
      assert.deepEqual([graph.disposed, xla.disposed], [graph !== wanted, xla !== wanted]);
      assert.ok(count > 10 && count < 30, `${count} steps`);
    });
  }

  it("keeps the graph where XLA can't compile", () => {
    const graph = takes(5);
    const { winner } = choose(graph, () => {
      throw new TensorFlowError("no");
    });
    assert.ok(winner === graph && !graph.disposed);
  });
});
