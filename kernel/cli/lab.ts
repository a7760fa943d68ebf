// `nablab lab` (`npm start`): sets up what is missing and opens JupyterLab on the notebooks.

import { ensureEnvironment } from "./setup/environment.ts";
import { dataFolderOf } from "./setup/jupyter-paths.ts";
import { kernelSpec, writeKernelSpec } from "./setup/kernelspec.ts";
import { notebooksFolder, venv } from "./setup/project.ts";
import { serve } from "./setup/server.ts";
import { Problem } from "./setup/steps.ts";

const help = `Usage: npm start [-- options]   or   nablab lab [options]

Makes .venv with JupyterLab and libtensorflow, registers the kernel in it and opens JupyterLab on the notebooks.
What is there already is skipped. Ctrl-C stops JupyterLab and all kernels.

  --wasm          do without libtensorflow (250 MB): neither install nor use it, compute on the wasm backend
                  (so does NABLAB_BACKEND=wasm)
  --no-browser    only print the URL
  --port N        take port N, the next free one if it is in use (default 8888)
  --help          show this

All other options go to JupyterLab as they are, e.g. --notebook-dir DIR, --ip=0.0.0.0, --IdentityProvider.token=SECRET.
An NVIDIA driver brings in the CUDA libraries. Tested on Linux x64; macOS and Linux arm64 take TensorFlow's wheels
for them, Windows computes on wasm.`;

export async function main(args: string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    console.log(help);
    return 0;
  }
  const wasm = args.includes("--wasm") || process.env.NABLAB_BACKEND === "wasm";
  try {
    const python = await ensureEnvironment({ tensorflow: !wasm });
    if (writeKernelSpec(dataFolderOf(venv), kernelSpec())) console.error("  kernel registered in .venv");
    return await serve(python, {
      folder: notebooksFolder(),
      args: args.filter((argument) => argument !== "--wasm"),
      env: wasm ? { NABLAB_BACKEND: "wasm" } : {},
    });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    console.error(`\n${error}`);
    return 1;
  }
}
