// Memory that TensorFlow has freed goes back to the system.
//
// TensorFlow aligns its tensors, and glibc before 2.38 does not use again what was freed of such memory
// (https://sourceware.org/bugzilla/show_bug.cgi?id=14581): a process that trains small networks grows by a megabyte at each
// step. malloc_trim returns the free pages, in some hundred milliseconds; so that is done when the process has grown.
import koffi from "koffi";

const callsPerLook = 256;
const millisecondsPerLook = 500;
const leastGrowth = 256 * 1024 * 1024;

let calls = 0;
let lastLook = 0;
let limit = 0;
let trim: ((keep: number) => void) | undefined;

/** To be called with every operation; looks at the process now and then. */
export function returnFreedMemory(): void {
  if (++calls % callsPerLook !== 0) return;
  const now = performance.now();
  if (now - lastLook < millisecondsPerLook) return;
  lastLook = now;
  const resident = process.memoryUsage.rss();
  if (limit > 0) {
    if (resident < limit) return;
    trim ??= lookUp();
    trim(0);
  }
  const rest = process.memoryUsage.rss();
  limit = rest + Math.max(leastGrowth, rest / 2);
}

/** Other systems have no malloc_trim, nor the need. */
function lookUp(): (keep: number) => void {
  try {
    return koffi.load(null).func("int malloc_trim(size_t)");
  } catch {
    return () => {};
  }
}
