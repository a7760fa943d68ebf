// Magics, shell lines and `npm:` imports, for the kernel's side. The runner's side is run.ts.

export { magicHelp } from "./catalog.ts";
export { completeMagic } from "./complete.ts";
export { prepare, UsageError } from "./session.ts";
export { type Translation, translate } from "./translate.ts";
