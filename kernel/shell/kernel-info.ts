// kernel_info: who we are and which language the front end should colour.

import { createRequire } from "node:module";
import { PROTOCOL_VERSION } from "../wire/message.ts";
import type { Content } from "./transport.ts";

const require = createRequire(import.meta.url);

/** Read from the packages' own files, so that neither compiler nor library is loaded for it. */
const versions = {
  nablab: (require("../../../package.json") as { version: string }).version,
  typescript: (require("typescript/package.json") as { version: string }).version,
};

/** The language as notebooks record it and as JupyterLab, nbconvert and Pygments look it up. */
export const languageInfo = {
  name: "typescript",
  version: versions.typescript,
  mimetype: "application/typescript",
  file_extension: ".ts",
  pygments_lexer: "typescript",
  codemirror_mode: "typescript",
  nbconvert_exporter: "script",
};

export function kernelInfo(): Content {
  return {
    protocol_version: PROTOCOL_VERSION,
    implementation: "nablab",
    implementation_version: versions.nablab,
    language_info: languageInfo,
    banner: `nablab ${versions.nablab}: TypeScript ${versions.typescript} on Node ${process.version}`,
    debugger: true,
    supported_features: ["debugger", "kernel subshells"],
    help_links: [
      { text: "TypeScript", url: "https://www.typescriptlang.org/docs/" },
      { text: "TensorFlow.js", url: "https://js.tensorflow.org/api/latest/" },
      { text: "Node", url: `https://nodejs.org/docs/latest-v${process.versions.node.split(".")[0]}.x/api/` },
    ],
  };
}
