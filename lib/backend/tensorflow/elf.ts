// Whether a shared library of Linux is all there. The loader maps one that was cut off as if it were whole, and the
// process dies of it (SIGBUS), so this is looked at before. The format: man 5 elf.
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const magic = 0x464c457f;
const class64 = 2;
const headerBytes = 64;

/** The size that the library's own header calls for where the file is shorter; undefined if it is whole or no ELF. */
export function missingFrom(path: string): { size: number; needed: number } | undefined {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const header = Buffer.alloc(headerBytes);
    if (readSync(file, header, 0, headerBytes, 0) < headerBytes) return undefined;
    if (header.readUInt32LE(0) !== magic || header[4] !== class64) return undefined;
    const programs = {
      start: Number(header.readBigUInt64LE(32)),
      bytes: header.readUInt16LE(54),
      count: header.readUInt16LE(56),
    };
    const sections = {
      start: Number(header.readBigUInt64LE(40)),
      bytes: header.readUInt16LE(58),
      count: header.readUInt16LE(60),
    };
    let needed = Math.max(...[programs, sections].map(({ start, bytes, count }) => start + bytes * count));
    if (programs.start + programs.bytes * programs.count <= size) {
      const table = Buffer.alloc(programs.bytes * programs.count);
      readSync(file, table, 0, table.length, programs.start);
      for (let entry = 0; entry < table.length; entry += programs.bytes) {
        // p_offset and p_filesz: the part of the file that is mapped.
        const end = Number(table.readBigUInt64LE(entry + 8) + table.readBigUInt64LE(entry + 32));
        needed = Math.max(needed, end);
      }
    }
    return needed > size ? { size, needed } : undefined;
  } finally {
    closeSync(file);
  }
}
