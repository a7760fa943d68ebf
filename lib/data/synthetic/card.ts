// Every synthetic set carries a card that says that it was computed, how, and after whom.

import { displaySymbol, type MimeBundle } from "../../plot/display.ts";
import { escapeXml } from "../../plot/figure.ts";

/** What a synthetic set holds. */
export interface SyntheticCard {
  name: string;
  synthetic: true;
  title: string;
  /** How the numbers are made, with the options that were used. */
  description: string;
  /** Shape and meaning of one input and one target. */
  example: string;
  /** Where the recipe comes from. */
  source: string;
  [displaySymbol](): MimeBundle;
  toString(): string;
}

/** Marks data as computed, and says how. */
export interface Synthetic {
  readonly synthetic: true;
  readonly card: SyntheticCard;
}

type CardText = Pick<SyntheticCard, "name" | "title" | "description" | "example" | "source">;

/** Attach a card to computed data. */
export function asSynthetic<Data extends object>(data: Data, text: CardText): Data & Synthetic {
  const rows: [label: string, value: string][] = [
    ["synthetic", "computed from a seed, not measured"],
    ["how", text.description],
    ["one example", text.example],
    ["after", text.source],
  ];
  const plain = [text.title, ...rows.map(([label, value]) => `  ${label.padEnd(12)} ${value}`)].join("\n");
  const body = rows.map(
    ([label, value]) => `<tr><th>${escapeXml(label)}</th><td>${escapeXml(value)}</td></tr>`,
  );
  const html = `<table><caption><b>${escapeXml(text.title)}</b></caption>${body.join("")}</table>`;
  const card: SyntheticCard = {
    ...text,
    synthetic: true,
    toString: () => plain,
    [displaySymbol]: () => ({ "text/html": html, "text/plain": plain }),
  };
  return Object.assign(data, { synthetic: true as const, card });
}

/**
 * Check that an option is a whole number that is large enough.
 *
 * @throws RangeError with the value found and what is possible.
 */
export function requireCount(name: string, value: number, least = 1): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new RangeError(`${name} is ${value}; a whole number from ${least} on is expected.`);
}

/**
 * Check that an option is a finite number that is not negative, such as a standard deviation.
 *
 * @throws RangeError with the value found.
 */
export function requireNotNegative(name: string, value: number): void {
  if (Number.isFinite(value) && value >= 0) return;
  throw new RangeError(`${name} is ${value}; a number from 0 on is expected.`);
}
