// `%time` and `%timeit`, with the figures that IPython shows.

const UNITS = ["s", "ms", "µs", "ns"];

/** A duration in seconds with three significant digits and a fitting unit. */
function formatDuration(seconds: number): string {
  if (seconds >= 60) {
    const minutes = Math.floor(seconds / 60);
    return `${minutes} min ${Math.round(seconds - minutes * 60)} s`;
  }
  const order = seconds > 0 ? Math.min(3, Math.max(0, Math.ceil(-Math.log10(seconds) / 3))) : 3;
  return `${Number((seconds * 1000 ** order).toPrecision(3))} ${UNITS[order]}`;
}

/** Starts a clock; the function it gives tells what has passed since, in IPython's words. */
export function startClock(): () => string {
  const cpu = process.cpuUsage();
  const start = performance.now();
  return () => {
    const wall = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const [u, s, total] = [user, system, user + system].map((micros) => formatDuration(micros / 1e6));
    return `CPU times: user ${u}, sys: ${s}, total: ${total}\nWall time: ${formatDuration(wall)}\n`;
  };
}

interface RepeatOptions {
  /** Calls in one repeat; by default as many powers of ten as take 0.2 s. */
  loops?: number | undefined;
  /** Default 7. */
  repeats?: number | undefined;
}

/** Measured repeats: seconds per call in each. */
interface Timings {
  loops: number;
  seconds: number[];
}

/** Time `code`, again and again; a promise that it gives is awaited. */
export async function repeat(code: () => unknown, { loops, repeats = 7 }: RepeatOptions): Promise<Timings> {
  const isAsync = isThenable(code());
  const run = async (count: number): Promise<number> => {
    const start = performance.now();
    if (isAsync) for (let index = 0; index < count; index += 1) await code();
    else for (let index = 0; index < count; index += 1) code();
    return (performance.now() - start) / 1000;
  };
  let chosen = loops ?? 1;
  if (loops === undefined) while (chosen < 1e7 && (await run(chosen)) < 0.2) chosen *= 10;
  const seconds: number[] = [];
  for (let index = 0; index < repeats; index += 1) {
    seconds.push((await run(chosen)) / chosen);
    await new Promise((resolve) => setImmediate(resolve)); // output and interrupts between repeats
  }
  return { loops: chosen, seconds };
}

/** What `%timeit` says: mean and standard deviation of the repeats, and the best of them. */
export function summary({ loops, seconds }: Timings): string {
  const mean = seconds.reduce((sum, each) => sum + each, 0) / seconds.length;
  const variance = seconds.reduce((sum, each) => sum + (each - mean) ** 2, 0) / seconds.length;
  const [average, deviation, best] = [mean, Math.sqrt(variance), Math.min(...seconds)].map(formatDuration);
  const count = (number: number, word: string): string =>
    `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;
  return (
    `${average} ± ${deviation} per loop ` +
    `(mean ± std. dev. of ${count(seconds.length, "run")}, ${count(loops, "loop")} each; best ${best})\n`
  );
}

function isThenable(value: unknown): boolean {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}
