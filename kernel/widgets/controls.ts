// The standard controls as data: the attributes of each, with their defaults, by the names of ipywidgets 8 in camel case.

import { bounded, boundedLog, boundedRange } from "./bounds.ts";
import { CONTROLS, placed, type StyleName, styled, type WidgetOf } from "./styles.ts";
import {
  bool,
  bytes,
  day,
  float,
  int,
  list,
  moment,
  nullable,
  type Options,
  oneOf,
  range,
  type Traits,
  text,
} from "./traits.ts";
import { type Definition, Widget } from "./widget.ts";

type Control<T extends Traits, Events extends string> = (options?: Options<T>) => WidgetOf<T, Events>;

interface More {
  model?: string;
  view?: string;
  normalize?: Definition["normalize"];
}

/** The function that makes a control of this kind. */
export function control<T extends Traits, Events extends string = never>(
  name: string,
  traits: T,
  { model = `${name}Model`, view = `${name}View`, normalize }: More = {},
): Control<T, Events> {
  const definition: Definition = {
    name,
    module: CONTROLS,
    model,
    view,
    traits,
    ...(normalize && { normalize }),
  };
  return (options) =>
    new Widget<object, Events>(definition, options as Record<string, unknown>) as unknown as WidgetOf<
      T,
      Events
    >;
}

const orientation = (initial: "horizontal" | "vertical") => oneOf(["horizontal", "vertical"], initial);
export const buttonStyle = oneOf(["", "primary", "success", "info", "warning", "danger"], "");
const barStyle = oneOf(["", "success", "info", "warning", "danger"], "");

function described<Name extends StyleName>(style: Name) {
  return { description: text(), descriptionAllowHtml: bool(), ...placed, ...styled(style) };
}

export function editable<Name extends StyleName>(style: Name) {
  return { disabled: bool(), ...described(style) };
}

export const slider = {
  orientation: orientation("horizontal"),
  readout: bool(true),
  continuousUpdate: bool(true),
  behavior: oneOf(["drag-tap", "drag-snap", "tap", "drag", "snap"], "drag-tap"),
  ...editable("SliderStyle"),
};
const ints = { min: int(0), max: int(100), step: int(1) };
const floats = { min: float(0), max: float(100), step: nullable(float(), 0.1) };

/** A slider for an integer: `value` 0, `min` 0, `max` 100, `step` 1. */
export const IntSlider = control(
  "IntSlider",
  { value: int(), ...ints, readoutFormat: text("d"), ...slider },
  { normalize: bounded },
);

/** A slider for a number: `value` 0, `min` 0, `max` 100, `step` 0.1. */
export const FloatSlider = control(
  "FloatSlider",
  { value: float(), ...floats, readoutFormat: text(".2f"), ...slider },
  { normalize: bounded },
);

/** A slider for the exponent of a number: `value` 1, `base` 10, from `base ** min` (1) to `base ** max` (10,000). */
export const FloatLogSlider = control(
  "FloatLogSlider",
  {
    value: float(1),
    base: float(10),
    min: float(0),
    max: float(4),
    step: nullable(float(), 0.1),
    readoutFormat: text(".3g"),
    ...slider,
  },
  { normalize: boundedLog },
);

/** A slider with two handles for a range of integers: `value` [25, 75], `min` 0, `max` 100, `step` 1. */
export const IntRangeSlider = control(
  "IntRangeSlider",
  { value: range(int(), [25, 75]), ...ints, readoutFormat: text("d"), ...slider },
  { normalize: boundedRange },
);

/** A slider with two handles for a range of numbers: `value` [25, 75], `min` 0, `max` 100, `step` 0.1. */
export const FloatRangeSlider = control(
  "FloatRangeSlider",
  { value: range(float(), [25, 75]), ...floats, readoutFormat: text(".2f"), ...slider },
  { normalize: boundedRange },
);

const progress = { barStyle, orientation: orientation("horizontal"), ...described("ProgressStyle") };

/** How far something has come, as an integer from `min` 0 to `max` 100. */
export const IntProgress = control(
  "IntProgress",
  { value: int(), min: int(0), max: int(100), ...progress },
  { view: "ProgressView", normalize: bounded },
);

