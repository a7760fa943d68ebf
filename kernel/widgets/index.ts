// `widgets`, the global: ipywidgets' controls, by their names there, for cells in TypeScript.

export { AnyWidget } from "./any-widget.ts";
export { Accordion, Box, GridBox, HBox, Stack, Tab, VBox } from "./boxes.ts";
export {
  BoundedFloatText,
  BoundedIntText,
  Button,
  Checkbox,
  ColorPicker,
  Combobox,
  DatePicker,
  DatetimePicker,
  FloatLogSlider,
  FloatProgress,
  FloatRangeSlider,
  FloatSlider,
  FloatText,
  HTML,
  HTMLMath,
  Image,
  IntProgress,
  IntRangeSlider,
  IntSlider,
  IntText,
  Label,
  Password,
  Play,
  Text,
  Textarea,
  ToggleButton,
  Valid,
} from "./controls.ts";
export { interact, interactive } from "./interact.ts";
export { jsdlink, jslink } from "./links.ts";
export { Output } from "./output.ts";
export {
  Dropdown,
  RadioButtons,
  Select,
  SelectionSlider,
  SelectMultiple,
  ToggleButtons,
} from "./selection.ts";
export { Layout, type LayoutOptions } from "./styles.ts";
