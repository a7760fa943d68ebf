// Values in the runner, by numbered references as the Debug Adapter Protocol asks for them. The runner describes
// them itself (kernel/runner/variables.ts).

import type { Runtime as Inspected } from "node:inspector";
import { inspect } from "node:util";
import type { Inspector } from "../runner/inspector.ts";
import { RUNTIME } from "../runner/runtime.ts";

/** Without the optional type: where there is one, JupyterLab shows it instead of the value. */
interface Variable {
  name: string;
  value: string;
  evaluateName: string;
  /** 0 where it has no parts. */
  variablesReference: number;
}

/** As the runner describes a value. */
interface Description {
  name: string;
  value: string;
  type: string;
  hasParts: boolean;
}

/** Something with parts: an object, or part of a list of parts. */
interface Reference {
  objectId: string;
  index?: number;
}

const FUNCTIONS = `${RUNTIME}.variables`;
const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

export class Values {
  readonly #inspector: Inspector;
  readonly #references = new Map<number, Reference | { scopes: string[] | "session" }>();
  #count = 0;

  constructor(inspector: Inspector) {
    this.#inspector = inspector;
  }

  /** Forget all references. */
  clear(): void {
    this.#references.clear();
  }

  /** A reference to the variables of scopes, the innermost first, or to the session's. */
  scope(scopes: string[] | "session"): number {
    return this.#reference({ scopes });
  }

  /** A value that an evaluation gave. */
  async of(
    result: Inspected.RemoteObject,
  ): Promise<{ result: string; type: string; variablesReference: number }> {
    const { objectId, type, unserializableValue, value } = result;
    if (objectId === undefined) {
      return { result: unserializableValue ?? inspect(value), type, variablesReference: 0 };
    }
    const declaration = `function () { return ${FUNCTIONS}.describe({ names: [""], values: [this] })[0] }`;
    const description = await this.#compute<Description>(declaration, objectId);
    const variablesReference = description.hasParts ? this.#reference({ objectId }) : 0;
    return { result: description.value, type: description.type, variablesReference };
  }

  /** The parts of what is referred to. `start` and `count` choose among them. */
  async variables(reference: number, { start = 0, count = 0 } = {}): Promise<Variable[]> {
    const target = this.#references.get(reference);
    if (!target) return [];
    const parts = "scopes" in target ? await this.#partsOfScope(target.scopes) : await this.#partsOf(target);
    const objectId = parts.objectId ?? "";
    const describe = `function () { return ${FUNCTIONS}.describe(this) }`;
    const descriptions = await this.#compute<Description[]>(describe, objectId);
    const end = count > 0 ? start + count : descriptions.length;
    return descriptions.slice(start, end).map(({ name, value, hasParts }, offset) => ({
      name,
      value,
      evaluateName: IDENTIFIER.test(name) ? name : "",
      variablesReference: hasParts ? this.#reference({ objectId, index: start + offset }) : 0,
    }));
  }

  /** All representations of a value, by MIME type. */
  async represent(result: Inspected.RemoteObject, options: { canWait: boolean }): Promise<object> {
    const { objectId } = result;
    if (objectId === undefined) return { "text/plain": (await this.of(result)).result };
    const represent = `function () { return ${FUNCTIONS}.represent(this) }`;
    const bundle = await this.#compute<object>(represent, objectId, { awaitPromise: options.canWait });
    // While all stands still, a promise stays one.
    return "text/plain" in bundle ? bundle : { "text/plain": (await this.of(result)).result };
  }

  #reference(target: Reference | { scopes: string[] | "session" }): number {
    this.#count += 1;
    this.#references.set(this.#count, target);
    return this.#count;
  }

  async #partsOfScope(scopes: string[] | "session"): Promise<Inspected.RemoteObject> {
    if (scopes === "session") {
      const { result } = await this.#inspector.post<Inspected.EvaluateReturnType>("Runtime.evaluate", {
        expression: `${FUNCTIONS}.session()`,
        objectGroup: SESSION_GROUP,
      });
      return result;
    }
    const [first, ...rest] = scopes;
    const args = rest.map((objectId) => ({ objectId }));
    return this.#call(`function (...scopes) { return ${FUNCTIONS}.scope(this, ...scopes) }`, first ?? "", {
      arguments: args,
    });
  }

  #partsOf({ objectId, index }: Reference): Promise<Inspected.RemoteObject> {
    const value = index === undefined ? "this" : `this.values[${index}]`;
    return this.#call(`function () { return ${FUNCTIONS}.partsOf(${value}) }`, objectId);
  }

  /** The result of a function called on an object, itself. */
  async #compute<Value>(functionDeclaration: string, objectId: string, options: object = {}): Promise<Value> {
    return (await this.#call(functionDeclaration, objectId, { ...options, returnByValue: true })).value;
  }

  /** The result of a function called on an object, as a remote object. */
  async #call(
    functionDeclaration: string,
    objectId: string,
    options: object = {},
  ): Promise<Inspected.RemoteObject> {
    const { result, exceptionDetails } = await this.#inspector.post<Inspected.CallFunctionOnReturnType>(
      "Runtime.callFunctionOn",
      { functionDeclaration, objectId, ...options },
    );
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result;
  }
}

/** The values that are looked at while nothing is paused; the inspector keeps them alive until they are released. */
export const SESSION_GROUP = "session";
