// The runner leads a process group, to which belongs what cells start.

const { kill } = process;

/** Ends everybody in the group that process `leader` leads. */
export function killGroup(leader: number): void {
  try {
    kill.call(process, -leader, "SIGKILL");
  } catch {
    // Nobody is left in it.
  }
}
