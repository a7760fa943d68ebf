// Learning rates read off the curve of the loss over rising rates, in the four ways that fastai knows.

/** A course of the loss, with rates that rise by the same factor from point to point. */
export interface Course {
  rates: readonly number[];
  losses: readonly number[];
}

/** Halfway down the longest fall: in the middle of its second third. */
export function valley({ rates, losses }: Course): number {
  // The longest fall that may skip points: how many points of a fall end at each one.
  const lengths = losses.map(() => 1);
  for (let end = 1; end < losses.length; end++) {
    for (let start = 0; start < end; start++) {
      if ((losses[end] as number) < (losses[start] as number)) {
        lengths[end] = Math.max(lengths[end] as number, (lengths[start] as number) + 1);
      }
    }
  }
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  if (longest < 2) return rates[0] as number;
  // As fastai counts: a fall of so many points began so many points before its end, whether it skipped some or not.
  const start = lengths.indexOf(longest) - longest;
  const third = longest / 3;
  return rates[Math.max(0, start + Math.floor(third) + Math.floor(third / 2))] as number;
}

/**
 * The last rate before the loss rises: a window slides down from the highest rate until the slopes at both of its ends
 * are alike.
 */
export function slide({ rates, losses }: Course, { width = 15, threshold = 0.005 } = {}): number {
  const slopes = gradient(losses);
  let right = losses.length - 1;
  let left = Math.max(0, right - width);
  let found = rates[left] as number;
  while (left >= 0 && Math.abs((slopes[right] as number) - (slopes[left] as number)) > threshold) {
    found = rates[left] as number;
    right--;
    left--;
  }
  return found;
}

/** A tenth of the rate of the lowest loss. */
export function minimum({ rates, losses }: Course): number {
  return (rates[indexOfLowest(losses)] as number) / 10;
}

/** Where the loss falls fastest over the logarithm of the rate. */
export function steep({ rates, losses }: Course): number {
  const falls = losses
    .slice(1)
    .map(
      (loss, index) =>
        (loss - (losses[index] as number)) /
        Math.log((rates[index + 1] as number) / (rates[index] as number)),
    );
  return rates[indexOfLowest(falls)] as number;
}

/** Half the difference of the neighbours, at the ends that to the only one. */
function gradient(values: readonly number[]): number[] {
  const last = values.length - 1;
  return values.map((_, index) => {
    const [from, to] = [Math.max(0, index - 1), Math.min(last, index + 1)];
    return ((values[to] as number) - (values[from] as number)) / (to - from);
  });
}

function indexOfLowest(values: readonly number[]): number {
  return values.reduce((best, value, index) => (value < (values[best] as number) ? index : best), 0);
}
