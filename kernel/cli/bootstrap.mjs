#!/usr/bin/env node
// Makes a checkout runnable, then runs the compiled module it is asked for: the `nablab` command, or with
// `--module tests/run` any other below dist/. Plain JavaScript without dependencies, because at first there is
// neither node_modules nor dist/. The published package ships its dist/, so there nothing is set up.

import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { locked, Problem, run, step } from "./steps.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const sourceFolders = ["kernel", "lib", "tests"];
const stamp = path.join(root, "dist", ".sources");

const rest = process.argv.slice(2);
const module = rest[0] === "--module" ? rest.splice(0, 2)[1] : "kernel/cli/main";
const entry = path.join(root, "dist", `${module}.js`);

try {
  checkNode();
  if (fs.existsSync(path.join(root, "tsconfig.json"))) await prepare();
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  console.error(`\n${error}`);
  process.exit(1);
}
process.argv = [process.argv[0], entry, ...rest];
await import(pathToFileURL(entry).href);

function checkNode() {
  const wanted = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8")).engines.node;
  const [major, minor] = process.versions.node.split(".").map(Number);
  const [wantedMajor, wantedMinor] = wanted.match(/\d+/g).map(Number);
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  throw new Problem(
    `nablab needs Node ${wanted}, but this is Node ${process.versions.node} (${process.execPath}).`,
    {
      remedy:
        "Install a current Node from https://nodejs.org (or with nvm: nvm install --lts) and start again.",
    },
  );
}

/** Installs the npm packages and builds, each only when it is due; the check costs some milliseconds. */
async function prepare() {
  if (packagesAreCurrent() && buildIsCurrent()) return;
  await locked(root, async () => {
    if (!packagesAreCurrent()) await installPackages();
    if (!buildIsCurrent()) await build();
  });
}

// npm keeps what it installed in a lockfile of its own inside node_modules. Optional packages for other platforms
// are rightly absent there; one for this platform is absent when node_modules was copied from another machine.
function packagesAreCurrent() {
  const installed = readPackages("node_modules/.package-lock.json");
  const wanted = readPackages("package-lock.json");
  if (!installed || !wanted) return false;
  return Object.entries(wanted).every(([name, { version, optional, peer, os, cpu, libc }]) => {
    if (name === "" || installed[name]?.version === version) return true;
    const forHere = os?.includes(process.platform) && cpu?.includes(process.arch) && !libc;
    return installed[name] === undefined && (optional || peer) && !forHere;
  });
}

function readPackages(file) {
  try {
    return JSON.parse(fs.readFileSync(path.join(root, file), "utf8")).packages;
  } catch {
    return undefined;
  }
}

// Not `npm ci`: it deletes node_modules first, under the feet of kernels that run from it, and refuses a lockfile
// that lacks a native package of another platform, as one made behind a partial mirror does. Nothing is saved.
async function installPackages() {
  const args = ["install", "--no-save", "--no-progress", "--loglevel=error"];
  const npm = process.env.npm_execpath?.endsWith("npm-cli.js") ? process.env.npm_execpath : undefined;
  await step("npm packages", async () => {
    const { code, output } = npm
      ? await run(process.execPath, [npm, ...args], { cwd: root })
      : await run("npm", args, { cwd: root, shell: process.platform === "win32" });
    if (code === 0) return;
    throw new Problem(`The npm packages could not be installed: npm ended with code ${code}.`, {
      output,
      remedy: "Check the network and the registry (npm config get registry), then start again.",
    });
  });
}

// A hash over names, sizes and times also notices deleted and renamed files and checkouts of older ones.
function sourcesState() {
  const hash = createHash("sha256");
  for (const file of ["tsconfig.json", "package-lock.json", ...sources()]) {
    const { size, mtimeMs } = fs.statSync(path.join(root, file));
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest("hex");
}

function sources() {
  return sourceFolders
    .flatMap(filesBelow)
    .filter((file) => file.endsWith(".ts"))
    .sort();
}

function filesBelow(folder) {
  if (!fs.existsSync(path.join(root, folder))) return [];
  return fs.readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((item) => {
    const name = `${folder}/${item.name}`;
    return item.isDirectory() ? filesBelow(name) : [name];
  });
}

function buildIsCurrent() {
  return fs.existsSync(stamp) && fs.readFileSync(stamp, "utf8") === sourcesState();
}

// tsc emits in spite of type errors. They are shown at every start until they are mended, since no stamp is
// written, but they don't stop somebody in the middle of a change; `npm run check` is the gate.
async function build() {
  const state = sourcesState();
  const compiler = path.join(root, "node_modules", "typescript", "bin", "tsc");
  const { code, output } = await step("build", () =>
    run(process.execPath, [compiler, "--pretty", "false"], { cwd: root }),
  );
  removeOrphans();
  if (code === 0) fs.writeFileSync(stamp, state);
  else console.error(output);
  if (!fs.existsSync(entry)) throw new Problem(`The build made no dist/${module}.js.`);
}

/** Deletes compiled files whose source is gone: a deleted test must not run any more. */
function removeOrphans() {
  const stems = new Set(sources().map((file) => file.replace(/\.ts$/, "")));
  for (const file of filesBelow("dist")) {
    const stem = file.slice("dist/".length).replace(/(\.js|\.d\.ts)(\.map)?$/, "");
    if (stem.includes("/") && !stems.has(stem)) fs.rmSync(path.join(root, file));
  }
}
