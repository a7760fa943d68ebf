// The `nablab` command: one file a sub-command, loaded only when it is asked for, so that a kernel
// starts without reading what the others need.

const commands: Record<string, { summary: string; load: () => Promise<{ main: Command }> }> = {
  lab: {
    summary: "set up what is missing and open JupyterLab on the notebooks",
    load: () => import("./lab.ts"),
  },
  run: { summary: "run a notebook without Jupyter and save its outputs", load: () => import("./run.ts") },
  doctor: {
    summary: "show what is installed and which backend will be used",
    load: () => import("./doctor.ts"),
  },
  install: { summary: "register the kernel with Jupyter", load: () => import("./install.ts") },
  uninstall: { summary: "remove the kernel from Jupyter", load: () => import("./uninstall.ts") },
  kernel: {
    summary: "serve one Jupyter connection file (Jupyter calls this)",
    load: () => import("./kernel.ts"),
  },
};

/** A sub-command: takes the arguments behind its name and gives the exit code. */
type Command = (args: string[]) => Promise<number>;

function usage(): string {
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`);
  return ["Usage: nablab COMMAND [options]", "", ...lines, "", "nablab COMMAND --help tells more."].join(
    "\n",
  );
}

const [name = "--help", ...args] = process.argv.slice(2);
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
if (command) {
  const { main } = await command.load();
  process.exitCode = await main(args);
} else if (name === "--help" || name === "-h") {
  console.log(usage());
} else {
  console.error(`nablab: there is no command "${name}".\n\n${usage()}`);
  process.exitCode = 2;
}
