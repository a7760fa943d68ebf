// Which class each map explains.

import type { CamOptions } from "./cam.ts";

/** Targets of the maps, and their classes where they are known, from the logits of each map's example. */
export function chooseTarget(logits: number[][], { classes, target = "argmax" }: CamOptions, rank: number) {
  const ranked = (row: number[]) =>
    row.map((_, index) => index).sort((a, b) => (row[b] as number) - (row[a] as number));
  if (classes === undefined) {
    if (typeof target === "function" || rank !== 2) return { target, classes: undefined };
    const chosen = logits.map((row, index) => {
      if (target === "argmax") return ranked(row)[0] as number;
      return typeof target === "number" ? target : (target[index] as number);
    });
    return { target: chosen, classes: chosen };
  }
  if (rank !== 2) {
    throw new RangeError(`Classes are for outputs [n, classes]; give a target for this one of rank ${rank}.`);
  }
  const times = "top" in classes ? classes.top : classes.length;
  const available = logits[0]?.length ?? 0;
  if (!(Number.isInteger(times) && times >= 1 && times <= available)) {
    throw new RangeError(`${times} classes were asked for; the model has ${available}.`);
  }
  const chosen = logits.map((row, index) =>
    "top" in classes ? (ranked(row)[index % times] as number) : (classes[index % times] as number),
  );
  return { target: chosen, classes: chosen };
}
