// Minimisation of a smooth function by L-BFGS (Liu and Nocedal 1989): the last few steps tell how the gradient changes,
// which stands in for the matrix of second derivatives.

export interface Point {
  value: number;
  gradient: Float64Array;
}

/** Steps that are remembered. */
const memory = 10;

/**
 * Walk downhill from `start` until no entry of the gradient is larger than `tolerance`.
 *
 * @param at The function's value and gradient; both are new on every call.
 */
export function minimize(
  at: (x: Float64Array) => Point,
  start: Float64Array,
  { iterations, tolerance }: { iterations: number; tolerance: number },
): { x: Float64Array; iterations: number; converged: boolean } {
  let x = start;
  let here = at(x);
  const steps: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  for (let iteration = 0; iteration < iterations; iteration++) {
    if (here.gradient.every((value) => Math.abs(value) <= tolerance)) {
      return { x, iterations: iteration, converged: true };
    }
    const direction = downhill(here.gradient, steps);
    const slope = dot(direction, here.gradient);
    // Armijo's rule: at least a small part of the descent that the slope promises.
    let length = steps.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(here.gradient, here.gradient))) : 1;
    let next = move(x, direction, length);
    let there = at(next);
    for (let halvings = 0; !(there.value <= here.value + 1e-4 * length * slope); halvings++) {
      // The function can't be resolved any finer.
      if (halvings === 50) return { x, iterations: iteration, converged: false };
      length /= 2;
      next = move(x, direction, length);
      there = at(next);
    }
    const s = next.map((value, i) => value - (x[i] as number));
    const y = there.gradient.map((value, i) => value - (here.gradient[i] as number));
    const curvature = dot(s, y);
    if (curvature > 1e-300) {
      steps.push({ s, y, rho: 1 / curvature });
      if (steps.length > memory) steps.shift();
    }
    x = next;
    here = there;
  }
  return { x, iterations, converged: false };
}

function downhill(
  gradient: Float64Array,
  steps: { s: Float64Array; y: Float64Array; rho: number }[],
): Float64Array {
  let direction: Float64Array = gradient.map((value) => -value);
  const amounts: number[] = [];
  for (const { s, y, rho } of steps.toReversed()) {
    const amount = rho * dot(s, direction);
    amounts.unshift(amount);
    direction = move(direction, y, -amount);
  }
  const last = steps.at(-1);
  if (last) {
    const scale = 1 / (last.rho * dot(last.y, last.y));
    direction = direction.map((value) => value * scale);
  }
  for (const [k, { s, y, rho }] of steps.entries()) {
    direction = move(direction, s, (amounts[k] as number) - rho * dot(y, direction));
  }
  return direction;
}

function move(x: Float64Array, direction: Float64Array, length: number): Float64Array {
  return x.map((value, i) => value + length * (direction[i] as number));
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
