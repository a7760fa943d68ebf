// `npm:name@version/path` in imports, as Deno writes them (https://docs.deno.com/runtime/fundamentals/node/).

import { parse } from "../language/declarations.ts";

/** A package that code wants. */
export interface PackageRequest {
  name: string;
  /** A version, a range of versions or a tag; "" means any. */
  version: string;
}

interface NpmSpecifier extends PackageRequest {
  /** What Node and TypeScript know the module by: the name, with the path within the package. */
  bare: string;
}

/** A specifier in a source, with the offsets of its literal. */
interface FoundSpecifier extends NpmSpecifier {
  start: number;
  end: number;
}

const SPECIFIER = /^npm:\/?((?:@[\w.~-]+\/)?[\w.~-]+)(?:@([^/]*))?((?:\/.*)?)$/;

/** The parts of an `npm:` specifier; undefined for any other. */
export function parseNpmSpecifier(specifier: string): NpmSpecifier | undefined {
  const [, name, version = "", path = ""] = SPECIFIER.exec(specifier) ?? [];
  return name === undefined ? undefined : { name, version, bare: name + path };
}

/** All `npm:` specifiers of a source: of static and dynamic imports, of types and of exports. */
export function npmSpecifiers(source: string): FoundSpecifier[] {
  if (!source.includes("npm:")) return [];
  const found: FoundSpecifier[] = [];
  const visit = (node: Node, isSpecifier: boolean): void => {
    if (isSpecifier && node.type === "Literal" && typeof node.value === "string") {
      const specifier = parseNpmSpecifier(node.value);
      if (specifier) found.push({ ...specifier, start: node.start, end: node.end });
    }
    const isImport =
      /^(Import|Export\w*)(Declaration|Expression)$|^TSImportType$|^TSExternalModuleReference$/;
    for (const [key, value] of Object.entries(node)) {
      const isSource = /^(source|argument|expression|literal)$/.test(key);
      const inside = isSource && (isImport.test(node.type) || (isSpecifier && node.type === "TSLiteralType"));
      for (const child of [value].flat()) {
        if (typeof (child as Node | null)?.type === "string") visit(child as Node, inside);
      }
    }
  };
  visit(parse(source).program as unknown as Node, false);
  return found;
}

interface Node {
  type: string;
  start: number;
  end: number;
  [property: string]: unknown;
}
