// `dl.profile`: where the time and the memory go.

import { Profile } from "./profile.ts";
import { record } from "./recorder.ts";

export { Profile };

/**
 * Run a function and tell the time and memory of its operations and layers: `await dl.profile(() => model.predict(x))`.
 *
 * Compiled steps run operation by operation meanwhile, so a training step is slower than without. On a GPU the times are
 * those of starting operations, unless the function waits for results. Tensors that the function makes and returns or
 * forgets are not freed.
 *
 * @param work May be asynchronous; operations of other code that run meanwhile are counted too.
 * A profile inside of another ends the other's listening.
 * @throws whatever the function throws.
 */
export async function profile(work: () => unknown): Promise<Profile> {
  return new Profile(await record(work));
}
