// Our training steps, as `dl.train.fit` runs them: recorded, with loss and metrics of each read while the next is computed.

import { random } from "../../../lib/data/index.ts";
import type { StartedStep } from "../../../lib/train/step.ts";
import { TrainingStep } from "../../../lib/train/training-step.ts";
import { type Spent, spent } from "../clock.ts";
import { compiled, exampleBatch, type Workload } from "./workloads.ts";

export class Trainer {
  readonly #step: TrainingStep;
  readonly #model;
  readonly #batch;
  readonly #masks = random(1);

  constructor(workload: Workload) {
    this.#model = compiled(workload);
    this.#step = new TrainingStep(this.#model, "auto");
    this.#batch = exampleBatch(workload);
  }

  /** What one of so many steps takes. */
  run(steps: number): Promise<Spent> {
    const { x, y } = this.#batch;
    return spent(steps, async () => {
      let last: StartedStep | undefined;
      for (let i = 0; i < steps; i++) {
        const next = this.#step.start({ x: x.clone(), y: y.clone() }, this.#masks);
        await last?.values();
        last = next;
      }
      await last?.values();
    });
  }

  /** Run until `milliseconds` are over. */
  async warmUp(milliseconds: number): Promise<void> {
    const started = performance.now();
    while (performance.now() - started < milliseconds) await this.run(1);
  }

  dispose(): void {
    this.#batch.x.dispose();
    this.#batch.y.dispose();
    this.#step.dispose();
    this.#model.dispose();
  }
}
