// The name of the script that a cell becomes; stacks and the inspector show it.

export const SCRIPT_PREFIX = "nablab-cell-";

export function scriptName(sequence: number): string {
  return `${SCRIPT_PREFIX}${sequence}`;
}
