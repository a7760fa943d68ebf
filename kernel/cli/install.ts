// `nablab install`: registers the kernel with a Jupyter other than the project's own.

import { kernelSpec, specFolder, tensorflowFor, writeKernelSpec } from "./setup/kernelspec.ts";
import { locationHelp, parseLocation } from "./setup/location.ts";
import { Problem } from "./setup/steps.ts";

const help = `Usage: nablab install [--user | --sys-prefix | --prefix DIR]

Registers the kernel "TypeScript (nablab)" with Jupyter. It runs from this folder, with this Node.
${locationHelp}`;

export async function main(args: string[]): Promise<number> {
  try {
    const location = await parseLocation(args);
    if (!location) {
      console.log(help);
      return 0;
    }
    const active = [process.env.VIRTUAL_ENV, process.env.CONDA_PREFIX].filter(
      (prefix) => prefix !== undefined,
    );
    const tensorflow = tensorflowFor([...(location.prefix ? [location.prefix] : []), ...active]);
    const written = writeKernelSpec(location.dataFolder, kernelSpec(tensorflow ? { tensorflow } : {}));
    console.log(
      `The kernel is ${written ? "registered" : "registered already"} in ${specFolder(location.dataFolder)}`,
    );
    if (tensorflow) console.log(`It binds libtensorflow from ${tensorflow}`);
    return 0;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    console.error(`nablab install: ${error}`);
    return 1;
  }
}
