// An interrupt cuts off calls that Node keeps a stack of for its asynchronous contexts. Node would end the process when
// it finds the stack unbalanced; `--no-force-async-hooks-checks` turns that off, but an AsyncLocalStorage, which
// attributes output to cells, turns it on again. From Node 24 on these are made otherwise, and nothing is to be done.

interface AsyncWrap {
  async_hook_fields: Uint32Array;
  constants: { kCheck: number; kTotals: number };
  clearAsyncIdStack(): void;
}

let wrap: AsyncWrap | undefined;

/** Find Node's stack; must run before user code. */
export function openAsyncStack(): void {
  const { noDeprecation } = process;
  process.noDeprecation = true;
  try {
    const { binding } = process as unknown as { binding(name: "async_wrap"): AsyncWrap };
    wrap = binding.call(process, "async_wrap");
  } catch {
    // A Node without this binding has no stack to mend.
  }
  process.noDeprecation = noDeprecation ?? false;
}

/** Let the stack be unbalanced in what runs next; a library may have asked for the check. */
export function tolerateUnbalance(): void {
  if (!wrap) return;
  // The second, a count of hooks that the hooks themselves don't use, turns on a check in `InternalCallbackScope`.
  wrap.async_hook_fields[wrap.constants.kCheck] = 0;
  wrap.async_hook_fields[wrap.constants.kTotals] = 0;
}

/** Forget what an interrupt left behind. */
export function clearAsyncStack(): void {
  wrap?.clearAsyncIdStack();
}
