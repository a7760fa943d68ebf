// Layout (CSS of a widget's box) and the styles of controls. Both are widgets of their own, which several others may
// share; a plain object of their attributes does as well.

import {
  bool,
  list,
  nullable,
  type Options,
  oneOf,
  type Trait,
  type Traits,
  text,
  type Values,
} from "./traits.ts";
import { type Definition, Widget } from "./widget.ts";

const BASE: Definition["module"] = ["@jupyter-widgets/base", "2.0.0"];
export const CONTROLS: Definition["module"] = ["@jupyter-widgets/controls", "2.0.0"];

const css = () => nullable(text());
const align = ["flex-start", "flex-end", "center", "inherit", "initial", "unset"] as const;
const content = [...align, "space-between", "space-around"] as const;

const layoutTraits = {
  alignContent: nullable(oneOf([...content, "space-evenly", "stretch"], "center")),
  alignItems: nullable(oneOf([...align, "baseline", "stretch"], "center")),
  alignSelf: nullable(oneOf([...align, "auto", "baseline", "stretch"], "center")),
  borderBottom: css(),
  borderLeft: css(),
  borderRight: css(),
  borderTop: css(),
  bottom: css(),
  display: css(),
  flex: css(),
  flexFlow: css(),
  gridArea: css(),
  gridAutoColumns: css(),
  gridAutoFlow: nullable(
    oneOf(["column", "row", "row dense", "column dense", "inherit", "initial", "unset"], "row"),
  ),
  gridAutoRows: css(),
  gridColumn: css(),
  gridGap: css(),
  gridRow: css(),
  gridTemplateAreas: css(),
  gridTemplateColumns: css(),
  gridTemplateRows: css(),
  height: css(),
  justifyContent: nullable(oneOf(content, "center")),
  justifyItems: nullable(oneOf(align, "center")),
  left: css(),
  margin: css(),
  maxHeight: css(),
  maxWidth: css(),
  minHeight: css(),
  minWidth: css(),
  objectFit: nullable(oneOf(["contain", "cover", "fill", "scale-down", "none"], "none")),
  objectPosition: css(),
  order: css(),
  overflow: css(),
  padding: css(),
  right: css(),
  top: css(),
  visibility: nullable(oneOf(["visible", "hidden", "inherit", "initial", "unset"], "visible")),
  width: css(),
};

const font = {
  fontFamily: css(),
  fontSize: css(),
  fontStyle: css(),
  fontVariant: css(),
  fontWeight: css(),
  textColor: css(),
  textDecoration: css(),
};
const description = { descriptionWidth: text() };
const boxed = { ...description, background: css() };
const textual = { ...boxed, fontSize: css(), textColor: css() };

/** The attributes of each style, by the name of its kind. */
const styles = {
  ButtonStyle: { buttonColor: css(), ...font },
  CheckboxStyle: boxed,
  DescriptionStyle: description,
  HTMLMathStyle: textual,
  HTMLStyle: textual,
  LabelStyle: { ...boxed, ...font },
  ProgressStyle: { ...description, barColor: css() },
  SliderStyle: { ...description, handleColor: css() },
  TextStyle: textual,
  ToggleButtonStyle: { ...description, ...font },
  ToggleButtonsStyle: { ...description, buttonWidth: text(), fontWeight: text() },
} satisfies Record<string, Traits>;

export type StyleName = keyof typeof styles;

/** A widget with its attributes as properties. */
export type WidgetOf<T extends Traits, Events extends string = never> = Widget<Values<T>, Events> & Values<T>;

/** A layout's attributes. */
interface LayoutValues extends Values<typeof layoutTraits> {}
export interface LayoutOptions extends Options<typeof layoutTraits> {}

/** CSS of a widget's box, which several widgets may share. */
export interface Layout extends Widget<LayoutValues>, LayoutValues {}

type StyleValues<Name extends StyleName> = Values<(typeof styles)[Name]>;
type StyleOptions<Name extends StyleName> = Options<(typeof styles)[Name]>;

/** How a control looks, which several controls may share. */
type Style<Name extends StyleName> = Widget<StyleValues<Name>> & StyleValues<Name>;

/** The trait of everything that has a style. */
interface Styled<Name extends StyleName> {
  style: Trait<Style<Name>, StyleOptions<Name> | Style<Name>>;
}

/** A part of a widget that is a widget itself, or is made from its attributes. */
function part<Part extends Widget<object>, Given>(definition: Definition): Trait<Part, Given | Part> {
  const make = (options?: object) =>
    new Widget(definition, options as Record<string, unknown>) as unknown as Part;
  return {
    initial: make,
    expected: `a ${definition.name} or an object of its attributes`,
    read(given) {
      if (given instanceof Widget) return given as unknown as Part;
      return typeof given === "object" && given !== null ? make(given) : undefined;
    },
    toWire: reference,
  };
}

/** How the wire names another widget. */
export function reference(widget: { id: string }): string {
  return `IPY_MODEL_${widget.id}`;
}

const layoutDefinition: Definition = {
  name: "Layout",
  module: BASE,
  model: "LayoutModel",
  view: "LayoutView",
  traits: layoutTraits,
};

/** CSS of a widget's box, for several widgets to share. All attributes are CSS and null at first. */
export function Layout(options: LayoutOptions = {}): Layout {
  return new Widget(layoutDefinition, { ...options }) as unknown as Layout;
}

/** The traits of everything that has a place on the page. */
export const placed = {
  layout: part<Layout, LayoutOptions>(layoutDefinition),
  /** CSS classes. */
  classes: { ...list(text()), wire: "_dom_classes" },
  /** Shown when the pointer rests. */
  tooltip: nullable(text()),
  /** Whether the Tab key reaches it. */
  tabbable: nullable(bool()),
};

export function styled<Name extends StyleName>(name: Name): Styled<Name> {
  const definition: Definition = {
    name,
    module: CONTROLS,
    model: `${name}Model`,
    view: "StyleView",
    viewModule: BASE,
    traits: styles[name],
  };
  return { style: part<Style<Name>, StyleOptions<Name>>(definition) };
}

/** A reference to another widget, or null. */
export const child: Trait<Widget<object, never>> = {
  initial: () => null as never,
  expected: "a widget",
  read: (given) => (given instanceof Widget ? given : undefined),
  toWire: reference,
};
