// Handles the front end's comm messages one after the other, each from a fresh turn of the event loop: at once between
// cells and while a cell awaits, and after it where it spins. What handlers show belongs to the message.

import { tolerateUnbalance } from "./async-stack.ts";
import { receive } from "./comms.ts";
import { whenInterrupted } from "./interrupts.ts";
import type { CommMessage } from "./messages.ts";
import { type Execution, executions, publish, send } from "./output.ts";
import { errorContent, INTERRUPTED } from "./traceback.ts";

const immediately = setImmediate;
/** Messages whose handlers have not all come to their end. */
const handling = new Set<Execution>();

export function handleComm({ id, message }: { id: string; message: CommMessage }): void {
  const execution: Execution = {
    id,
    name: "what a front end's message started",
    sequence: 0,
    isAbandoned: false,
    isLabelled: false,
    pending: new Set(),
  };
  immediately(() => {
    handling.add(execution);
    executions.run(execution, () => {
      tolerateUnbalance();
      void finish(execution, receive(message));
    });
  });
}

async function finish(execution: Execution, results: unknown[]): Promise<void> {
  for (const result of await Promise.allSettled(results)) {
    if (result.status === "rejected") publish({ type: "error", ...errorContent(result.reason) }, execution);
  }
  while (execution.pending.size > 0) await Promise.all(execution.pending);
  end(execution);
}

function end(execution: Execution): void {
  if (handling.delete(execution)) send({ type: "handled", id: execution.id });
}

whenInterrupted(() => {
  for (const execution of handling) {
    publish({ type: "error", ...INTERRUPTED }, execution);
    execution.isAbandoned = true;
    end(execution);
  }
});
