// Undoing what was changed for a recording whose JavaScript was terminated from outside, as a notebook's interrupt does:
// it leaves without `finally`.

let restoreAbandoned: (() => void) | undefined;
let watching = false;

/**
 * Call `restore` in the next turn unless the returned function is called before: a recording ends in the turn in which
 * it starts, so one that is there in the next turn has been abandoned.
 */
export function restoreIfAbandoned(restore: () => void): () => void {
  restoreAbandoned = restore;
  if (!watching) {
    watching = true;
    setImmediate(() => {
      watching = false;
      restoreAbandoned?.();
    });
  }
  return () => {
    restoreAbandoned = undefined;
  };
}
