// `nablab kernel CONNECTION_FILE`: what Jupyter starts. Serves until it is told to stop or its parent is gone.

import { once } from "node:events";
import { setInterval, setTimeout } from "node:timers/promises";
import { readConnectionFile, ZeroMqTransport } from "../wire/index.ts";

/** How long the children may take to end, in ms; Jupyter kills a kernel that takes 5 s. */
const STOP_LIMIT = 2000;
const PARENT_POLL = 1000;

const help = `Usage: nablab kernel CONNECTION_FILE

Serves one Jupyter connection file. Jupyter calls this; \`nablab install\` registers it there.`;

export async function main(args: string[]): Promise<number> {
  if (args.includes("--help")) {
    console.log(help);
    return 0;
  }
  const file = connectionFile(args);
  if (file === undefined) {
    console.error(`nablab kernel: the connection file is missing.\n\n${help}`);
    return 2;
  }
  try {
    return await serve(file);
  } catch (error) {
    console.error(`nablab kernel: ${(error as Error).message}`);
    return 1;
  }
}

/** The connection file among arguments that may hold others', such as `-f FILE`, `--f=FILE` and `--Application.x=y`. */
function connectionFile(args: string[]): string | undefined {
  const option = /^--?(?:f|ConnectionFileMixin\.connection_file)=(.+)$/;
  const named = args.map((arg) => option.exec(arg)?.[1]).find((value) => value !== undefined);
  return named ?? args.find((arg) => !arg.startsWith("-"));
}

async function serve(file: string): Promise<never> {
  // A fault of ours must not cost the user the session, whose state lives in the runner.
  process.on("uncaughtException", (error) => console.error("nablab kernel:", error));
  const transport = await ZeroMqTransport.bind(readConnectionFile(file));
  // Once the sockets are bound clients can connect, which they try every 100 to 200 ms; the rest is read meanwhile.
  const { engineLoader, historyPath, Kernel } = await import("../shell/index.ts");
  const kernel = new Kernel({
    transport,
    loadEngines: engineLoader(process.cwd()),
    historyPath: historyPath(),
  });
  process.on("SIGINT", () => kernel.interrupt());
  transport.receive((request) => kernel.handle(request));
  await Promise.race([kernel.shutdownRequested, once(process, "SIGTERM"), orphaned()]);
  await Promise.race([kernel.stop(), setTimeout(STOP_LIMIT)]);
  await transport.close();
  process.exit(0); // whatever a child that does not end still holds
}

/** Resolves when the process that started us is gone, where Jupyter says by JPY_PARENT_PID that we should follow it. */
async function orphaned(): Promise<void> {
  const parent = process.ppid;
  if (!process.env.JPY_PARENT_PID) return new Promise(() => undefined);
  for await (const _ of setInterval(PARENT_POLL)) if (process.ppid !== parent) return;
}
