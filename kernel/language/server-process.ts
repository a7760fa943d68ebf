// TypeScript's native language server as a process. Apart from the client, so that it can start while the client's code
// is still being read.

import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** Starts the server in the notebook's folder; it ends with its input. Throws where its package is not installed. */
export function spawnServer(cwd: string): ChildProcess {
  const child = spawn(serverPath(), ["--lsp", "--stdio"], {
    cwd,
    detached: true, // its own process group: an interrupt sent to the kernel's group is not meant for it
    stdio: ["pipe", "pipe", "ignore"],
    // Its garbage collector takes a third of its start otherwise; near the limit it works as usual.
    env: { GOGC: "400", GOMEMLIMIT: "256MiB", ...process.env },
  });
  child.on("error", () => undefined); // whoever needs it sees that it has no process id
  return child;
}

/** The native program lies in a package per platform, beside the package `typescript`. */
function serverPath(): string {
  const require = createRequire(createRequire(import.meta.url).resolve("typescript/package.json"));
  const name = `@typescript/typescript-${process.platform}-${process.arch}`;
  try {
    const folder = dirname(require.resolve(`${name}/package.json`));
    return join(folder, "lib", process.platform === "win32" ? "tsc.exe" : "tsc");
  } catch {
    throw new Error(`the package ${name} is not installed (run npm install, with optional packages)`);
  }
}
