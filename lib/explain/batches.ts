// Long work in batches that give the event loop a turn, so that it can be interrupted.

import { displayTarget } from "../plot/display.ts";

/**
 * Run `work` on the numbers from 0 to `count` in pieces of at most `size`.
 *
 * @throws The signal's reason once it is aborted; without a signal that is the notebook's Interrupt.
 */
export async function inBatches<T>(
  count: number,
  size: number,
  signal: AbortSignal | undefined,
  work: (from: number, to: number) => T,
): Promise<T[]> {
  const stop = signal ?? displayTarget().interruptSignal();
  const results: T[] = [];
  for (let from = 0; from < count; from += size) {
    stop?.throwIfAborted();
    results.push(work(from, Math.min(count, from + size)));
    await new Promise((resolve) => setImmediate(resolve));
  }
  return results;
}
