// The face of the shell: the kernel behind any transport, and the engines it runs on.

export { engineLoader, type LoadEngines } from "./engines.ts";
export { historyPath } from "./history-file.ts";
export { Kernel } from "./kernel.ts";
export { languageInfo } from "./kernel-info.ts";
export type { Content, Outgoing, Request, Transport } from "./transport.ts";