/** How far something has come, as a number from `min` 0 to `max` 100. */
export const FloatProgress = control(
  "FloatProgress",
  { value: float(), min: float(0), max: float(100), ...progress },
  { view: "ProgressView", normalize: bounded },
);

const numberField = { continuousUpdate: bool(), ...editable("DescriptionStyle") };

/** A field for an integer. */
export const IntText = control("IntText", { value: int(), step: int(1), ...numberField });

/** A field for a number. */
export const FloatText = control("FloatText", { value: float(), step: nullable(float()), ...numberField });

/** A field for an integer from `min` 0 to `max` 100. */
export const BoundedIntText = control(
  "BoundedIntText",
  { value: int(), ...ints, ...numberField },
  { view: "IntTextView", normalize: bounded },
);

/** A field for a number from `min` 0 to `max` 100. */
export const BoundedFloatText = control(
  "BoundedFloatText",
  { value: float(), ...floats, step: nullable(float()), ...numberField },
  { view: "FloatTextView", normalize: bounded },
);

const textField = {
  value: text(),
  placeholder: text("\u200b"),
  continuousUpdate: bool(true),
  ...editable("TextStyle"),
};

/** A line of text. The event `submit` is the Enter key. */
export const Text = control<typeof textField, "submit">("Text", textField);

/** A line of text that is not shown. The event `submit` is the Enter key. */
export const Password = control<typeof textField, "submit">("Password", textField);

/** Text of several lines. */
export const Textarea = control("Textarea", { ...textField, rows: nullable(int()) });

/** A line of text with proposals (`options`); with `ensureOption` one of them must be chosen. */
export const Combobox = control("Combobox", { ...textField, options: list(text()), ensureOption: bool() });

/** A box with a tick. */
export const Checkbox = control("Checkbox", {
  value: bool(),
  indent: bool(true),
  ...editable("CheckboxStyle"),
});

/** A button that stays down. `icon` is a name of Font Awesome. */
export const ToggleButton = control("ToggleButton", {
  value: bool(),
  buttonStyle,
  icon: text(),
  ...editable("ToggleButtonStyle"),
});

/** Whether something is as it should be; `readout` says so where it is not. */
export const Valid = control("Valid", {
  value: bool(),
  readout: text("Invalid"),
  ...editable("DescriptionStyle"),
});

const button = {
  description: text(),
  disabled: bool(),
  buttonStyle,
  icon: text(),
  ...placed,
  ...styled("ButtonStyle"),
};

/** A button; the event `click` tells that it was pressed. `icon` is a name of Font Awesome. */
export const Button = control<typeof button, "click">("Button", button);

const shownText = { value: text(), placeholder: text("\u200b") };

/** Plain text, as long as `value` is; formulas stand between `$`. */
export const Label = control("Label", { ...shownText, ...described("LabelStyle") });

/** HTML. */
export const HTML = control("HTML", { ...shownText, ...described("HTMLStyle") });

/** HTML with formulas between `$` or `$$`. */
export const HTMLMath = control("HTMLMath", { ...shownText, ...described("HTMLMathStyle") });

/** A picture: its bytes, of the kind that `format` names (`png`); `width` and `height` in pixels, as text. */
export const Image = control("Image", {
  value: bytes(),
  format: text("png"),
  width: text(),
  height: text(),
  ...placed,
});

/** A colour, as CSS writes it. */
export const ColorPicker = control("ColorPicker", {
  value: text("black"),
  concise: bool(),
  ...editable("DescriptionStyle"),
});

/** A day, or null; `step` in days. */
export const DatePicker = control("DatePicker", {
  value: nullable(day()),
  min: nullable(day()),
  max: nullable(day()),
  step: int(1),
  ...editable("DescriptionStyle"),
});

/** A moment, or null. */
export const DatetimePicker = control(
  "DatetimePicker",
  {
    value: nullable(moment()),
    min: nullable(moment()),
    max: nullable(moment()),
    ...editable("DescriptionStyle"),
  },
  { model: "DatetimeModel", view: "DatetimeView" },
);

/** Buttons that count `value` up from `min` to `max` by `step`, every `interval` milliseconds. */
export const Play = control(
  "Play",
  {
    value: int(),
    ...ints,
    interval: int(100),
    repeat: bool(),
    playing: bool(),
    showRepeat: bool(true),
    ...editable("DescriptionStyle"),
  },
  { normalize: bounded },
);
