// A widget: a model whose attributes the session and every view in the front end share. Each change on one side is
// told to the other by the protocol of Jupyter's widgets, version 2.1.0.

import { inspect, isDeepStrictEqual } from "node:util";
import { displaySymbol } from "../../lib/plot/display.ts";
import { type Comm, comms, type Received } from "../runner/comms.ts";
import { noSuchName, wrongValue } from "./errors.ts";
import { type Trait, type Traits, type WidgetReference, wireName } from "./traits.ts";
import { type Packed, pack, unpack } from "./wire.ts";

/** What kind of model a widget is: names of the front end's classes, and the attributes. */
export interface Definition {
  name: string;
  /** The front end's module of the model, and its version. */
  module: [name: string, version: string];
  model: string;
  /** The view's module, where it is another. */
  viewModule?: [name: string, version: string];
  /** Null for what is never shown. */
  view: string | null;
  traits: Traits;
  /** Attributes that the front end does not know. */
  derived?: string[];
  /** Brings values into their bounds; called with every change. */
  normalize?(values: Record<string, unknown>): Record<string, unknown>;
}

type Listener = (...values: never[]) => unknown;

/** All widgets that are not closed, by their ids. */
const open = new Map<string, Widget<object, never>>();

/** A control or another part of a view. `Values` are its attributes, `Events` what the front end tells beside them. */
export class Widget<Values extends object, Events extends string = never> implements WidgetReference {
  /** The id of its model and of its comm. */
  readonly id: string;
  readonly #definition: Definition;
  readonly #comm: Comm;
  readonly #values: Record<string, unknown> = {};
  readonly #derived = new Map<string, { from: string[]; get: () => unknown; last: unknown }>();
  readonly #listeners = new Map<string, Set<Listener>>();
  /** What the front end has just sent: it need not hear it again. */
  #received: Record<string, unknown> = {};

