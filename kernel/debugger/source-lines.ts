// Places in the JavaScript that V8 runs and in the TypeScript that it was made from. Lines and columns count from 0 in
// V8's places, lines from 1 in the user's.

import {
  decodedMappings,
  generatedPositionFor,
  LEAST_UPPER_BOUND,
  originalPositionFor,
  TraceMap,
} from "@jridgewell/trace-mapping";

/** A place for V8. */
export interface Position {
  lineNumber: number;
  columnNumber?: number | undefined;
}

/** A place for the user; both count from 1. */
export interface Place {
  line: number;
  column: number;
}

interface PositionRange {
  start: Position;
  end: Position;
}

/** Behind every column of a line. */
const LINE_END = 1_000_000;
/** More than a cell's script has behind the user's code. */
const LINES_OF_OURS = 10;

export class SourceLines {
  readonly #map: TraceMap;
  #lines: number[] | undefined;

  /** `map` is a source map, version 3, of one source. */
  constructor(map: string) {
    this.#map = new TraceMap(map);
  }

  /** The user's place of one of V8's, or undefined where the code is not theirs. */
  placeOf({ lineNumber, columnNumber = 0 }: Position): Place | undefined {
    const needle = { line: lineNumber + 1, column: columnNumber };
    const before = originalPositionFor(this.#map, needle);
    // What the rewriting puts in front of a statement, such as `return`, belongs to it.
    const found =
      before.line === null ? originalPositionFor(this.#map, { ...needle, bias: LEAST_UPPER_BOUND }) : before;
    return found.line === null ? undefined : { line: found.line, column: found.column + 1 };
  }

  /** Whether a place of V8's is the very beginning of something of the user's. */
  isExact(position: Position): boolean {
    const segments = decodedMappings(this.#map)[position.lineNumber] ?? [];
    return segments.some((segment) => segment[0] === position.columnNumber && segment.length > 1);
  }

  /** The first line from `line` on that has code. */
  lineWithCode(line: number): number | undefined {
    this.#lines ??= [...new Set(this.#segments().map((segment) => segment.line))].sort((a, b) => a - b);
    return this.#lines.find((each) => each >= line);
  }

  /** Where the code of a line begins for V8; `line` is one that has code. */
  positionOf(line: number): Position | undefined {
    const source = this.#map.sources[0];
    if (source == null) return undefined;
    const found = generatedPositionFor(this.#map, { source, line, column: 0, bias: LEAST_UPPER_BOUND });
    return found.line === null ? undefined : { lineNumber: found.line - 1, columnNumber: found.column };
  }

  /** All that was made from a line, and what was made from none: a step from there goes beyond. */
  rangesOf(line: number): PositionRange[] {
    const ranges: PositionRange[] = [];
    const mappings = decodedMappings(this.#map);
    mappings.forEach((segments, lineNumber) => {
      const mapped = segments.filter((segment) => segment.length > 1);
      if (mapped.length === 0) ranges.push(range(lineNumber, 0, LINE_END));
      mapped.forEach((segment, index) => {
        if (segment[2] !== line - 1) return;
        const from = index === 0 ? 0 : segment[0];
        ranges.push(range(lineNumber, from, mapped[index + 1]?.[0] ?? LINE_END));
      });
    });
    // A map ends before the lines that the rewriting puts at the end.
    const end = { lineNumber: mappings.length, columnNumber: 0 };
    ranges.push({ start: end, end: { ...end, lineNumber: mappings.length + LINES_OF_OURS } });
    return ranges.reduce<PositionRange[]>((merged, each) => {
      const previous = merged.at(-1);
      const touches =
        previous?.end.lineNumber === each.start.lineNumber &&
        previous.end.columnNumber === each.start.columnNumber;
      if (touches) previous.end = each.end;
      else merged.push(each);
      return merged;
    }, []);
  }

  #segments(): { line: number }[] {
    return decodedMappings(this.#map).flatMap((segments) =>
      segments.flatMap((segment) => (segment.length > 1 ? [{ line: (segment[2] as number) + 1 }] : [])),
    );
  }
}

function range(lineNumber: number, from: number, to: number): PositionRange {
  return { start: { lineNumber, columnNumber: from }, end: { lineNumber, columnNumber: to } };
}
