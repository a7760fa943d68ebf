// steps.mjs for the compiled side. tsc leaves plain JavaScript where it is, so it is loaded from there.

import { pathToFileURL } from "node:url";
import { inPackage } from "./project.ts";

const file = pathToFileURL(inPackage("kernel/cli/steps.mjs"));
export const { Problem, locked, run, step } = (await import(file.href)) as typeof import("../steps.mjs");
