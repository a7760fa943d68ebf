// `interact`: controls for a function's arguments; at each change the function runs again, and what it shows and
// returns takes the place of what was there.

import { displaySymbol } from "../../lib/plot/display.ts";
import { display } from "../runner/display.ts";
import { currentExecution, publish } from "../runner/output.ts";
import { errorContent } from "../runner/traceback.ts";
import { VBox } from "./boxes.ts";
import { Checkbox, FloatSlider, IntSlider, Text } from "./controls.ts";
import { wrongValue } from "./errors.ts";
import { Output } from "./output.ts";
import { type Choices, type Chosen, Dropdown } from "./selection.ts";
import type { WidgetReference } from "./traits.ts";
import { Widget } from "./widget.ts";

/** A widget with a value, or what one is made from. */
type Abbreviation =
  | (WidgetReference & { value: unknown })
  | boolean
  | string
  | number
  | readonly [min: number, max: number, step?: number]
  | Choices;

type Argument<A> = A extends WidgetReference & { value: infer Value }
  ? Value
  : A extends boolean
    ? boolean
    : A extends string
      ? string
      : A extends number | readonly [number, number] | readonly [number, number, number]
        ? number
        : Chosen<A>;

type Arguments<Controls> = { -readonly [Name in keyof Controls]: Argument<Controls[Name]> };

type ValueWidget = Widget<{ value: unknown }> & { value: unknown };

/** Controls of a function's arguments, with a place for what it shows. */
class Interactive<Controls> {
  /** The controls by their arguments' names. */
  readonly controls: { [Name in keyof Controls]: WidgetReference & { value: Argument<Controls[Name]> } };
  /** Where the function's output appears. */
  readonly output: ReturnType<typeof Output> = Output();
  /** All of it, as a widget. */
  readonly box: ReturnType<typeof VBox>;
  readonly #body: (values: Arguments<Controls>) => unknown;
  #result: unknown;
  #isStale = false;
  #running: Promise<void> | undefined;

  constructor(body: (values: Arguments<Controls>) => unknown, abbreviations: Record<string, unknown>) {
    this.#body = body;
    const entries = Object.entries(abbreviations).map(
      ([name, each]) => [name, widgetFor(name, each)] as const,
    );
    this.controls = Object.fromEntries(entries) as unknown as typeof this.controls;
    const widgets = entries.map(([, widget]) => widget);
    this.box = VBox([...widgets, this.output] as never, { classes: ["widget-interact"] });
    for (const widget of widgets) widget.observe("value", () => this.update());
  }

  /** What the function returned last; of a promise, what it became. */
  get result(): unknown {
    return this.#result;
  }

  /** Run the function with the present values. Changes that come while it runs lead to one more run. */
  update(): Promise<void> {
    this.#isStale = true;
    this.#running ??= this.#run();
    return this.#running;
  }

  /** Remove the controls from the front end. */
  close(): void {
    for (const widget of [...Object.values<WidgetReference>(this.controls), this.output, this.box])
      widget.close();
  }

  [displaySymbol](): Record<string, unknown> {
    return this.box[displaySymbol]();
  }

  async #run(): Promise<void> {
    try {
      while (this.#isStale) {
        this.#isStale = false;
        await this.output.replace(() => this.#show());
      }
    } finally {
      this.#running = undefined;
    }
  }

  async #show(): Promise<void> {
    try {
      const controls = Object.entries<{ value: unknown }>(this.controls);
      const values = Object.fromEntries(controls.map(([name, { value }]) => [name, value]));
      this.#result = await this.#body(values as Arguments<Controls>);
      if (this.#result !== undefined) display(this.#result);
    } catch (error) {
      publish({ type: "error", ...errorContent(error) });
    }
  }
}

function widgetFor(name: string, given: unknown): ValueWidget {
  const description = name;
  const made = (() => {
    if (given instanceof Widget && "value" in given) return given;
    if (typeof given === "boolean") return Checkbox({ value: given, description });
    if (typeof given === "string") return Text({ value: given, description });
    if (typeof given === "number") return numberSlider(name, around(given), given);
    if (isRange(given)) return numberSlider(name, given);
    if (typeof given === "object" && given !== null && Object.keys(given).length > 0) {
      return Dropdown({ options: given as Choices, description });
    }
    const expected =
      "a widget with a value, a boolean, a string, a number, [min, max, step], or options as an array or object";
    throw wrongValue("interact", name, given, expected);
  })();
  return made as unknown as ValueWidget;
}

function isRange(given: unknown): given is number[] {
  return (
    Array.isArray(given) &&
    (given.length === 2 || given.length === 3) &&
    given.every((each) => Number.isFinite(each))
  );
}

/** From minus the number to three times it, as ipywidgets does. */
function around(value: number): number[] {
  if (value === 0) return [0, 1];
  return value > 0 ? [-value, 3 * value] : [3 * value, -value];
}

function numberSlider(description: string, range: number[], given?: number): unknown {
  const [min = 0, max = 1, step] = range;
  const isInteger = [min, max, step ?? 1, given ?? 0].every(Number.isInteger);
  const middle = (min + max) / 2;
  const bounds = { min, max, description, ...(step !== undefined && { step }) };
  return isInteger
    ? IntSlider({ value: given ?? Math.floor(middle), ...bounds })
    : FloatSlider({ value: given ?? middle, ...bounds });
}

/**
 * Controls for the arguments of `body`, which takes them in one object: `interactive(({ x }) => x ** 2, { x: [0, 10] })`.
 * A boolean becomes a checkbox, a string a text field, a number or [min, max, step] a slider, other arrays and objects
 * a list of options; a widget is itself. Shown where it is the cell's last value.
 */
export function interactive<const Controls extends Record<string, Abbreviation>>(
  body: (values: Arguments<Controls>) => unknown,
  controls: Controls,
): Interactive<Controls> {
  const made = new Interactive<Controls>(body, controls);
  const execution = currentExecution();
  const first = made.update().then(() => void execution?.pending.delete(first));
  execution?.pending.add(first);
  return made;
}

/** The same, shown at once; `interactive` gives what is shown, to be placed or asked. */
export function interact<const Controls extends Record<string, Abbreviation>>(
  body: (values: Arguments<Controls>) => unknown,
  controls: Controls,
): void {
  display(interactive(body, controls));
}
