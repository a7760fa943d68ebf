// `nablab uninstall`: takes back what `nablab install` did.

import { removeKernelSpec, specFolder } from "./setup/kernelspec.ts";
import { locationHelp, parseLocation } from "./setup/location.ts";
import { Problem } from "./setup/steps.ts";

const help = `Usage: nablab uninstall [--user | --sys-prefix | --prefix DIR]

Removes the kernel "TypeScript (nablab)" from Jupyter.
${locationHelp}`;

export async function main(args: string[]): Promise<number> {
  try {
    const location = await parseLocation(args);
    if (!location) {
      console.log(help);
      return 0;
    }
    const folder = specFolder(location.dataFolder);
    console.log(
      removeKernelSpec(location.dataFolder) ? `Removed ${folder}` : `There is no kernel in ${folder}`,
    );
    return 0;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    console.error(`nablab uninstall: ${error}`);
    return 1;
  }
}
