// The face of the library, `dl` in notebooks and `import * as dl from "nablab"` in scripts. The best backend
// is ready when the import resolves.

import { ready } from "./backend/index.ts";

await ready();

export * as backend from "./backend/index.ts";
export { type Compiled, type CompileOptions, compile, memory } from "./backend/index.ts";
export { type Checkable, type CheckOptions, check } from "./check.ts";
export * as data from "./data/index.ts";
export * as explain from "./explain/index.ts";
export * as layers from "./layers/index.ts";
export * as metrics from "./metrics/index.ts";
export * as models from "./models/index.ts";
export * as plot from "./plot/index.ts";
export { Profile, profile } from "./profile/index.ts";
export {
  type LoadOptions,
  load,
  loadSavedModel,
  loadTensors,
  type NamedTensors,
  SavedModel,
  save,
} from "./save/index.ts";
export { type Summary, type SummaryOptions, summary } from "./summary/index.ts";
export * as train from "./train/index.ts";
