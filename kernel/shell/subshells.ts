// Subshells: each has a queue of cells of its own, so that a cell of one runs while a cell of another awaits. They share
// the session and its variables. See https://jupyter.org/enhancement-proposals/91-kernel-subshells.

import { randomUUID } from "node:crypto";
import { MalformedRequest, readString } from "./content.ts";
import type { CellExecutor } from "./execute.ts";
import type { ExecutionQueue } from "./execution-queue.ts";
import type { Content, Header } from "./transport.ts";

export interface Shell {
  queue: ExecutionQueue;
  executor: CellExecutor;
}

export class Subshells {
  readonly #open: () => Shell;
  readonly #main: Shell;
  readonly #shells = new Map<string, Shell>();

  constructor(open: () => Shell) {
    this.#open = open;
    this.#main = open();
  }

  get all(): Shell[] {
    return [this.#main, ...this.#shells.values()];
  }

  /** The shell that a request is for. Throws where it names one that does not exist. */
  of({ subshell_id: id }: Header): Shell {
    return id === undefined || id === null ? this.#main : this.#find(id);
  }

  create(): Content {
    const id = randomUUID();
    this.#shells.set(id, this.#open());
    return { subshell_id: id };
  }

  /** Its cells that wait are called off; one that runs comes to its end. */
  delete(content: Content): Content {
    const id = readString(content, "subshell_id");
    this.#find(id).queue.abortWaiting();
    this.#shells.delete(id);
    return {};
  }

  list(): Content {
    return { subshell_id: [...this.#shells.keys()] };
  }

  #find(id: string): Shell {
    const shell = this.#shells.get(id);
    if (shell) return shell;
    throw new MalformedRequest(`There is no subshell ${JSON.stringify(id)}; it may have been deleted.`);
  }
}