  constructor(definition: Definition, options: Record<string, unknown> = {}) {
    this.#definition = definition;
    const { traits } = definition;
    for (const name of Object.keys(options)) {
      if (!(name in traits)) throw noSuchName(definition.name, "option", name, namesOf(definition));
    }
    for (const [name, trait] of Object.entries(traits)) {
      const given = options[name];
      this.#values[name] = given === undefined ? trait.initial() : this.#read(name, trait, given);
      Object.defineProperty(this, name, {
        get: () => this.#values[name],
        set: (value: unknown) => this.#set({ [name]: value }),
        enumerable: true,
      });
    }
    Object.assign(this.#values, this.#normalized(this.#values));
    const { packed, buffers } = pack(this.#wire());
    this.#comm = comms.open("jupyter.widget", packed, { version: "2.1.0" }, buffers);
    this.id = this.#comm.id;
    this.#comm.on("message", (message) => this.#receive(message));
    this.#comm.on("close", () => this.#forget());
    open.set(this.id, this as unknown as Widget<object, never>);
  }

  /** Change several attributes in one message. Throws a TypeError for a wrong name or value, and changes nothing. */
  set(values: Partial<Values>): void {
    this.#set(values as Record<string, unknown>);
  }

  /** Call `listener` when the attribute `name` has changed, on either side. Gives a function that ends this. */
  observe<Name extends keyof Values & string>(
    name: Name,
    listener: (value: Values[Name], previous: Values[Name]) => unknown,
  ): () => void {
    if (!(name in this)) {
      throw noSuchName(this.#definition.name, "attribute", name, namesOf(this.#definition));
    }
    return this.#listen(`change:${name}`, listener);
  }

  /** Call `listener` with the attributes that changed, on either side. Gives a function that ends this. */
  on(event: "change", listener: (changed: Partial<Values>) => unknown): () => void;
  /** Call `listener` with each message of the widget's own that a view sends. Gives a function that ends this. */
  on(
    event: "message",
    listener: (message: Pick<Received, "buffers"> & { content: unknown }) => unknown,
  ): () => void;
  /** Call `listener` when this has happened in the front end. Gives a function that ends this. */
  on(event: Events, listener: () => unknown): () => void;
  on(event: string, listener: Listener): () => void {
    return this.#listen(event, listener);
  }

  /** Send the views a message of the widget's own. */
  send(content: unknown, buffers: readonly (ArrayBuffer | ArrayBufferView)[] = []): void {
    this.#comm.send({ method: "custom", content }, {}, buffers);
  }

  /** Remove it from the front end. Its attributes can still be read. */
  close(): void {
    this.#comm.close();
    this.#forget();
  }

  /** How Jupyter shows it. */
  [displaySymbol](): Record<string, unknown> {
    const plain = { "text/plain": inspect(this) };
    if (this.#definition.view === null || !this.#comm.isOpen) return plain;
    const view = { version_major: 2, version_minor: 0, model_id: this.id };
    return { ...plain, "application/vnd.jupyter.widget-view+json": view };
  }

  [inspect.custom](_depth: number, options: object): string {
    const { name, traits } = this.#definition;
    const shown = Object.entries(traits).filter(
      ([key, trait]) =>
        !["layout", "style"].includes(key) &&
        (key === "value" || !isEqual(this.#values[key], trait.initial())),
    );
    const derived = [...this.#derived].map(([key, { get }]) => [key, get()]);
    const entries = [...shown.map(([key]) => [key, this.#values[key]]), ...derived];
    return `${name} ${inspect(Object.fromEntries(entries), options)}`;
  }

  /** An attribute that the front end does not know: it follows from the attributes `from`. */
  protected derive(
    name: string,
    from: string[],
    { get, set }: { get(): unknown; set(value: unknown): void },
  ): void {
    this.#derived.set(name, { from, get, last: get() });
    Object.defineProperty(this, name, { get, set, enumerable: true });
  }

  /** Its attributes as the front end knows them, or those called `names`. */
  #wire(names = Object.keys(this.#definition.traits)): Record<string, unknown> {
    const { model, view, module, viewModule = module, traits } = this.#definition;
    const whole = names.length === Object.keys(traits).length;
    const identity = {
      _model_name: model,
      _model_module: module[0],
      _model_module_version: module[1],
      _view_name: view,
      _view_module: viewModule[0],
      _view_module_version: viewModule[1],
    };
    const state = names.map((name) => {
      const trait = traits[name] as Trait<unknown>;
      const value = this.#values[name];
      return [wireName(name, trait), trait.toWire ? trait.toWire(value) : value];
    });
    return { ...(whole && identity), ...Object.fromEntries(state) };
  }

  /** Its model, as the control comm tells it. */
  describe(): { model: object; packed: Packed; buffers: Uint8Array[] } {
    const { model, module } = this.#definition;
    const [model_module, model_module_version] = module;
    const { packed, buffers } = pack(this.#wire());
    return { model: { model_name: model, model_module, model_module_version }, packed, buffers };
  }

  #read(name: string, trait: Trait<unknown>, given: unknown): unknown {
    const value = trait.read(given);
    if (value === undefined) throw wrongValue(this.#definition.name, name, given, trait.expected);
    return value;
  }

  #normalized(values: Record<string, unknown>): Record<string, unknown> | undefined {
    try {
      return this.#definition.normalize?.(values);
    } catch (error) {
      throw new RangeError(`${this.#definition.name}: ${(error as Error).message}`);
    }
  }

  /** Gives what the listeners returned. */
  #set(given: Record<string, unknown>): unknown[] {
    const { traits } = this.#definition;
    const next = { ...this.#values };
    for (const [name, value] of Object.entries(given)) {
      const trait = traits[name];
      if (this.#derived.has(name)) (this as Record<string, unknown>)[name] = value;
      else if (trait) next[name] = this.#read(name, trait, value);
      else throw noSuchName(this.#definition.name, "attribute", name, namesOf(this.#definition));
    }
    Object.assign(next, this.#normalized(next));
    const names = Object.keys(traits).filter((name) => !isEqual(next[name], this.#values[name]));
    const previous = { ...this.#values };
    for (const name of names) this.#values[name] = next[name];
    this.#send(Object.keys(traits).filter((name) => this.#isNews(name, names)));
    this.#received = {};
    const results = names.flatMap((name) => this.#emit(`change:${name}`, next[name], previous[name]));
    const changed = Object.fromEntries(names.map((name) => [name, next[name]]));
    for (const [name, derived] of this.#derived) {
      if (!derived.from.some((each) => names.includes(each))) continue;
      const value = derived.get();
      if (isEqual(value, derived.last)) continue;
      const { last } = derived;
      derived.last = value;
      changed[name] = value;
      results.push(...this.#emit(`change:${name}`, value, last));
    }
    if (Object.keys(changed).length > 0) results.push(...this.#emit("change", changed));
    return results;
  }

  /** Whether the front end does not know the value that `name` has now. */
  #isNews(name: string, changed: readonly string[]): boolean {
    if (name in this.#received) return !isEqual(this.#received[name], this.#values[name]);
    return changed.includes(name);
  }

  #send(names: string[]): void {
    if (names.length === 0 || !this.#comm.isOpen) return;
    const { packed, buffers } = pack(this.#wire(names));
    this.#comm.send({ method: "update", ...packed }, {}, buffers);
  }

  #receive({ data, buffers }: Received): unknown {
    if (data.method === "request_state") {
      this.#send(Object.keys(this.#definition.traits));
    } else if (data.method === "custom") {
      const content = data.content as { event?: unknown } | null;
      const results = this.#emit("message", { content, buffers });
      const { event } = content ?? {};
      return Promise.all([...results, ...(typeof event === "string" ? this.#emit(event) : [])]);
    } else if (data.method === "update") {
      return this.#update(data as unknown as Packed, buffers);
    }
    return undefined;
  }

  /** All views hear of the change first (`echo_update`), and then only where the session made something else of it. */
  #update({ state, buffer_paths = [] }: Packed, buffers: readonly Uint8Array[]): unknown {
    this.#comm.send({ method: "echo_update", state, buffer_paths }, {}, buffers);
    const whole = unpack({ state, buffer_paths }, buffers);
    const given: Record<string, unknown> = {};
    for (const [name, trait] of Object.entries(this.#definition.traits)) {
      const key = wireName(name, trait);
      if (key in whole) given[name] = trait.fromWire ? trait.fromWire(whole[key]) : whole[key];
    }
    this.#received = given;
    try {
      return Promise.all(this.#set(given));
    } finally {
      this.#received = {};
    }
  }

  #listen(event: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  #emit(event: string, ...values: unknown[]): unknown[] {
    return [...(this.#listeners.get(event) ?? [])].map((listener) => listener(...(values as never[])));
  }

  #forget(): void {
    open.delete(this.id);
  }
}

/** The attributes that a user knows. */
function namesOf({ traits, derived = [] }: Definition): string[] {
  return [...derived, ...Object.keys(traits).filter((name) => name !== "optionsLabels")];
}

/** Whether nobody could tell the two apart; widgets are equal only to themselves. */
function isEqual(left: unknown, right: unknown): boolean {
  if (left instanceof Widget || right instanceof Widget) return left === right;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((each, index) => isEqual(each, right[index]));
  }
  return isDeepStrictEqual(left, right);
}

/** Answers the control comm: the models of all open widgets in one message. */
export function replyStates(comm: Comm): void {
  const states: Record<string, unknown> = {};
  const paths: Packed["buffer_paths"] = [];
  const all: Uint8Array[] = [];
  for (const [id, widget] of open) {
    const { model, packed, buffers } = widget.describe();
    states[id] = { ...model, state: packed.state };
    paths.push(...packed.buffer_paths.map((path) => [id, "state", ...path]));
    all.push(...buffers);
  }
  comm.send({ method: "update_states", states, buffer_paths: paths }, {}, all);
}
