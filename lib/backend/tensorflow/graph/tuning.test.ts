// The choice between graph and XLA: by steps of known duration on a clock of the test's own, and by TensorFlow's.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, beforeEach, describe, it, mock } from "node:test";
import { setImmediate } from "node:timers/promises";
import { list, use } from "../../index.ts";
import { attributeType } from "../attributes.ts";
import type { CApi, Pointer } from "../c-api.ts";
import { type Context, TensorFlowError } from "../context.ts";
import { dataType } from "../data-types.ts";
import { tensorFlowEngine } from "../register.ts";
import { createHandle, readHandle } from "../tensors.ts";
import { type RecordedFunction, Recording } from "./recording.ts";
import type { Rehearsal } from "./rehearsal.ts";
import { Tuning } from "./tuning.ts";

type Step = RecordedFunction<string>;

const status = list().find(({ name }) => name === "tensorflow");
const skip = status?.available ? false : status?.reason;

const floats = [{ name: "T", type: attributeType.type, value: dataType.float32 }];

/** A recording of the sines of sines of an input, and the number of its last result. */
function sines(
  context: Context,
  depth: number,
  length: number,
): { recording: Recording<string>; output: number } {
  const recording = new Recording<string>(context);
  let output = recording.input("x", [length], dataType.float32);
  for (let count = 0; count < depth; count++) output = recording.operation("Sin", floats, [output], 1)[0].id;
  return { recording, output };
}

describe("the choice between graph and XLA", { skip }, () => {
  let context: Context;
  let now: number;
  let clock: { mock: { restore(): void } };
  let length = 0;
  /** A recording like no other before, with a patience of 4400 ms. */
  const fresh = () => {
    const { recording } = sines(context, 100, ++length);
    recording.close();
    return recording;
  };

  before(async () => {
    await use("tensorflow");
    ({ context } = tensorFlowEngine() as NonNullable<ReturnType<typeof tensorFlowEngine>>);
    clock = mock.method(performance, "now", () => now);
  });
  after(() => clock.mock.restore());
  beforeEach(() => {
    now = 0;
  });

  /** A function that takes `time` milliseconds and gives nothing; it is compiled when the test says so. */
  const takes = (time: number) => {
    const step = {
      runs: 0,
      trials: 0,
      disposed: false,
      ended: false,
      failure: undefined as TensorFlowError | undefined,
      rehearsed: false,
      run: (): Pointer[] => {
        step.runs++;
        now += time;
        return [];
      },
      wait: () => {},
      trial: () => {
        step.trials++;
        now += time;
      },
      rehearse: () => {
        step.rehearsed = true;
        return step as unknown as Rehearsal;
      },
      whenOver: (listener: () => void) => {
        if (step.ended) listener();
        else listeners.push(listener);
      },
      end: (failure?: TensorFlowError) => {
        step.failure = failure;
        step.ended = true;
        for (const listener of listeners) listener();
      },
      dispose: () => {
        step.disposed = true;
      },
    };
    const listeners: (() => void)[] = [];
    return step as typeof step & Step;
  };

  /** Run `count` steps or until there is a winner. */
  const runs = (tuning: Tuning<Step, bigint, bigint>, graph: Step, makeXla: () => Step, count: number) => {
    for (let index = 0; index < count; index++) {
      const { winner } = tuning.run(graph, [], makeXla);
      if (winner) return winner;
    }
    return undefined;
  };
  const never = (): Step => {
    throw new Error("XLA was tried.");
  };

  for (const [graphTime, xlaTime] of [
    [6, 2],
    [2, 6],
    [4, 4],
    [10, 8],
  ]) {
    it(`keeps what is clearly faster, and remembers it: ${graphTime} against ${xlaTime} ms`, () => {
      const recording = fresh();
      const [graph, xla] = [takes(graphTime), takes(xlaTime)];
      const tuning = new Tuning<Step, bigint, bigint>(recording);
      assert.equal(
        runs(tuning, graph, () => xla, Math.ceil(4400 / graphTime)),
        undefined,
      );
      assert.ok(!xla.rehearsed, "it is compiled before the patience has ended");
      assert.equal(
        runs(tuning, graph, () => xla, 20),
        undefined,
      );
      assert.ok(xla.rehearsed && xla.trials === 0, "it runs before it is compiled");
      xla.end();
      const wanted = graphTime > 1.5 * xlaTime ? xla : graph;
      assert.equal(
        runs(tuning, graph, () => xla, 7),
        undefined,
      );
      assert.deepEqual([xla.trials, xla.runs], [7, 0], "a result is XLA's before it has won");
      assert.equal(
        runs(tuning, graph, () => xla, 1),
        wanted,
      );
      assert.deepEqual([graph.disposed, xla.disposed], [graph !== wanted, xla !== wanted]);

      const [graphAgain, xlaAgain] = [takes(graphTime), takes(xlaTime)];
      const again = new Tuning<Step, bigint, bigint>(recording);
      assert.equal(runs(again, graphAgain, never, Math.ceil(4400 / graphTime)), undefined);
      if (wanted === graph) {
        assert.equal(runs(again, graphAgain, never, 1), graphAgain);
        return;
      }
      assert.equal(
        runs(again, graphAgain, () => xlaAgain, 20),
        undefined,
      );
      xlaAgain.end();
      assert.equal(runs(again, graphAgain, never, 1), xlaAgain);
      assert.equal(xlaAgain.runs, 1);
    });
  }

  it("waits as long as it is told that steps have taken, and while XLA compiles", () => {
    const [graph, xla] = [takes(0), takes(1)];
    const tuning = new Tuning<Step, bigint, bigint>(fresh());
    for (let step = 0; step < 44; step++) {
      assert.ok(tuning.isWaiting);
      tuning.spend(100);
    }
    assert.ok(!tuning.isWaiting);
    tuning.run(graph, [], () => xla);
    assert.ok(xla.rehearsed && tuning.isWaiting);
    xla.end();
    assert.ok(!tuning.isWaiting);
    tuning.dispose();
  });

  it("keeps the graph where XLA can't compile or run, and doesn't try again", () => {
    for (const refused of [
      () => {
        throw new TensorFlowError("no");
      },
      () => {
        const xla = takes(1);
        xla.end(new TensorFlowError("no"));
        return xla;
      },
      () => {
        const xla = takes(1);
        xla.trial = () => {
          throw new TensorFlowError("no memory");
        };
        xla.end();
        return xla;
      },
    ]) {
      const recording = fresh();
      const graph = takes(5);
      assert.equal(runs(new Tuning<Step, bigint, bigint>(recording), graph, refused, 1000), graph);
      assert.ok(!graph.disposed);
      assert.equal(runs(new Tuning<Step, bigint, bigint>(recording), graph, never, 1000), graph);
    }
  });

  it("compiles one step at a time, and one that is forgotten meanwhile is freed at its end", () => {
    const [first, second] = [takes(1), takes(1)];
    const graph = takes(5);
    const tunings = [new Tuning<Step, bigint, bigint>(fresh()), new Tuning<Step, bigint, bigint>(fresh())];
    runs(tunings[0], graph, () => first, 1000);
    runs(tunings[1], graph, () => second, 1000);
    assert.deepEqual([first.rehearsed, second.rehearsed], [true, false]);
    tunings[0].dispose();
    assert.ok(!first.disposed, "the function is removed while XLA compiles it");
    first.end();
    assert.ok(first.disposed);
    assert.equal(
      runs(tunings[1], graph, () => second, 1),
      undefined,
    );
    assert.ok(second.rehearsed);
    second.end();
    tunings[1].dispose();
  });
});

