// Training steps on the backend that NABLAB_BACKEND names, in a process of its own: the same requests as peer.py's.

import { createInterface } from "node:readline";
import { ready } from "../../../lib/backend/index.ts";
import { Trainer } from "./trainer.ts";
import { workloads } from "./workloads.ts";

await ready();
const trainers = new Map<string, Trainer>();
for await (const line of createInterface({ input: process.stdin })) {
  const { model, steps } = JSON.parse(line) as { model: string; steps: number };
  if (!trainers.has(model)) {
    const workload = workloads[model];
    if (!workload) throw new Error(`There is no model ${model}.`);
    trainers.set(model, new Trainer(workload));
    await trainers.get(model)!.run(2);
  }
  console.log(JSON.stringify(await trainers.get(model)!.run(steps)));
}
