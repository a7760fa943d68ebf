// Widgets whose view is an ES module of the user's, by anywidget's protocol (https://anywidget.dev/en/afm/): its
// default export has `render({ model, el })`, and `model.get`, `set`, `save_changes`, `on` and `send` talk with this side.

import { randomUUID } from "node:crypto";
import { placed, type WidgetOf } from "./styles.ts";
import { anything, type Traits, text } from "./traits.ts";
import { Widget } from "./widget.ts";

interface AnyWidgetOptions {
  /** The ES module's source, or its address. */
  esm: string;
  /** CSS for the view. */
  css?: string;
}

type State<Given> = Omit<Given, keyof AnyWidgetOptions>;

/**
 * A widget with a view of your own. All other options are its attributes, which both sides read and set; they are JSON
 * or binary (`Uint8Array`). The front end needs the package `anywidget`.
 */
export function AnyWidget<Given extends AnyWidgetOptions>(
  options: Given,
): Widget<State<Given>> & State<Given> & Pick<WidgetOf<typeof placed>, "layout"> {
  const { esm, css = "", ...state } = options;
  const own = Object.entries(state).map(([name, value]) => [name, anything(value, name)]);
  const traits: Traits = {
    ...Object.fromEntries(own),
    esm: { ...text(), wire: "_esm" },
    css: { ...text(), wire: "_css" },
    identity: { ...text(`nablab-${randomUUID()}`), wire: "_anywidget_id" },
    ...("layout" in state ? {} : { layout: placed.layout, classes: placed.classes }),
  };
  const definition = {
    name: "AnyWidget",
    module: ["anywidget", "*"] as [string, string],
    model: "AnyModel",
    view: "AnyView",
    traits,
  };
  return new Widget(definition, { esm, css }) as never;
}
