// Prints as one line of JSON which backends run here. `nablab doctor` starts it as a process of its own, because
// the kernel's side does not import the library and starting a backend can fail badly.
import { inspect, ready } from "./ladder.ts";

let failure: string | undefined;
await ready().catch((error: Error) => {
  failure = error.message;
});
console.log(JSON.stringify({ backends: await inspect(), failure }));
