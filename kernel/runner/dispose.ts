// What `using` needs at run time, as oxc's output calls it: `u` and `a` register a resource, `d` disposes of all of
// them in reverse order, and `e` holds the error that ended the block
// (https://github.com/tc39/proposal-explicit-resource-management).

interface Resource {
  value: unknown;
  dispose: () => unknown;
  isAsync: boolean;
}

class SuppressedError extends Error {
  override name = "SuppressedError";
  readonly error: unknown;
  readonly suppressed: unknown;

  constructor(error: unknown, suppressed: unknown) {
    super("Disposing of a resource failed, after another error.");
    this.error = error;
    this.suppressed = suppressed;
  }
}

const NOTHING = Symbol("no error");

class DisposalScope {
  e: unknown = NOTHING;
  readonly #resources: Resource[] = [];

  u<Value>(value: Value): Value {
    return this.#add(value, false);
  }

  a<Value>(value: Value): Value {
    return this.#add(value, true);
  }

  #add<Value>(value: Value, isAsync: boolean): Value {
    if (value === null || value === undefined) {
      if (isAsync) this.#resources.push({ value, dispose: () => undefined, isAsync });
      return value;
    }
    const methods = value as { [Symbol.dispose]?: unknown; [Symbol.asyncDispose]?: unknown };
    const method = (isAsync ? methods[Symbol.asyncDispose] : undefined) ?? methods[Symbol.dispose];
    if (typeof method !== "function") {
      const wanted = isAsync ? "[Symbol.asyncDispose]() or [Symbol.dispose]()" : "[Symbol.dispose]()";
      throw new TypeError(`\`using\` needs a value with ${wanted}, null or undefined.`);
    }
    this.#resources.push({ value, dispose: () => method.call(value), isAsync });
    return value;
  }

  d(): unknown {
    const resource = this.#resources.pop();
    if (!resource) {
      if (this.e !== NOTHING) throw this.e;
      return undefined;
    }
    try {
      const result = resource.dispose();
      if (resource.isAsync) {
        return Promise.resolve(result).then(
          () => this.d(),
          (error) => this.#failed(error),
        );
      }
    } catch (error) {
      return this.#failed(error);
    }
    return this.d();
  }

  #failed(error: unknown): unknown {
    this.e = this.e === NOTHING ? error : new SuppressedError(error, this.e);
    return this.d();
  }
}

export function usingCtx(): DisposalScope {
  return new DisposalScope();
}
