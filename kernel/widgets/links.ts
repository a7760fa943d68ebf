// Links between two widgets' attributes that the front end keeps by itself, also without a kernel.

import { CONTROLS, reference } from "./styles.ts";
import { type Trait, wireName } from "./traits.ts";
import { type Definition, Widget } from "./widget.ts";

type End<W> = readonly [widget: W, attribute: keyof W & string];

/** Ends the link. */
interface Link {
  close(): void;
}

const end: Trait<readonly [Widget<object>, string]> = {
  initial: () => [] as never,
  expected: "[widget, attribute]",
  read(given) {
    const [widget, name] = Array.isArray(given) ? given : [];
    return widget instanceof Widget && name in widget ? [widget, name] : undefined;
  },
  toWire: ([widget, name]) => [reference(widget), wireName(name, {})],
};

const definition = (name: string): Definition => ({
  name,
  module: CONTROLS,
  model: `${name}Model`,
  view: null,
  traits: { source: end, target: end },
});

/** Keep two attributes equal: `jslink([slider, "value"], [progress, "value"])`. */
export function jslink<A extends object, B extends object>(source: End<A>, target: End<B>): Link {
  return new Widget(definition("Link"), { source, target });
}

/** Let `target` follow `source`, but not the other way. */
export function jsdlink<A extends object, B extends object>(source: End<A>, target: End<B>): Link {
  return new Widget(definition("DirectionalLink"), { source, target });
}
