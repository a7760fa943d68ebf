// What a cell declares at its top level, read from its syntax tree: the names that later cells will see, with enough
// about each (assignable? which type parameters?) to declare it again in another module.

import { type ParseResult, parseSync } from "oxc-parser";

type Tree = ParseResult["program"];
type Statement = Tree["body"][number];

/** `import` stands for every meaning at once: what lies behind an imported name is not in the syntax. */
export type ValueKind = "variable" | "constant" | "function" | "class" | "enum" | "namespace" | "import";

interface TypeParameter {
  name: string;
  optional: boolean;
}

/** The meanings of one name; `type` is set for interfaces and type aliases only, classes and enums are values too. */
export interface Name {
  value?: ValueKind;
  type?: TypeParameter[];
}

export interface CellShape {
  names: Map<string, Name>;
  /** Names that the cell exports itself. */
  exported: Set<string>;
  /** The spans and names of `declare global` and `declare module "…"`, which reach beyond their cell. */
  augmentations: { start: number; end: number; names: string[] }[];
}

/** TypeScript's syntax tree of a cell, or of a local file, with its syntax errors. */
export function parse(source: string, fileName: string = dialectOf(source)): ParseResult {
  const lang = fileName.endsWith("x") ? "tsx" : "ts";
  return parseSync(fileName, source, { lang, sourceType: "module", range: false });
}

type Dialect = "cell.ts" | "cell.tsx";

/** A cell is asked about several times in a row. */
let latest: { source: string; dialect: Dialect } | undefined;

/** The file name that says how a cell is to be read: with JSX where it is no TypeScript without, but is with it. */
export function dialectOf(source: string): Dialect {
  if (!/<[\p{ID_Start}$_>]/u.test(source)) return "cell.ts";
  if (latest?.source === source) return latest.dialect;
  const isRight = (fileName: Dialect): boolean => parse(source, fileName).errors.length === 0;
  const dialect = isRight("cell.ts") || !isRight("cell.tsx") ? "cell.ts" : "cell.tsx";
  latest = { source, dialect };
  return dialect;
}

/** The declarations of a cell; a cell that can't be parsed (it is being typed) is read with a regular expression. */
export function declarationsOf(source: string): CellShape {
  const shape: CellShape = { names: new Map(), exported: new Set(), augmentations: [] };
  const { program } = parse(source);
  if (program.body.length > 0) for (const statement of program.body) readStatement(statement, shape);
  else guessNames(source, shape);
  return shape;
}

function add(shape: CellShape, name: string, meaning: Name): void {
  const known = shape.names.get(name);
  // Of merged declarations the first counts: a namespace may add to a class or function, never the other way round.
  if (!known) shape.names.set(name, meaning);
  else if (known.value === "namespace" && meaning.value) known.value = meaning.value;
  else shape.names.set(name, { ...meaning, ...known });
}

function readStatement(statement: Statement, shape: CellShape): void {
  switch (statement.type) {
    case "VariableDeclaration":
      readVariables(statement, shape);
      break;
    case "FunctionDeclaration":
    case "TSDeclareFunction":
      if (statement.id) add(shape, statement.id.name, { value: "function" });
      break;
    case "ClassDeclaration":
      if (statement.id) add(shape, statement.id.name, { value: "class" });
      break;
    case "TSEnumDeclaration":
      add(shape, statement.id.name, { value: "enum" });
      break;
    case "TSInterfaceDeclaration":
    case "TSTypeAliasDeclaration":
      add(shape, statement.id.name, {
        type: (statement.typeParameters?.params ?? []).map(({ name, default: fallback }) => ({
          name: name.name,
          optional: Boolean(fallback),
        })),
      });
      break;
    case "TSModuleDeclaration":
      if (statement.id.type === "Identifier" && statement.kind !== ("global" as string))
        add(shape, statement.id.name, { value: "namespace" });
      else
        shape.augmentations.push({
          start: statement.start,
          end: statement.end,
          names: namesWithin(statement),
        });
      break;
    case "TSImportEqualsDeclaration":
      add(shape, statement.id.name, { value: "import" });
      break;
    case "ImportDeclaration":
      for (const { local } of statement.specifiers) add(shape, local.name, { value: "import" });
      break;
    case "ExportNamedDeclaration":
      readExport(statement, shape);
      break;
    case "ExportDefaultDeclaration":
      if (statement.declaration.type.endsWith("Declaration"))
        readStatement(statement.declaration as Statement, shape);
      break;
    default:
      readHoisted(statement, shape);
  }
}

type Of<K extends Statement["type"]> = Extract<Statement, { type: K }>;

function readExport(statement: Of<"ExportNamedDeclaration">, shape: CellShape): void {
  for (const { exported } of statement.specifiers)
    if (exported.type === "Identifier") shape.exported.add(exported.name);
  if (!statement.declaration) return;
  const inner: CellShape = { names: new Map(), exported: new Set(), augmentations: [] };
  readStatement(statement.declaration as Statement, inner);
  for (const [name, meaning] of inner.names) {
    add(shape, name, meaning);
    shape.exported.add(name);
  }
}

function readVariables(declaration: Of<"VariableDeclaration">, shape: CellShape): void {
  const assignable = declaration.kind === "let" || declaration.kind === "var";
  for (const { id } of declaration.declarations)
    for (const name of boundNames(id)) add(shape, name, { value: assignable ? "variable" : "constant" });
}

/** The names that a variable's pattern binds: `{ a, b: [c = 1, ...d] }` binds a, c and d. */
function boundNames(pattern: unknown): string[] {
  const node = pattern as Node;
  switch (node.type) {
    case "Identifier":
      return [node.name as string];
    case "ObjectPattern":
      return (node.properties as Node[]).flatMap((property) =>
        boundNames(property.argument ?? property.value),
      );
    case "ArrayPattern":
      return (node.elements as (Node | null)[]).flatMap((element) => (element ? boundNames(element) : []));
    case "AssignmentPattern":
      return boundNames(node.left);
    case "RestElement":
      return boundNames(node.argument);
    default:
      return [];
  }
}

interface Node {
  type: string;
  [property: string]: unknown;
}

function childrenOf(node: Node): Node[] {
  return Object.values(node)
    .flat()
    .filter((value): value is Node => typeof (value as Node | null)?.type === "string");
}

/** `var` in a block belongs to the cell (ECMA-262 §14.3.2), not what functions and classes hold inside. */
function readHoisted(statement: Statement, shape: CellShape): void {
  const visit = (node: Node): void => {
    if (node.type === "VariableDeclaration") {
      if (node.kind === "var") readVariables(node as unknown as Of<"VariableDeclaration">, shape);
    } else if (/Statement$|^SwitchCase$|^CatchClause$/.test(node.type)) childrenOf(node).forEach(visit);
  };
  visit(statement as unknown as Node);
}

function namesWithin(node: unknown): string[] {
  const names: string[] = [];
  const visit = (child: Node): void => {
    const id = (child.id ?? child.key) as Node | undefined;
    if (id?.type === "Identifier") names.push(id.name as string);
    childrenOf(child).forEach(visit);
  };
  childrenOf(node as Node).forEach(visit);
  return names;
}

function guessNames(source: string, shape: CellShape): void {
  const declaration =
    /\b(const|let|var|function|class|interface|type|enum|namespace)\s*\*?\s*([\p{ID_Start}$_][\p{ID_Continue}$]*)/gu;
  const kinds: Record<string, Name> = { interface: { type: [] }, type: { type: [] } };
  for (const [, keyword = "", name = ""] of source.matchAll(declaration))
    add(shape, name, kinds[keyword] ?? { value: "variable" });
}
