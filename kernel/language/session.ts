// The session's names and the virtual module of a cell. A cell's module is one line of ours (the names it uses from
// earlier cells), the cell as it is, and an export of what it declares. The newest declaration of a name wins.

import { type CellShape, declarationsOf, type Name, type ValueKind } from "./declarations.ts";
import { GLOBALS } from "./workspace.ts";

/** A cell of which later ones see what it declares. */
export interface RememberedCell {
  name: string;
  source: string;
}

interface Owned extends Name {
  /** The module that declares the name, without its ending. */
  module: string;
}

const isGlobal = (name: string): boolean => Object.hasOwn(GLOBALS, name);
const isLibrary = (name: string): boolean => isGlobal(name) && /^import \*/.test(GLOBALS[name] ?? "");

export interface CellModule {
  text: string;
  shape: CellShape;
}

/** Lines of ours before the cell's first line. */
export const PREFIX_LINES = 1;

const JSX_IMPORT_SOURCE = /\/\*[*\s]*@jsxImportSource\s+([^\s*]+)/;
const IDENTIFIER = /[\p{ID_Start}$_][\p{ID_Continue}$]*/gu;

export class Session {
  #names = new Map<string, Owned>();
  #cells = new Map<string, RememberedCell>();

  /** How a name was declared, for errors and completion. */
  kindOf(name: string): ValueKind | "type" | undefined {
    const owned = this.#names.get(name);
    if (owned) return owned.value ?? "type";
    return isLibrary(name) ? "namespace" : isGlobal(name) ? "constant" : undefined;
  }

  /** The module of a cell that sees the session's names it mentions, or all of them where it is still being typed. */
  moduleOf(source: string, { everything = false, shape = declarationsOf(source) } = {}): CellModule {
    const identifiers = new Set(source.match(IDENTIFIER));
    const mentioned = everything ? new Set([...Object.keys(GLOBALS), ...this.#names.keys()]) : identifiers;
    // To tell a name, the server goes through all that the libraries in sight export, some 30 ms.
    const usesLibraries = [...identifiers].some(isLibrary);
    const imports = new Map<string, string[]>();
    const declarations: string[] = [];
    for (const name of mentioned) {
      if (shape.names.has(name)) continue;
      const owned = this.#names.get(name);
      if (!owned) {
        if (isLibrary(name) && !usesLibraries) declarations.push(`declare namespace ${name} { let _: 0; }`);
        else if (isGlobal(name)) declarations.push(GLOBALS[name] as string);
      } else if (owned.value === "variable") {
        // An import can't be assigned to; a declared variable can, and narrows as it should.
        declarations.push(declareValue(name, owned));
        if (owned.type) declarations.push(declareType(name, owned));
      } else imports.set(owned.module, [...(imports.get(owned.module) ?? []), name]);
    }
    for (const [name, meaning] of shape.names) {
      // `interface P` and then `const P`: one name, two meanings, of which a cell may renew only one.
      const old = this.#names.get(name);
      if (old?.type && !old.value && !meaning.type && isPlain(meaning.value)) {
        declarations.push(declareType(name, old));
        meaning.type = old.type;
      } else if (old && isPlain(old.value) && !meaning.value) {
        declarations.push(declareValue(name, old));
        meaning.value = old.value;
      }
    }
    // Such a comment counts at the beginning of a file only.
    const [, jsxSource] = JSX_IMPORT_SOURCE.exec(source) ?? [];
    const prefix = [
      ...(jsxSource ? [`/** @jsxImportSource ${jsxSource} */`] : []),
      ...[...imports].map(([module, names]) => `import { ${names.join(", ")} } from "./${module}";`),
      ...declarations,
    ];
    const exported = [...shape.names.keys()].filter((name) => !shape.exported.has(name));
    return { text: `${prefix.join(" ")}\n${source}\nexport { ${exported.join(", ")} };\n`, shape };
  }

  /** From now on the cell's declarations are the newest of their names. */
  remember(module: string, { shape }: CellModule, cell: RememberedCell): void {
    this.#cells.set(module, cell);
    for (const [name, meaning] of shape.names) this.#names.set(name, { ...meaning, module });
  }

  /** The cell that became a module. */
  cellOf(module: string): RememberedCell | undefined {
    return this.#cells.get(module);
  }

  clear(): void {
    this.#cells.clear();
    this.#names.clear();
  }
}

function isPlain(kind: ValueKind | undefined): boolean {
  return kind === "variable" || kind === "constant" || kind === "function";
}

function declareValue(name: string, { module, value }: Owned): string {
  return `declare ${value === "variable" ? "let" : "const"} ${name}: typeof import("./${module}").${name};`;
}

/** Constraints are left out: an error about them falls on our line, and the original alias still checks arguments. */
function declareType(name: string, { module, type = [] }: Owned): string {
  const list = (items: string[]): string => (items.length > 0 ? `<${items.join(", ")}>` : "");
  const parameters = list(type.map((parameter) => parameter.name + (parameter.optional ? " = any" : "")));
  return `type ${name}${parameters} = import("./${module}").${name}${list(type.map((parameter) => parameter.name))};`;
}
