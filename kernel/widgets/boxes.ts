// Boxes: widgets that lay others out.

import { control } from "./controls.ts";
import { child, placed, reference, type WidgetOf } from "./styles.ts";
import { int, list, nullable, type Options, oneOf, type Traits, text } from "./traits.ts";

const box = {
  children: { ...list(child), toWire: (children: readonly { id: string }[]) => children.map(reference) },
  boxStyle: oneOf(["", "success", "info", "warning", "danger"], ""),
  ...placed,
};
const titled = { ...box, titles: list(text()), selectedIndex: nullable(int()) };

type Children = Options<typeof box>["children"];

/** Widgets, laid out as CSS says. */
export const Box = container("Box");
/** Widgets side by side. */
export const HBox = container("HBox");
/** Widgets one below the other. */
export const VBox = container("VBox");
/** Widgets on a grid, which `layout` describes (`gridTemplateColumns`, …). */
export const GridBox = container("GridBox");

/** Widgets of which one is seen; `titles` name them. */
export const Tab = container("Tab", titled, (children) => (children.length > 0 ? 0 : null));
/** Widgets that open and fold; `titles` name them. */
export const Accordion = container("Accordion", titled);
/** Widgets of which the one at `selectedIndex` is shown. */
export const Stack = container("Stack", titled);

/** Makes a box of `children`. */
function container<T extends Traits = typeof box>(
  name: string,
  traits: T = box as unknown as T,
  select?: (children: readonly unknown[]) => number | null,
): (children?: Children, options?: Omit<Options<T>, "children">) => WidgetOf<T> {
  const make = control(name, traits);
  return (children = [], options) => {
    const selected = select && { selectedIndex: select(children) };
    return make({ ...selected, ...options, children } as unknown as Options<T>);
  };
}
