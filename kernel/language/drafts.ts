// The modules of cells that are being typed. TypeScript updates its program quickly where one file changed and imports
// what it imported before; otherwise all modules are resolved anew, which takes ten times as long. So each list of
// imports has a module of its own, and going back and forth between cells costs nothing.

import { VIRTUAL } from "./workspace.ts";

/** The server checks none of them until asked, but keeps their syntax trees. */
const MAXIMUM = 8;

const SPECIFIER = /\b(?:from|import|require)\b[\s(]*["']([^"'\n]+)/g;

export class Drafts {
  /** File names by what is imported, the latest last. */
  readonly #files = new Map<string, string>();
  #count = 0;

  /** The file for a module's text; the longest unused one gives way to a new list of imports. */
  fileFor(text: string, extension: "ts" | "tsx"): string {
    const key = [extension, ...Array.from(text.matchAll(SPECIFIER), ([, specifier]) => specifier)].join("\n");
    const file = this.#files.get(key) ?? this.#free(extension);
    this.#files.delete(key);
    this.#files.set(key, file);
    return file;
  }

  #free(extension: string): string {
    if (this.#files.size >= MAXIMUM) {
      for (const [key, file] of this.#files) {
        if (!file.endsWith(`.${extension}`)) continue;
        this.#files.delete(key);
        return file;
      }
    }
    this.#count += 1;
    return `${VIRTUAL}draft-${this.#count}.${extension}`;
  }
}
