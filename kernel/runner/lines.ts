// Newline-delimited JSON from a stream, without copying long lines again with every chunk. User code can reach the pipes
// too: lines that are no messages are passed over.

import type { Readable } from "node:stream";

const NEWLINE = 10;
// User code may replace it.
const { parse } = JSON;

export function readMessages<Message>(stream: Readable, onMessage: (message: Message) => void): void {
  let parts: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      parts.push(chunk.subarray(start, end));
      start = end + 1;
      const line = parts.length === 1 ? String(parts[0]) : String(Buffer.concat(parts));
      parts = [];
      if (line === "") continue; // each message begins on a line of its own; what can't be parsed is slow to refuse
      let message: unknown;
      try {
        message = parse(line);
      } catch {
        continue;
      }
      if (typeof message === "object" && message !== null) onMessage(message as Message);
    }
    if (start < chunk.length) parts.push(chunk.subarray(start));
  });
  // The other end may be gone at any time; "close" tells.
  stream.on("error", () => undefined);
}
