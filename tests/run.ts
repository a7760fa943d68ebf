// `npm test`: sets up what the tests need, runs the unit tests (node --test) and the end-to-end tests (pytest), and
// ends with one line of counts. Both report each test as a line of JSON to a file, so that nothing is read from
// printed text and a runner that crashes half-way keeps what it had counted, and counts as a failure itself.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { delimiter, dirname, join, relative } from "node:path";
import { parseArgs } from "node:util";
import { ensureEnvironment } from "../kernel/cli/setup/environment.ts";
import { inPackage } from "../kernel/cli/setup/project.ts";
import { parseRequirements } from "../kernel/cli/setup/requirements.ts";
import { Problem, run, step } from "../kernel/cli/setup/steps.ts";

const help = `Usage: npm test [-- [unit | end-to-end] [PATTERN] [options]]

Runs the tests, or those whose file (with pytest: or whose name) holds PATTERN.

  --wasm       without libtensorflow: neither install nor use it
  --node N     on Node N from npm, e.g. --node 24`;

interface Result {
  name: string;
  outcome: "passed" | "failed" | "skipped";
  detail: string;
}

const kinds = ["unit", "end-to-end"] as const;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { wasm: { type: "boolean" }, node: { type: "string" }, help: { type: "boolean", short: "h" } },
});
const kind = kinds.find((name) => name === positionals[0]);
const pattern = positionals[kind ? 1 : 0] ?? "";

if (values.help) console.log(help);
else process.exitCode = values.node ? await onNode(values.node) : await runTests();

async function runTests(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "nablab-tests-"));
  try {
    const results: Result[] = [];
    // Unit tests use .venv where it is there: set it up before them, and count it once if that fails.
    const python = await setUp(results);
    const compiled = compiledTests();
    const isEndToEnd = (file: string) => file.startsWith(inPackage("dist/tests/end-to-end"));
    const unit = compiled.filter((file) => !isEndToEnd(file));
    if (kind !== "end-to-end") results.push(...(await nodeTests("unit tests", unit, join(folder, "unit"))));
    if (kind !== "unit" && python) {
      results.push(...(await pythonTests(python, join(folder, "python"))));
      const browser = compiled.filter(isEndToEnd);
      results.push(...(await nodeTests("tests in the browser", browser, join(folder, "browser"))));
    }
    return summarize(results);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function setUp(results: Result[]): Promise<string | undefined> {
  try {
    const requirements = parseRequirements(readFileSync(inPackage("tests/requirements.txt"), "utf8"));
    return await ensureEnvironment({ tensorflow: !values.wasm, requirements });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    console.error(`\n${error}`);
    results.push({ name: "set-up of the end-to-end tests", outcome: "failed", detail: error.message });
    return undefined;
  }
}

function compiledTests(): string[] {
  return ["kernel", "lib", "tests"]
    .map((name) => inPackage(join("dist", name)))
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)),
    )
    .filter((file) => file.endsWith(".test.js") && relative(inPackage("dist"), file).includes(pattern))
    .sort();
}

/** What the tests find in their environment: this Node, and wasm alone where that is wished. */
function environment(results: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
    NABLAB_NODE: process.execPath,
    NABLAB_TEST_RESULTS: results,
    ...(values.wasm && { NABLAB_BACKEND: "wasm" }),
  };
}

async function nodeTests(title: string, files: string[], results: string): Promise<Result[]> {
  if (files.length === 0) return [];
  const options = [
    "--test-timeout=300000",
    ...["--test-reporter=spec", "--test-reporter-destination=stdout"],
    ...[`--test-reporter=${inPackage("dist/tests/reporter.js")}`, `--test-reporter-destination=${results}`],
  ];
  // Tests of leaks count tensors: none may go by itself meanwhile.
  const env = { ...environment(results), NABLAB_FORGOTTEN: "keep" };
  const code = await watch(title, process.execPath, ["--test", ...options, ...files], env);
  return read(results, `${title}: node --test`, code);
}

