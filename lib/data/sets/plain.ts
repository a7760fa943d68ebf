// Sets of one file that is read as it is: tables, texts, volumes.

import type { DatasetCard, Splits } from "../card.ts";
import type { TableContent, TextContent, VolumesContent } from "../dataset.ts";
import type { FoundFiles } from "../files.ts";
import { readCsv } from "../formats/csv.ts";
import { readNifti } from "../formats/nifti.ts";
import { readText } from "../formats/text.ts";
import { Table } from "../table.ts";

/** A table; where the target is a class number in the file, it becomes the class's name. */
export function readTableSet(card: DatasetCard, splits: Splits, files: FoundFiles): TableContent {
  const [name, bytes] = onlyFile(splits, files);
  const columns = Object.keys(card.columns ?? {});
  const content = card.headless ? bytes.subarray(bytes.indexOf(0x0a) + 1) : bytes;
  const table = readCsv(content, name, card.headless ? { columns } : {});
  const size = Object.values(splits)[0]?.size;
  const unknown = columns.find((column) => !table.names.includes(column));
  if (table.size !== size || unknown !== undefined) {
    throw new Error(
      unknown === undefined
        ? `${name} has ${table.size} rows, expected ${size}.`
        : `${name} has no column "${unknown}"; found ${table.names.join(", ")}.`,
    );
  }
  const target = card.target as string;
  const values = table.columns[target];
  if (card.classNames.length === 0 || !(values instanceof Float64Array))
    return { kind: "table", table, target };
  const labels = Array.from(values, (value) => card.classNames[value] ?? null);
  return { kind: "table", table: new Table({ ...table.columns, [target]: labels }), target };
}

export function readTextSet(_: DatasetCard, splits: Splits, files: FoundFiles): TextContent {
  const [name, bytes] = onlyFile(splits, files);
  return textContent(readText(bytes, name));
}

/** A text and its lines. */
export function textContent(text: string): TextContent {
  return { kind: "text", text, lines: text.split("\n").filter((line) => line.trim()) };
}

export function readVolumesSet(_: DatasetCard, splits: Splits, files: FoundFiles): VolumesContent {
  const named = Object.values(splits).flatMap(({ files }) => files.map(({ file }) => file));
  const volumes = named.map(
    (file) => [volumeName(file), readNifti(files.get(file) as Uint8Array, file)] as const,
  );
  return { kind: "volumes", volumes: Object.fromEntries(volumes) };
}

/** The name of a volume: that of its file without the ending. */
export function volumeName(file: string): string {
  return file.replace(/\.nii(\.gz)?$/, "");
}

/** The one file of a set. */
export function onlyFile(splits: Splits, files: FoundFiles): [name: string, bytes: Uint8Array] {
  const name = Object.values(splits)[0]?.files[0]?.file as string;
  return [name, files.get(name) as Uint8Array];
}
