// What a training run returns: one value an epoch for everything that was measured.

import { displaySymbol, type MimeBundle } from "../plot/display.ts";
import type { Values } from "./step.ts";

/** The course of one `fit`; position 0 of each list is the first epoch. */
export class History {
  /** Mean training loss of each epoch, measured while the weights were changing. */
  readonly loss: number[] = [];
  /** Training accuracy of each epoch, 0 to 1; empty if it was not measured. */
  readonly accuracy: number[] = [];
  /**
   * Validation loss after each epoch; empty without validation data. tfjs leaves the penalties of regularizers
   * out of it, which `loss` holds.
   */
  readonly valLoss: number[] = [];
  /** Validation accuracy after each epoch, 0 to 1; empty if it was not measured. */
  readonly valAccuracy: number[] = [];
  /** Further metrics by name, validation's with `val_` before it. */
  readonly metrics: Record<string, number[]> = {};
  /** Wall-clock time of the whole run in seconds. */
  seconds = 0;
  /** Training examples per second, validation not counted. */
  examplesPerSecond = 0;
  /** Whether the run was stopped before its last epoch was complete. */
  interrupted = false;

  /** How the last step was run: each operation on its own, or all as one function (see `FitOptions.compile`). */
  engine: "eager" | "graph" | "xla" = "eager";
  /** Why not as `compile` asks; one sentence. */
  engineReason: string | undefined;

  /** Append the values of an epoch that is complete. */
  add(training: Values, validation: Values | undefined): void {
    this.#append(training, { loss: this.loss, accuracy: this.accuracy }, "");
    if (validation) this.#append(validation, { loss: this.valLoss, accuracy: this.valAccuracy }, "val_");
  }

  /** Take over the epochs of a run that is resumed. */
  restore({
    metrics,
    ...lists
  }: Pick<History, "loss" | "accuracy" | "valLoss" | "valAccuracy" | "metrics">): void {
    for (const [name, values] of Object.entries(lists)) this[name as keyof typeof lists].push(...values);
    Object.assign(this.metrics, metrics);
  }

  #append(values: Values, known: Record<string, number[]>, prefix: string): void {
    for (const [name, value] of values) {
      const list = known[name] ?? this.metrics[prefix + name] ?? [];
      list.push(value);
      if (!known[name]) this.metrics[prefix + name] = list;
    }
  }

  [displaySymbol](): MimeBundle {
    const last = (label: string, values: number[]) => {
      const value = values.at(-1);
      return value === undefined ? [] : [`${label} ${value.toFixed(4)}`];
    };
    const parts = [
      `${this.loss.length} epochs in ${this.seconds.toFixed(1)} s${this.interrupted ? " (interrupted)" : ""}`,
      ...last("loss", this.loss),
      ...last("accuracy", this.accuracy),
      ...last("validation loss", this.valLoss),
      ...last("validation accuracy", this.valAccuracy),
    ];
    return { "text/plain": `History: ${parts.join(", ")}` };
  }
}
