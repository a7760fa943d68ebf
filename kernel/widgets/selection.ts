// Controls to choose among options. The front end knows the options' labels and the chosen index only; the values stay
// in the session and may be anything.

import { buttonStyle, editable, slider } from "./controls.ts";
import { wrongValue } from "./errors.ts";
import { CONTROLS, type WidgetOf } from "./styles.ts";
import { int, list, nullable, type Options, oneOf, type Traits, text } from "./traits.ts";
import { type Definition, Widget } from "./widget.ts";

/** Values, which are their own labels, or labels with values. */
export type Choices<Value = unknown> =
  | readonly Value[]
  | readonly (readonly [label: string, value: Value])[]
  | Readonly<Record<string, Value>>;

export type Chosen<C> = C extends readonly (readonly [string, infer Value])[]
  ? Value
  : C extends readonly (infer Value)[]
    ? Value
    : C extends Readonly<Record<string, infer Value>>
      ? Value
      : never;

interface Selection<Value, Choice, Index> {
  /** What can be chosen; a new list selects its first. */
  options: Choices<Value>;
  /** The chosen value. */
  value: Choice;
  /** Its label. */
  readonly label: string | readonly string[] | null;
  /** Its place in the list. */
  index: Index;
}

type SelectionWidget<T extends Traits, Value, Choice, Index> = Widget<
  Omit<WidgetOf<T>, keyof Widget<object>> & Selection<Value, Choice, Index>
> &
  Omit<WidgetOf<T>, keyof Widget<object> | "optionsLabels" | "index"> &
  Selection<Value, Choice, Index>;

type SelectionOptions<T extends Traits, C, Choice, Index> = Omit<Options<T>, "optionsLabels" | "index"> & {
  options: C;
  value?: NoInfer<Choice>;
  index?: Index;
};

/** How a kind of control counts what is chosen. */
interface Counting {
  /** The index at first. */
  first(count: number): unknown;
  /** Places of values, and back. */
  toIndex(value: unknown, place: (value: unknown) => number): unknown;
  fromIndex(index: unknown, at: (place: number) => unknown): unknown;
}

const one: Counting = {
  first: (count) => (count > 0 ? 0 : null),
  toIndex: (value, place) => (value === null ? null : place(value)),
  fromIndex: (index, at) => (index === null ? null : at(index as number)),
};

const several: Counting = {
  first: () => [],
  toIndex: (values, place) => (values as unknown[]).map(place),
  fromIndex: (index, at) => (index as number[]).map(at),
};

class SelectionModel extends Widget<object> {
  readonly #definition: Definition;
  #pairs: [label: string, value: unknown][];

  constructor(definition: Definition, counting: Counting, given: Record<string, unknown>) {
    const { options, value, ...rest } = given;
    const pairs = pairsOf(definition.name, options ?? []);
    const place = (wanted: unknown) => placeOf(definition.name, pairs, wanted);
    const index = value === undefined ? counting.first(pairs.length) : counting.toIndex(value, place);
    super(definition, { index, ...rest, optionsLabels: pairs.map(([label]) => label) });
    this.#definition = definition;
    this.#pairs = pairs;
    const state = this as unknown as { index: unknown };
    const chosen = (part: 0 | 1) => () =>
      counting.fromIndex(state.index, (at) => (this.#pairs[at] ?? [null, null])[part]);
    const from = ["index", "optionsLabels"];
    this.derive("value", from, {
      get: chosen(1),
      set: (next) => {
        state.index = counting.toIndex(next, (wanted) => placeOf(definition.name, this.#pairs, wanted));
      },
    });
    this.derive("label", from, { get: chosen(0), set: () => this.#refuse() });
    Object.defineProperty(this, "options", {
      get: () => this.#pairs,
      set: (next: unknown) => {
        this.#pairs = pairsOf(definition.name, next);
        const labels = this.#pairs.map(([label]) => label);
        this.set({ optionsLabels: labels, index: counting.first(labels.length) } as object);
      },
    });
  }

  #refuse(): never {
    throw new TypeError(`${this.#definition.name}'s "label" follows from "value": set that.`);
  }
}

function pairsOf(widget: string, options: unknown): [string, unknown][] {
  if (typeof options !== "object" || options === null) {
    throw wrongValue(widget, "options", options, "an array of values or of [label, value], or an object");
  }
  if (!Array.isArray(options)) return Object.entries(options);
  const isPair = (each: unknown) => Array.isArray(each) && each.length === 2 && typeof each[0] === "string";
  return options.every(isPair) ? [...options] : options.map((each) => [String(each), each]);
}

function placeOf(widget: string, pairs: readonly [string, unknown][], wanted: unknown): number {
  const place = pairs.findIndex(([, value]) => Object.is(value, wanted));
  if (place < 0) {
    const labels = pairs.map(([label]) => label).join(", ");
    throw wrongValue(widget, "value", wanted, `one of its options: ${labels}`);
  }
  return place;
}

function definitionOf(name: string, traits: Traits): Definition {
  return {
    name,
    module: CONTROLS,
    model: `${name}Model`,
    view: `${name}View`,
    traits,
    derived: ["options", "value", "label"],
  };
}

const labels = { optionsLabels: { ...list(text()), wire: "_options_labels" } };

function selection<T extends Traits>(name: string, traits: T) {
  const definition = definitionOf(name, { ...labels, index: nullable(int()), ...traits });
  return <const C extends Choices>(
    options: SelectionOptions<T, C, Chosen<C> | null, number | null>,
  ): SelectionWidget<T, Chosen<C>, Chosen<C> | null, number | null> =>
    new SelectionModel(definition, one, options as Record<string, unknown>) as never;
}

/** A list that opens: of `options`, the first is chosen where no `value` is given. */
export const Dropdown = selection("Dropdown", editable("DescriptionStyle"));

/** Options with a round mark each, of which one is chosen. */
export const RadioButtons = selection("RadioButtons", {
  orientation: oneOf(["vertical", "horizontal"], "vertical"),
  ...editable("DescriptionStyle"),
});

/** A list of `rows` (5) visible options, of which one is chosen. */
export const Select = selection("Select", { rows: int(5), ...editable("DescriptionStyle") });

/** Buttons, of which one is down. */
export const ToggleButtons = selection("ToggleButtons", {
  buttonStyle,
  icons: list(text()),
  tooltips: list(text()),
  ...editable("ToggleButtonsStyle"),
});

const { orientation, readout, continuousUpdate, behavior } = slider;

/** A slider along the options. */
export const SelectionSlider = selection("SelectionSlider", {
  orientation,
  readout,
  continuousUpdate,
  behavior,
  ...editable("SliderStyle"),
});

const multiple = { rows: int(5), ...editable("DescriptionStyle") };
const multipleDefinition = definitionOf("SelectMultiple", { ...labels, index: list(int()), ...multiple });

/** A list of `rows` (5) visible options, of which any number is chosen: `value` is an array, empty at first. */
export function SelectMultiple<const C extends Choices>(
  options: SelectionOptions<typeof multiple, C, readonly Chosen<C>[], readonly number[]>,
): SelectionWidget<typeof multiple, Chosen<C>, readonly Chosen<C>[], readonly number[]> {
  return new SelectionModel(
    multipleDefinition,
    several,
    options as unknown as Record<string, unknown>,
  ) as never;
}
