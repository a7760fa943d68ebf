// One line an epoch in a file that any table program opens.

import { appendFile, writeFile } from "node:fs/promises";
import type { FitCallback } from "../callback.ts";

export interface CsvLoggerOptions {
  /** The file; its folder must exist. */
  path: string;
  /** Between the columns. Defaults to `","`. */
  separator?: string;
}

/** Write epoch, loss and metrics after each epoch. A resumed run adds to the file, another one begins it anew. */
export function csvLogger({ path, separator = "," }: CsvLoggerOptions): FitCallback {
  let [columns, resumed]: [string[] | undefined, boolean] = [undefined, false];
  return {
    name: "csvLogger",
    onStart({ epoch }) {
      resumed = epoch > 0;
      if (!resumed) columns = undefined;
    },
    async onEpochEnd({ epoch, values }) {
      if (!columns) {
        columns = Object.keys(values);
        if (!resumed) await writeFile(path, `${["epoch", ...columns].join(separator)}\n`);
      }
      const row = [epoch, ...columns.map((name) => values[name] ?? "")];
      await appendFile(path, `${row.join(separator)}\n`);
    },
    save: () => ({ values: columns ?? null }),
    restore({ values }) {
      columns = (values as string[] | null) ?? undefined;
    },
  };
}
