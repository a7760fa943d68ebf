// One seed out of several numbers, so that what happens to a sample depends on (seed, epoch, sample) alone
// and not on which worker sees it, or when. MurmurHash3's 32-bit mixing (Appleby, 2011).

/** A seed from 0 to 2³² − 1 that depends on all numbers and their order. */
export function hash(...numbers: number[]): number {
  let state = 0;
  for (const number of numbers) {
    state = mix(state, number | 0);
    state = mix(state, Math.floor(number / 2 ** 32) | 0);
  }
  state ^= numbers.length;
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}

function mix(state: number, block: number): number {
  const scrambled = Math.imul(block, 0xcc9e2d51);
  const turned = Math.imul((scrambled << 15) | (scrambled >>> 17), 0x1b873593);
  const mixed = state ^ turned;
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}
