// `nablab run NOTEBOOK`: runs a notebook without Jupyter and saves its outputs.

import { dirname, resolve } from "node:path";
import { parseArgs, stripVTControlCharacters } from "node:util";
import { type Failure, NotebookError, NotebookRun, readNotebook, writeNotebook } from "../notebook/index.ts";
import { engineLoader } from "../shell/index.ts";

const help = `Usage: nablab run NOTEBOOK [--output FILE] [--timeout SECONDS]

Runs a notebook's cells from top to bottom in a fresh kernel, without Jupyter, in the notebook's folder.
The outputs replace those in the notebook, also when a cell fails: they are saved as far as the run went.

  -o, --output FILE      save there and leave NOTEBOOK as it is
  -t, --timeout SECONDS  time that one cell may take (default: unlimited)
  -h, --help             show this

Ends with 0, or with 1 at the first cell that fails. A cell with the tag "raises-exception" may fail;
one with the tag "skip-execution" is not run.`;

interface RunArguments {
  notebook: string;
  output: string;
  timeout: number | undefined;
}

/** What is wrong with the arguments. */
class UsageError extends Error {}

export async function main(args: string[]): Promise<number> {
  try {
    const options = readArguments(args);
    if (options) return await runAndSave(options);
    console.log(help);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof NotebookError)) throw error;
    console.error(`nablab run: ${error.message}`);
    if (error instanceof UsageError) console.error("\n`nablab run --help` tells more.");
    return error instanceof UsageError ? 2 : 1;
  }
}

/** The arguments, or undefined where help is asked for. */
function readArguments(args: string[]): RunArguments | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  const [notebook, ...more] = positionals;
  if (notebook === undefined) throw new UsageError("Which notebook?");
  if (more.length > 0) throw new UsageError(`One notebook at a time; what is "${more.join(" ")}"?`);
  const timeout = values.timeout === undefined ? undefined : Number(values.timeout);
  if (timeout !== undefined && !(timeout > 0)) {
    throw new UsageError(`--timeout is "${values.timeout}", expected a number of seconds above 0.`);
  }
  return { notebook, output: values.output ?? notebook, timeout };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        output: { type: "string", short: "o" },
        timeout: { type: "string", short: "t" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

async function runAndSave({ notebook, output, timeout }: RunArguments): Promise<number> {
  const document = readNotebook(notebook);
  const run = new NotebookRun(document, {
    loadEngines: engineLoader(dirname(resolve(notebook))),
    timeout,
    onStart: (index, total) => process.stderr.write(`cell ${index} of ${total} … `),
    onEnd: (_index, seconds) => process.stderr.write(`${seconds.toFixed(1)} s\n`),
  });
  const interrupt = () => run.interrupt();
  process.on("SIGINT", interrupt);
  try {
    const failure = await run.run();
    if (failure) report(failure, notebook, timeout);
    return failure ? 1 : 0;
  } finally {
    process.off("SIGINT", interrupt);
    writeNotebook(output, document);
  }
}

function report({ cell, reason, error }: Failure, notebook: string, timeout: number | undefined): void {
  const traceback = error.traceback.join("\n");
  const what = {
    error: "failed",
    timeout: `took longer than the timeout of ${timeout} s and was interrupted`,
    interrupted: "was interrupted",
  }[reason];
  console.error(`\n${notebook}: code cell ${cell} ${what}.\n`);
  if (reason !== "interrupted")
    console.error(process.stderr.isTTY ? traceback : stripVTControlCharacters(traceback));
}
