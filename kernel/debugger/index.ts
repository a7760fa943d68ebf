// The face of the debugger: JupyterLab's requests in, V8's inspector behind it.

export { Debugger } from "./debugger.ts";
