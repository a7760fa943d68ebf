// Two clocks: time that passes, and processor time, which other load on the machine does not lengthen as much.

export type Clock = "wall" | "cpu";

/** Milliseconds of one of several runs, by both clocks. */
export type Spent = Record<Clock, number>;

export async function spent(count: number, run: () => Promise<void> | void): Promise<Spent> {
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  await run();
  const { user, system } = process.cpuUsage(cpu);
  return { wall: (performance.now() - wall) / count, cpu: (user + system) / 1000 / count };
}
