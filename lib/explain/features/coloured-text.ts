// Text with a number behind every character: blue below 0, white at 0, red above, and beneath it what a language
// model expected next (the figure of Karpathy, Johnson and Li 2015, Visualizing and Understanding Recurrent Networks).

import { colourMaps, type Rgb } from "../../plot/colours.ts";
import { escapeXml, Figure } from "../../plot/figure.ts";

/** A token that may come next. */
export interface NextToken {
  token: string;
  /** From 0 to 1. */
  probability: number;
}

export interface ColouredTextOptions {
  title?: string;
  /** For each place, what is likeliest to come after it, likeliest first; the first five are shown beneath. */
  next?: readonly (readonly NextToken[])[];
  /** The values that are full blue and full red. Defaults to −1 and 1. */
  range?: readonly [low: number, high: number];
  /** Characters in a row, at most. Defaults to `60`. */
  columns?: number;
}

const shownNext = 5;

/**
 * Text coloured by a number for each character or token, as HTML and, with a row of marks, as plain text.
 *
 * @param text A text, of which every character (code point) counts, or its tokens.
 * @param values As many numbers, from −1 (blue) to +1 (red); beyond them colours stay the same.
 * @throws RangeError if the numbers, or the lists of next tokens, are not as many as the characters, or the range
 *   does not have 0 inside.
 */
export function colouredText(
  text: string | readonly string[],
  values: ArrayLike<number>,
  options: ColouredTextOptions = {},
): Figure {
  const { title, next, range = [-1, 1], columns = 60 } = options;
  const tokens = tokensOf(text);
  if (values.length !== tokens.length || (next && next.length !== tokens.length)) {
    throw new RangeError(
      `There are ${tokens.length} characters or tokens, ${values.length} numbers` +
        `${next ? ` and ${next.length} lists of next tokens` : ""}; they must be as many.`,
    );
  }
  if (!(range[0] < 0 && range[1] > 0)) {
    throw new RangeError(`range is [${range}]; the first number must be below 0 and the second above.`);
  }
  const parts = tokens.map((token, index): Part => {
    const value = values[index] as number;
    const strength = Math.max(-1, Math.min(1, value < 0 ? -value / range[0] : value / range[1]));
    return { token, value, strength, next: next?.[index]?.slice(0, shownNext) };
  });
  const rows = intoRows(parts, columns);
  const heading = title ? `${title}: ` : "";
  const all = Array.from(values);
  const summary = `${heading}${tokens.length} ${typeof text === "string" ? "characters" : "tokens"}, ${limits(all)}, blue ${range[0]} · white 0 · red ${range[1]}`;
  return new Figure({ html: toHtml(rows, summary), text: [summary, ...rows.flatMap(toLines)].join("\n") });
}

/** The characters of a text, or the tokens as they are. */
export function tokensOf(text: string | readonly string[]): readonly string[] {
  return typeof text === "string" ? Array.from(text) : text;
}

interface Part {
  token: string;
  value: number;
  /** Value as a part of the range, −1 to 1. */
  strength: number;
  next: readonly NextToken[] | undefined;
}

function limits(values: readonly number[]): string {
  if (values.length === 0) return "none";
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return `from ${least.toPrecision(2)} to ${most.toPrecision(2)}`;
}

/** Rows end at line breaks and where they are full. */
function intoRows(parts: readonly Part[], columns: number): Part[][] {
  const rows: Part[][] = [[]];
  let width = 0;
  for (const part of parts) {
    const wide = visible(part.token).length;
    if (width > 0 && width + wide > columns) {
      rows.push([]);
      width = 0;
    }
    rows.at(-1)?.push(part);
    width += wide;
    if (part.token.includes("\n")) {
      rows.push([]);
      width = 0;
    }
  }
  return rows.filter((row) => row.length > 0);
}

/** White space that can be seen. */
function visible(token: string): string {
  return token.replaceAll("\n", "↵").replaceAll("\t", "⇥").replaceAll(" ", "␣");
}

function toHtml(rows: readonly Part[][], summary: string): string {
  const place = ({ token, value, strength, next }: Part) => {
    const [background, ink] = paint(colourMaps.diverging((strength + 1) / 2));
    const shown = token === " " ? "&nbsp;" : escapeXml(visible(token));
    const below = (next ?? []).map(({ token, probability }) => {
      const level = Math.max(0, Math.min(1, probability));
      const likely = mixWithWhite([0, 158, 115], level);
      const [background, ink] = paint(likely);
      return `<span style="display:block;font-size:75%;background:${background};color:${ink}" title="${level.toFixed(3)}">${escapeXml(visible(token))}</span>`;
    });
    return (
      `<span style="display:inline-block;vertical-align:top;text-align:center;min-width:1ch;margin-bottom:4px">` +
      `<span style="display:block;background:${background};color:${ink};padding:1px" title="${value.toPrecision(3)}">${shown}</span>` +
      `${below.join("")}</span>`
    );
  };
  const lines = rows.map((row) => `<div style="white-space:nowrap">${row.map(place).join("")}</div>`);
  return (
    `<div style="background:white;color:#222222;padding:6px;overflow-x:auto">` +
    `<div style="font-family:sans-serif;font-size:12px;margin-bottom:6px">${escapeXml(summary)}</div>` +
    `<div style="font-family:monospace;font-size:14px;line-height:1.25">${lines.join("")}</div></div>`
  );
}

function paint(colour: Rgb): [background: string, ink: string] {
  const [red, green, blue] = colour;
  const brightness = 0.299 * red + 0.587 * green + 0.114 * blue;
  return [`rgb(${colour.join(",")})`, brightness > 140 ? "#222222" : "white"];
}

function mixWithWhite([red, green, blue]: Rgb, part: number): Rgb {
  const mix = (value: number) => Math.round(255 + (value - 255) * part);
  return [mix(red), mix(green), mix(blue)];
}

/** A row of text and one of marks: `=` and `-` for blue, `+` and `#` for red. */
function toLines(row: readonly Part[]): string[] {
  const mark = ({ strength, token }: Part) => {
    const sign = strength > 0 ? ["+", "#"] : ["-", "="];
    const size = Math.abs(strength);
    return (size < 0.2 ? " " : (sign[size < 0.6 ? 0 : 1] as string)).repeat(visible(token).length);
  };
  return [
    row.map(({ token }) => (token === " " ? " " : visible(token))).join(""),
    row.map(mark).join("").trimEnd(),
  ];
}
