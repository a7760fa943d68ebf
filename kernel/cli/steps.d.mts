// The types of steps.mjs, see there.

export class Problem extends Error {
  output: string;
  remedy: string;
  constructor(message: string, details?: { output?: string; remedy?: string });
}

export function step<T>(title: string, work: () => Promise<T>): Promise<T>;

export function run(
  command: string,
  args: string[],
  options?: { cwd?: string; env?: NodeJS.ProcessEnv; shell?: boolean },
): Promise<{ code: number; output: string }>;

export function locked<T>(folder: string, work: () => Promise<T>): Promise<T>;
