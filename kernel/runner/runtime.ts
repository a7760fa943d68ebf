// The one name that the kernel's rewriting and the runner's globals share.

/** The global through which rewritten cells reach the runner. */
export const RUNTIME = "__nablab";