async function pythonTests(python: string, results: string): Promise<Result[]> {
  const folder = inPackage("tests/end-to-end");
  const files = readdirSync(folder).filter((name) => /^test_.*\.py$/.test(name) && name.includes(pattern));
  const selection = files.length > 0 ? files.map((name) => join(folder, name)) : [folder, "-k", pattern];
  const options = [
    ...["-p", "report_results", "-p", "no:cacheprovider"],
    ...["-q", "--no-header", "-rN", "--durations=5"],
  ];
  const code = await watch("end-to-end tests", python, ["-m", "pytest", ...options, ...selection], {
    ...environment(results),
    PYTHONPATH: inPackage("tests"),
    PYTHONDONTWRITEBYTECODE: "1",
  });
  // 5: pytest found no test, which is right where the pattern means others.
  return read(results, "end-to-end tests: pytest", code === 5 && pattern ? 0 : code);
}

/** Runs a test runner with its output in view, between its title and its time. */
async function watch(
  title: string,
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  console.log(`\n${title}`);
  const started = performance.now();
  const code = await runInView(command, args, env);
  console.log(`${title}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return code;
}

/** Signals reach the program, so that it can clean up. */
async function runInView(command: string, args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(command, args, { cwd: inPackage(), env, stdio: ["ignore", "inherit", "inherit"] });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, forward);
  const code = await new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (status, signal) =>
      resolve(status ?? 128 + constants.signals[signal as NodeJS.Signals]),
    );
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, forward);
  return code;
}

function read(file: string, runner: string, code: number): Result[] {
  const lines = existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line !== "")
    : [];
  const results = lines.map((line): Result => JSON.parse(line));
  if (code !== 0 && !results.some(({ outcome }) => outcome === "failed")) {
    results.push({
      name: runner,
      outcome: "failed",
      detail: `ended with code ${code} before it named a failure`,
    });
  }
  return results;
}

function summarize(results: Result[]): number {
  const of = (outcome: Result["outcome"]) => results.filter((result) => result.outcome === outcome);
  const [passed, failed, skipped] = [of("passed"), of("failed"), of("skipped")];
  console.log("");
  for (const { name, detail } of skipped) console.log(`skipped: ${shorten(name)}: ${detail}`);
  for (const { name, detail } of failed)
    console.log(`failed: ${shorten(name)}\n${detail.replaceAll(/^/gm, "    ")}`);
  if (results.length === 0) console.log(`No test ran${pattern ? `: none matches "${pattern}"` : ""}.`);
  console.log(`${passed.length} passed, ${failed.length} failed, ${skipped.length} skipped`);
  return failed.length > 0 || passed.length + skipped.length === 0 ? 1 : 0;
}

function shorten(name: string): string {
  return name.replace(inPackage("dist/"), "");
}

/** Runs this again on another Node: npm has every release as a package that is its binary. */
async function onNode(version: string): Promise<number> {
  const platform = process.platform === "win32" ? "win" : process.platform;
  const options = ["exec", "--yes", `--package=node-${platform}-${process.arch}@${version}`, "--"];
  const npm = process.env.npm_execpath?.endsWith("npm-cli.js") ? process.env.npm_execpath : undefined;
  const command: [string, string[]] = npm ? [process.execPath, [npm, ...options]] : ["npm", options];
  const { code, output } = await step(`Node ${version}`, () =>
    run(command[0], [...command[1], "node", "-p", "'path:' + process.execPath"], { cwd: tmpdir() }),
  );
  const path = /^path:(.+)$/m.exec(output)?.[1];
  if (code !== 0 || !path) {
    console.error(`npm could not bring Node ${version}:\n${output}`);
    return 1;
  }
  const args = [inPackage("dist/tests/run.js"), ...positionals, ...(values.wasm ? ["--wasm"] : [])];
  return runInView(path, args, process.env);
}
