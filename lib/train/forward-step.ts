// What a model makes of a batch without learning from it, recorded where there are batches enough to make up for that.
import type * as tf from "@tensorflow/tfjs";
import { RecordedStep } from "../backend/index.ts";
import { type CompileMode, worthwhile } from "./compile-mode.ts";
import { keptRecordings } from "./kept-recordings.ts";
import { compiledModel } from "./step.ts";
import { isPureForward } from "./step-state.ts";

type Step = (data: tf.Tensor[]) => tf.Tensor[];

/** Loss and metrics of `[x, y]` or `[x, y, weight]`, or the outputs for `[x]`. */
type Kind = "test" | "predict";

const plain: Record<Kind, (model: tf.LayersModel, data: tf.Tensor[]) => tf.Tensor[]> = {
  test: (model, data) => {
    const compiled = compiledModel(model);
    compiled.makeTestFunction();
    return compiled.testFunction(data);
  },
  predict: (model, [x]) =>
    [model.predict(x as tf.Tensor, { batchSize: (x as tf.Tensor).shape[0] as number })].flat(),
};

/** Fewer batches take less time than a recording. */
const fewestBatches = 4;

/** Computes batches of one run over the data. */
interface ForwardStep {
  call: Step;
  /** What was recorded is left to the next run, which begins as this one did and so gives the same numbers. */
  dispose(): void;
}

/** @param batches How many there will be, at most. */
export function forwardStep(
  model: tf.LayersModel,
  kind: Kind,
  mode: CompileMode,
  batches: number,
): ForwardStep {
  const engine = worthwhile(mode, batches, fewestBatches);
  if (!engine) return { call: (data) => plain[kind](model, data), dispose: () => {} };
  // The kind is part of what recordings are found by.
  const recorded = new RecordedStep((data: tf.Tensor[], _kind: Kind) => plain[kind](model, data), {
    engine,
    state: isPureForward(model, { withLoss: kind === "test" }) ? () => [] : undefined,
    kept: keptRecordings(model),
  });
  return { call: (data) => recorded.call([data, kind]), dispose: () => recorded.dispose() };
}
