#!/usr/bin/env node
// Makes a checkout runnable, then runs the compiled module it is asked for: the `nablab` command, or with
// `--module tests/run` any other below dist/. Plain JavaScript without dependencies, because at first there is
// neither node_modules nor dist/. The published package ships its dist/, so there nothing is set up.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const sourceFolders = ["kernel", "lib", "tests"];
const stamp = path.join(root, "dist", ".sources");
const lock = path.join(root, ".nablab-bootstrap");

checkNode();
const rest = process.argv.slice(2);
const module = rest[0] === "--module" ? rest.splice(0, 2)[1] : "kernel/cli/main";
const entry = path.join(root, "dist", `${module}.js`);
if (fs.existsSync(path.join(root, "tsconfig.json"))) await prepare();
process.argv = [process.argv[0], entry, ...rest];
await import(pathToFileURL(entry).href);

function checkNode() {
  const wanted = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8")).engines.node;
  const [major, minor] = process.versions.node.split(".").map(Number);
  const [wantedMajor, wantedMinor] = wanted.match(/\d+/g).map(Number);
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  console.error(
    `nablab needs Node ${wanted}, but this is Node ${process.versions.node} (${process.execPath}).\n` +
      "Install a current Node from https://nodejs.org (or with nvm: `nvm install --lts`) and start again.",
  );
  process.exit(1);
}

/** Installs the npm packages and builds, each only when it is due; one process at a time. */
async function prepare() {
  if (packagesAreCurrent() && buildIsCurrent()) return;
  await takeLock();
  try {
    if (!packagesAreCurrent()) await installPackages();
    if (!buildIsCurrent()) await build();
  } finally {
    fs.rmSync(lock, { force: true });
  }
}

// npm keeps what it installed in a lockfile of its own inside node_modules. Optional packages for other
// platforms are rightly absent there; one for this platform is missing when node_modules was copied from elsewhere.
function packagesAreCurrent() {
  const installed = readPackages(path.join(root, "node_modules", ".package-lock.json"));
  const locked = readPackages(path.join(root, "package-lock.json"));
  if (!installed || !locked) return installed !== undefined;
  return Object.entries(locked).every(([name, { version, optional, peer, os, cpu, libc }]) => {
    if (name === "" || installed[name]?.version === version) return true;
    const forHere = os?.includes(process.platform) && cpu?.includes(process.arch) && !libc;
    return installed[name] === undefined && (optional || peer) && !forHere;
  });
}

function readPackages(file) {
  try {
    return JSON.parse(fs.readFileSync(file, "utf8")).packages;
  } catch {
    return undefined;
  }
}

// `npm ci` would delete an existing node_modules first, under the feet of kernels that run from it.
async function installPackages() {
  const fresh = !fs.existsSync(path.join(root, "node_modules", ".package-lock.json"));
  const npmScript = process.env.npm_execpath?.endsWith("npm-cli.js") ? process.env.npm_execpath : undefined;
  const [command, args] = npmScript ? [process.execPath, [npmScript]] : ["npm", []];
  const { code, output } = await step("npm packages", () =>
    run(command, [...args, ...(fresh ? ["ci"] : ["install", "--no-save"]), "--no-progress"]),
  );
  if (code === 0) return;
  fail(
    `The npm packages could not be installed (npm ended with ${code}):`,
    output,
    "Check the network and `npm config get registry`, then start again.",
  );
}

// A hash over names, sizes and times also sees deleted and renamed files and checkouts of older ones.
function sourcesState() {
  const hash = createHash("sha256");
  for (const file of ["tsconfig.json", "package-lock.json", ...sources()]) {
    const { size, mtimeMs } = fs.statSync(path.join(root, file));
    hash.update(`${file}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest("hex");
}

function sources() {
  return sourceFolders.flatMap((folder) => walk(folder).filter((file) => file.endsWith(".ts"))).sort();
}

function walk(folder) {
  if (!fs.existsSync(path.join(root, folder))) return [];
  return fs.readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((item) => {
    const name = `${folder}/${item.name}`;
    return item.isDirectory() ? walk(name) : [name];
  });
}

function buildIsCurrent() {
  return fs.existsSync(stamp) && fs.readFileSync(stamp, "utf8") === sourcesState();
}

// tsc emits in spite of type errors. They are shown at every start until they are mended (no stamp is written),
// but don't stop somebody who is in the middle of a change.
async function build() {
  const state = sourcesState();
  const compiler = path.join(root, "node_modules", "typescript", "bin", "tsc");
  const { code, output } = await step("build", () => run(process.execPath, [compiler, "--pretty", "false"]));
  removeOrphans();
  if (code === 0) return fs.writeFileSync(stamp, state);
  console.error(output);
  if (!fs.existsSync(entry)) fail("The build failed: see above.");
}

/** Deletes compiled files whose source is gone: a deleted test must not run any more. */
function removeOrphans() {
  const kept = new Set(sources().map((file) => file.replace(/(\.d)?\.ts$/, "")));
  for (const file of sourceFolders.flatMap((folder) => walk(`dist/${folder}`))) {
    const stem = file.slice("dist/".length).replace(/(\.js|\.d\.ts)(\.map)?$/, "");
    if (!kept.has(stem)) fs.rmSync(path.join(root, file));
  }
}

// setup/lock.ts does the same for .venv; this one runs before anything is compiled.
async function takeLock() {
  for (let waited = false; ; waited = true) {
    try {
      fs.writeFileSync(lock, String(process.pid), { flag: "wx" });
      process.once("exit", () => fs.rmSync(lock, { force: true }));
      return;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    const owner = ownerOf(lock);
    if (owner !== undefined && !isAlive(owner)) fs.rmSync(lock, { force: true });
    else if (!waited) console.error(`  waiting for process ${owner}, which is setting up the same folder`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
