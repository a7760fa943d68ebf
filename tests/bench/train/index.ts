// Training against PyTorch and Keras on the same CPU with the same threads: forward, backward, Adam, loss and accuracy
// read out, ours while the next step is computed. The peers wait in processes of their own; each round runs a few steps of
// everybody in turn.

import { fileURLToPath } from "node:url";
import { ready } from "../../../lib/backend/index.ts";
import type { Clock, Spent } from "../clock.ts";
import { Peer } from "../peer.ts";
import { ensurePackages, pythonPeer } from "../python.ts";
import type { MeasureOptions, Samples } from "../samples.ts";
import { makeEpochs, name as nameOfEpochs, request as requestOfEpochs } from "./epochs.ts";
import { smallOperation, smallOperations } from "./overhead.ts";
import { Trainer } from "./trainer.ts";
import { type Workload, workloads } from "./workloads.ts";

const requirements = ["torch==2.13.0", "tensorflow-cpu==2.21.*", "keras>=3.12,<4"];

/** Time of everybody in one round, in ms; so short that there are several in a repetition. */
const roundTime = 300;
const roundsPerRepetition = 3;
/** Long enough for `auto` to have tried XLA where it does (on a GPU), in ms. */
const warmUp = 12_000;
const epochsPerRound = 2;

/** Does so many steps or epochs and tells what one took. */
type Runner = (count: number) => Promise<Spent>;

interface Race {
  name: string;
  /** Examples of one step or epoch. */
  examples: number;
  ours: Runner;
  peers: Record<string, Runner>;
  /** Steps or epochs in a round; without it as many as ours does in the time of a round. */
  count?: number;
  clock: Clock;
}

/** Everybody in turn. A peer that can't is left out, and that is said. */
async function race(
  { name, examples, ours, peers, clock, ...given }: Race,
  rounds: number,
): Promise<Samples[]> {
  const count = given.count ?? Math.max(2, Math.round(roundTime / (await ours(3)).wall));
  const perSecond = (spent: Spent) => (1000 * examples) / spent[clock];
  const speeds: number[] = [];
  const theirs = new Map<string, number[]>();
  for (const [peer, run] of Object.entries(peers)) {
    try {
      await run(count);
      theirs.set(peer, []);
    } catch (error) {
      console.error(`${name}: no figure of ${peer}: ${(error as Error).message}`);
    }
  }
  for (let round = 0; round < rounds; round++) {
    speeds.push(perSecond(await ours(count)));
    for (const [peer, values] of theirs) values.push(perSecond(await peers[peer]!(count)));
  }
  return Object.keys(peers).map((peer) => ({
    ...{ measure: name, peer, unit: "samples/s", better: "higher" },
    ...{ ours: speeds, theirs: theirs.get(peer) ?? [] },
  }));
}

const asking =
  (peer: Peer, request: object, count: "steps" | "epochs"): Runner =>
  (times) =>
    peer.ask<Spent>({ ...request, [count]: times });

function stepRequest(model: string, { batchSize, inputShape, targets, tokens }: Workload): object {
  return {
    model,
    batch: batchSize,
    shape: inputShape,
    targets: targets ?? "classes",
    tokens: tokens ?? null,
  };
}

export async function measure({ repetitions, clock, only }: MeasureOptions): Promise<Samples[]> {
  try {
    ensurePackages(requirements);
  } catch (error) {
    console.error(`The peers could not be installed: ${(error as Error).message}`);
  }
  await ready();
  const peers = {
    PyTorch: pythonPeer("train/peer.py", "torch"),
    Keras: pythonPeer("train/peer.py", "keras"),
  };
  const asked = (request: object, count: "steps" | "epochs") =>
    Object.fromEntries(Object.entries(peers).map(([name, peer]) => [name, asking(peer, request, count)]));
  const samples: Samples[] = [];
  try {
    for (const [model, workload] of Object.entries(workloads)) {
      if (!only(workload.name)) continue;
      const trainer = new Trainer(workload);
      await trainer.warmUp(warmUp);
      const entrants = {
        ours: (steps: number) => trainer.run(steps),
        peers: asked(stepRequest(model, workload), "steps"),
      };
      samples.push(
        ...(await race(
          { name: workload.name, examples: workload.batchSize, clock, ...entrants },
          roundsPerRepetition * repetitions,
        )),
      );
      trainer.dispose();
    }
    if (only(nameOfEpochs)) {
      const { size, run, dispose } = await makeEpochs();
      await run(epochsPerRound);
      const entrants = { ours: run, peers: asked(requestOfEpochs, "epochs") };
      // A DataLoader's processes are not in the peer's processor time.
      const options = { name: nameOfEpochs, examples: size, clock: "wall", count: epochsPerRound } as const;
      samples.push(...(await race({ ...options, ...entrants }, repetitions)));
      dispose();
    }
    const onWasm = `wasm: ${workloads.lenet!.name}`;
    if (only(onWasm)) {
      const program = fileURLToPath(new URL("./wasm.js", import.meta.url));
      const wasm = new Peer(process.execPath, [program], { NABLAB_BACKEND: "wasm" });
      try {
        const request = stepRequest("lenet", workloads.lenet!);
        const entrants = { ours: asking(wasm, request, "steps"), peers: asked(request, "steps") };
        const options = { name: onWasm, examples: workloads.lenet!.batchSize, clock };
        samples.push(...(await race({ ...options, ...entrants }, roundsPerRepetition * repetitions)));
      } finally {
        wasm.stop();
      }
    }
    for (const [name, make] of Object.entries(smallOperations)) {
      if (only(name)) samples.push(await smallOperation(name, make, repetitions, clock));
    }
  } finally {
    for (const peer of Object.values(peers)) peer.stop();
  }
  return samples;
}
