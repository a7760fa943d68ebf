// User code shares its process with the runner and may replace or delete what the runner is built on. What fails then
// ends the process with a code of its own, so that the kernel can tell and start a new one, instead of going on mute.

/** Exit code of a runner that can't go on. */
export const DAMAGED = 86;
/** Node's own exit code where handling an uncaught exception failed (https://nodejs.org/api/process.html#exit-codes). */
export const HANDLER_FAILED = 7;

const { kill, reallyExit } = process as typeof process & { reallyExit(code: number): never };

/** Makes a step of the runner's own, in which nothing can fail unless user code damaged something. */
export function guarded<Arguments extends unknown[]>(
  step: (...args: Arguments) => void,
): (...args: Arguments) => void {
  return (...args) => {
    try {
      step(...args);
    } catch {
      endDamaged();
    }
  };
}

export function endDamaged(): never {
  return reallyExit.call(process, DAMAGED);
}

/** Keeps a cell from ending the kernel's process by mistake: `process.kill` does not reach it. */
export function protectKernel(): void {
  const kernel = process.ppid;
  process.kill = (pid, signal) => {
    const isKernel = Math.abs(pid) === kernel || pid === -1;
    if (isKernel && signal !== 0) {
      throw new Error(
        `process.kill(${pid}) would end the kernel, which this notebook runs on: use Jupyter's menu to shut it down.`,
      );
    }
    return kill.call(process, pid, signal);
  };
}
