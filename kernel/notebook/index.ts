// The face of notebooks without Jupyter: read one, run it, write it.

export { NotebookError, readNotebook, writeNotebook } from "./document.ts";
export { type Failure, NotebookRun } from "./run.ts";