describe("a step of TensorFlow's that XLA compiles in the background", { skip }, () => {
  let context: Context;
  const inputLength = 1000;

  before(async () => {
    await use("tensorflow");
    ({ context } = tensorFlowEngine() as NonNullable<ReturnType<typeof tensorFlowEngine>>);
  });

  /** What the functions named `names` of TensorFlow were given or gave, while `body` ran. */
  const counted = async (names: (keyof CApi)[], body: () => Promise<void>): Promise<number[]> => {
    const mocks = names.map((name) => mock.method(context.api, name));
    await body();
    for (const each of mocks) each.mock.restore();
    return mocks.map((each) => each.mock.callCount());
  };
  const steps = (depth: number, prepare: (recording: Recording<string>) => void = () => {}) => {
    const { recording, output } = sines(context, depth, inputLength);
    prepare(recording);
    const x = createHandle(context, [inputLength], dataType.float32, new Float32Array(inputLength).fill(1));
    const graph = recording.build([output], { xla: false });
    const seen: { rehearsal?: Rehearsal; tried: boolean } = { tried: false };
    const makeXla = () => {
      const xla = recording.build([output], { xla: true });
      const [trial, rehearse] = [xla.trial.bind(xla), xla.rehearse.bind(xla)];
      xla.trial = (inputs) => {
        seen.tried = true;
        trial(inputs);
      };
      xla.rehearse = (inputs) => {
        seen.rehearsal = rehearse(inputs);
        return seen.rehearsal;
      };
      return xla;
    };
    const end = () => context.api.TFE_DeleteTensorHandle(x);
    return { recording, graph, makeXla, x, seen, end };
  };
  const over = (rehearsal: Rehearsal) => new Promise<void>((resolve) => rehearsal.whenOver(resolve));
  const release = (outputs: Pointer[]) => {
    for (const output of outputs) context.api.TFE_DeleteTensorHandle(output);
  };

  for (const yields of [true, false]) {
    it(`goes on meanwhile, ${yields ? "yielding to" : "without"} the event loop, with the graph's numbers until XLA wins`, async () => {
      const { recording, graph, makeXla, x, seen, end } = steps(300 + Number(yields));
      const wanted = graph.run([x]);
      const values = readHandle(context, wanted[0]) as Float32Array;
      const tuning = new Tuning<Step, bigint, bigint>(recording);
      let meanwhile = 0;
      let winner: Step | undefined;
      while (!winner) {
        const result = tuning.run(graph, [x], makeXla);
        ({ winner } = result);
        if (seen.rehearsal && !seen.tried) meanwhile++;
        const actual = readHandle(context, result.outputs[0]) as Float32Array;
        if (!winner) assert.deepEqual(actual, values);
        for (let index = 0; index < actual.length; index++) {
          assert.ok(Math.abs(actual[index] - values[index]) < 1e-5, `${actual[index]}, not ${values[index]}`);
        }
        release(result.outputs);
        if (yields) await setImmediate();
      }
      assert.ok(meanwhile > 10, `${meanwhile} steps were done while XLA compiled`);
      winner.dispose();
      release(wanted);
      end();
      await over(seen.rehearsal as Rehearsal);
    });
  }

  it("leaves nothing behind, neither where it is compiled nor where it can't be", async () => {
    const print = (recording: Recording<string>) => {
      // No kernel for XLA on any device.
      recording.operation("Timestamp", [], [], 1);
    };
    for (const prepare of [() => {}, print]) {
      const { graph, makeXla, x, seen, end } = steps(50, prepare);
      const xla = makeXla();
      const [statuses, freedStatuses, operations, freedOperations, freedHandles] = await counted(
        ["TF_NewStatus", "TF_DeleteStatus", "TFE_NewOp", "TFE_DeleteOp", "TFE_DeleteTensorHandle"],
        () => over(xla.rehearse([x])),
      );
      assert.deepEqual([statuses, operations], [freedStatuses, freedOperations]);
      const refused = prepare === print;
      assert.equal(freedHandles, refused ? 0 : 1);
      const failure = seen.rehearsal?.failure;
      assert.equal(failure instanceof TensorFlowError, refused, failure?.message);
      xla.dispose();
      graph.dispose();
      end();
    }
  });

  it("is compiled to the end though its inputs and the step are disposed meanwhile", async () => {
    const { recording, graph, makeXla, x, seen, end } = steps(200);
    const tuning = new Tuning<Step, bigint, bigint>(recording);
    while (!seen.rehearsal) release(tuning.run(graph, [x], makeXla).outputs);
    const removed = mock.method(context.api, "TFE_ContextRemoveFunction");
    tuning.dispose();
    graph.dispose();
    end();
    assert.equal(removed.mock.callCount(), 1, "XLA's function is removed while it is compiled");
    await over(seen.rehearsal);
    assert.equal(seen.rehearsal.failure, undefined);
    assert.equal(removed.mock.callCount(), 2);
    removed.mock.restore();
  });

  const endings = {
    "process.exit": "process.exit(7)",
    "an error": "throw new Error('7')",
    "its last line": "",
  };
  for (const [name, ending] of Object.entries(endings)) {
    it(`doesn't crash a process that ends meanwhile by ${name}`, async () => {
      const moduleAt = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
      const script = `
        import { use } from ${moduleAt("../../index.js")};
        import { tensorFlowEngine } from ${moduleAt("../register.js")};
        import { createHandle } from ${moduleAt("../tensors.js")};
        import { Recording } from ${moduleAt("./recording.js")};
        await use("tensorflow");
        const { context } = tensorFlowEngine();
        const recording = new Recording(context);
        let output = recording.input("x", [8], 1);
        const floats = ${JSON.stringify(floats)};
        for (let count = 0; count < 200; count++) [{ id: output }] = recording.operation("Sin", floats, [output], 1);
        const x = createHandle(context, [8], 1, new Float32Array(8));
        const rehearsal = recording.build([output], { xla: true }).rehearse([x]);
        await new Promise((resolve) => setTimeout(resolve, 50));
        console.log(rehearsal.ended);
        ${ending}
      `;
      const child = spawn(process.execPath, ["--input-type=module", "--eval", script]);
      let text = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (text += data));
      const [code, signal] = await once(child, "close");
      assert.equal(signal, null, text);
      assert.match(text, /^false$/m);
      assert.equal(code, { "process.exit": 7, "an error": 1, "its last line": 0 }[name], text);
    });
  }
});
