// The kernel against ipykernel, timed by jupyter_client: launch, cells, completion, interrupts, output, deaths.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { MeasureOptions, Samples } from "./samples.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

export async function measure({ repetitions }: MeasureOptions): Promise<Samples[]> {
  const prefix = mkdtempSync(join(tmpdir(), "nablab-bench-"));
  try {
    execFileSync(process.execPath, [join(root, "dist/kernel/cli/main.js"), "install", "--prefix", prefix]);
    const output = execFileSync(
      join(root, ".venv/bin/python"),
      [join(root, "tests/bench/kernel.py"), String(repetitions)],
      {
        encoding: "utf8",
        env: {
          ...process.env,
          NABLAB_HISTORY: "off",
          PYTHONWARNINGS: "ignore",
          JUPYTER_PATH: join(prefix, "share/jupyter"),
        },
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    return JSON.parse(output) as Samples[];
  } finally {
    rmSync(prefix, { recursive: true });
  }
}
