// How much memory tensors hold, and who made them.
import * as tf from "@tensorflow/tfjs";
import { displaySymbol, type MimeBundle } from "../plot/display.ts";
import { type Column, formatSize, htmlTable, textTable } from "../plot/table.ts";
import { ledger, type TensorRecord } from "./memory/ledger.ts";
import { tensorFlowEngine } from "./tensorflow/register.ts";

/** Tensors that have something in common. */
export interface TensorGroup {
  /** What that is. */
  name: string;
  tensors: number;
  bytes: number;
}

/** Tensors and the memory they take; `String(report)` and a notebook show the largest and who made them. */
export class MemoryReport {
  /** Tensors that are not disposed. */
  readonly tensors: number;
  /** Blocks of data behind them; reshaped and cloned tensors share one. */
  readonly buffers: number;
  /** Bytes of those blocks, without strings. */
  readonly bytes: number;
  /** Tensors that TensorFlow holds for them; undefined where it is not loaded. */
  readonly tensorFlowHandles: number | undefined;
  readonly #records: readonly TensorRecord[];

  constructor(records: Iterable<TensorRecord>) {
    const { numTensors, numDataBuffers, numBytes } = tf.memory();
    this.tensors = numTensors;
    this.buffers = numDataBuffers;
    this.bytes = numBytes;
    this.tensorFlowHandles = tensorFlowEngine()?.handleCount();
    this.#records = [...records];
  }

  /** By data type and shape, such as `"float32[64,28,28,1]"`; the most memory first. */
  get bySize(): TensorGroup[] {
    return grouped(this.#records, ({ dtype, shape }) => `${dtype}[${shape}]`);
  }

  /**
   * By the line that made them, such as `"cell 3:5"`; the most memory first. Small tensors are looked up now and then only;
   * the others are under `"small ones"`.
   */
  get byLine(): TensorGroup[] {
    return grouped(this.#records, ({ line }) => line ?? smallOnes);
  }

  /** By the cell or file whose code made them, such as `"cell 3"`; the most memory first. */
  get byCell(): TensorGroup[] {
    return grouped(this.#records, ({ line }) => line?.replace(/:\d+$/, "") ?? smallOnes);
  }

  toString(): string {
    const tables = this.#groups().map(([title, groups]) => textTable(columns(title), groups));
    return [this.#headline(), ...tables].join("\n\n");
  }

  [displaySymbol](): MimeBundle {
    const tables = this.#groups().map(([title, groups]) => htmlTable("", columns(title), groups));
    return { "text/html": `<p>${this.#headline()}</p>${tables.join("")}`, "text/plain": this.toString() };
  }

  #headline(): string {
    const tensors = this.tensors.toLocaleString("en-US");
    return `${tensors} tensors in ${this.buffers.toLocaleString("en-US")} blocks of data, ${formatSize(this.bytes)}`;
  }

  #groups(): [title: string, groups: TensorGroup[]][] {
    if (this.#records.length === 0) return [];
    return [
      ["tensor", this.bySize.slice(0, mostRows)],
      ["made by", this.byLine.slice(0, mostRows)],
    ];
  }
}

/**
 * The tensors that are alive, on all backends together.
 *
 * Those that the program can't reach any more are freed by themselves, some time later; `dispose` and `tf.tidy` do so at
 * once.
 */
export function memory(): MemoryReport {
  return new MemoryReport(ledger());
}

const smallOnes = "small ones";
const mostRows = 10;

function grouped(records: readonly TensorRecord[], nameOf: (record: TensorRecord) => string): TensorGroup[] {
  const groups = new Map<string, TensorGroup>();
  for (const record of records) {
    const name = nameOf(record);
    const group = groups.get(name) ?? { name, tensors: 0, bytes: 0 };
    groups.set(name, group);
    group.tensors++;
    group.bytes += record.bytes;
  }
  return [...groups.values()].sort((a, b) => b.bytes - a.bytes);
}

function columns(title: string): Column<TensorGroup>[] {
  return [
    { title, text: ({ name }) => name },
    { title: "tensors", number: true, text: ({ tensors }) => tensors.toLocaleString("en-US") },
    { title: "memory", number: true, text: ({ bytes }) => formatSize(bytes) },
  ];
}
