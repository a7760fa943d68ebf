// Random programs: top-level statements that a script may be cut between, from a small grammar. Each has a second form
// in which a name that is declared again is assigned to, as in one script it can't be declared twice.

import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

export interface Statement {
  /** TypeScript, as in a cell. */
  text: string;
  /** The same as a part of one script. */
  plain: string;
  /** Declares a name of an earlier statement: another cell has to begin. */
  beginsCell: boolean;
}

type Kind = "number" | "list" | "object" | "function" | "class" | "asyncFunction" | "generator" | "map";
const KINDS: Kind[] = ["number", "list", "object", "function", "class", "asyncFunction", "generator", "map"];

/** Some are globals of Node, whose sessions' variables live under another name. */
const NAMES = [
  "a",
  "b",
  "c",
  "$",
  "_",
  "名",
  "é1",
  "total",
  "name",
  "performance",
  "URL",
  "fetch",
  "Blob",
  "global1",
];

export class Random {
  readonly #generator;

  constructor(seed: number) {
    this.#generator = xoroshiro128plus(seed);
  }

  /** An integer from 0 to `count` - 1. */
  below(count: number): number {
    return uniformInt(this.#generator, 0, count - 1);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  chance(probability: number): boolean {
    return this.below(1000) < probability * 1000;
  }
}

interface Variable {
  kind: Kind;
  isAssignable: boolean;
}

/** The statements of a program; they call `log` and `load`, which imports, and use `disposal`, which is `Symbol.dispose`: these must be there. */
export class ProgramGenerator {
  readonly #random: Random;
  readonly #variables = new Map<string, Variable>();
  /** What bodies of functions may call. */
  readonly #called = new Set<string>();
  #enums = 0;
  #unique = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  program(length: number): Statement[] {
    const statements = Array.from({ length }, () => this.statement());
    const names = [...this.#variables.keys()];
    const shown = names.map((name) => this.#show(name));
    const last = `[${shown.join(", ")}]`;
    return [...statements, { text: `;${last}`, plain: last, beginsCell: false }];
  }

  statement(): Statement {
    const roll = this.#random.below(10);
    if (roll < 4 || this.#variables.size < 2) return this.#declaration();
    return roll < 6 ? this.#use() : this.#compound();
  }

  #fresh(prefix: string): string {
    this.#unique += 1;
    return `${prefix}${this.#unique}`;
  }

  #some(kind: Kind, isAssignable = false): string | undefined {
    const names = [...this.#variables].filter(
      ([, each]) => each.kind === kind && (each.isAssignable || !isAssignable),
    );
    return names.length > 0 ? this.#random.pick(names)[0] : undefined;
  }

  /** An expression of type number; it may call and await what there is. */
  #number(depth = 2, canAwait = true): string {
    const random = this.#random;
    const inner = () => this.#number(depth - 1, canAwait);
    if (depth <= 0) return this.#some("number") ?? String(random.below(10));
    const [list, object, func, cls, map, task, generator] = (
      ["list", "object", "function", "class", "map", "asyncFunction", "generator"] as const
    ).map((kind) => this.#some(kind));
    const forms: (string | undefined)[] = [
      String(random.below(100)),
      this.#some("number"),
      `(${inner()} ${random.pick(["+", "-", "*", "??", "&&", "||", "|"])} ${inner()})`,
      `(${inner()} > ${inner()} ? ${inner()} : ${inner()})`,
      `(() => ${inner().replace(/\bawait /g, "0 * ")})()`.replace(/0 \* [^\s)]*/g, "0"),
      list && `${list}.length`,
      list && `(${list}[${random.below(3)}] ?? 0)`,
      list && `${list}.reduce((sum: number, each: number) => sum + each, 0)`,
      object && `${object}.p`,
      object && `(({ p, ...others }) => p + Object.keys(others).length)(${object})`,
      func && `${func}(${inner()})`,
      cls && `new ${cls}(${inner()}).m(${inner()})`,
      cls && `${cls}.made`,
      map && `(${map}.get("k") ?? ${inner()})`,
      generator && `[...${generator}(${random.below(3) + 1})].length`,
      canAwait && task ? `(await ${task}(${inner()}))` : undefined,
      canAwait ? `(await ${inner()})` : undefined,
      `Number(\`\${${inner()}}\`)`,
    ];
    const form = random.pick(forms.filter((each) => each !== undefined));
    return form.includes("=> await") ? "1" : form;
  }

  /** Without `await`: for the bodies of functions. */
  #plainNumber(depth = 2): string {
    return this.#number(depth, false);
  }

  #declaration(): Statement {
    const random = this.#random;
    const name = random.pick(NAMES);
    const isAgain = this.#variables.has(name);
    if (random.chance(0.12)) return this.#several(name, isAgain);
    // Functions that call what the name meant before would call themselves through it, without end if it waits.
    const kind = random.pick(
      this.#called.has(name) ? KINDS.filter((each) => each !== "asyncFunction") : KINDS,
    );
    if (kind === "function" || kind === "generator" || kind === "class") this.#called.add(name);
    // An initial value may use what its own name meant before: not in one script, where that is not yet declared.
    const before = this.#variables.get(name);
    this.#variables.delete(name);
    const { value, declaration } = this.#valueOf(kind, name);
    const keyword = random.pick(["const", "let", "var"]);
    const isVariable = declaration === undefined || random.chance(0.3);
    this.#variables.set(name, { kind, isAssignable: isVariable ? keyword !== "const" : false });
    const annotation = kind === "number" && random.chance(0.4) ? ": number" : "";
    const prefix = random.chance(0.1) ? "export " : "";
    const text = isVariable
      ? `${prefix}${keyword} ${name}${annotation} = ${value}${random.pick([";", ""])}`
      : declaration;
    const declares = isVariable ? `let ${name} = ${value};` : declaration;
    return { text, plain: before || isAgain ? `${name} = ${value};` : declares, beginsCell: isAgain };
  }

  /** Several names by destructuring, or by an import. */
  #several(name: string, isAgain: boolean): Statement {
    const random = this.#random;
    const other = this.#fresh("v");
    const keyword = random.pick(["const", "let", "var"]);
    for (const each of [name, other]) this.#variables.delete(each);
    const [p, q] = [this.#number(1), this.#number(1)];
    const [pattern, value] = random.pick([
      [`{ p: ${name}, q: ${other} = 5 }`, `{ p: ${p}, q: ${q} }`],
      [`[${name}, , ${other}]`, `[${p}, 1, ${q}]`],
      [`{ ["p"]: ${name}, r: { s: [${other}] } }`, `{ p: ${p}, r: { s: [${q}] } }`],
      [`[${name} = 7, [${other} = ${q}] = []]`, "[undefined, undefined]"],
    ] as const);
    for (const each of [name, other])
      this.#variables.set(each, { kind: "number", isAssignable: keyword !== "const" });
    if (random.chance(0.25)) {
      this.#variables.set(name, { kind: "number", isAssignable: false });
      this.#variables.delete(other);
      const target = `${isAgain ? "" : "let "}${name} = (await load("node:buffer")).constants.MAX_LENGTH > 0 ? 1 : 0;`;
      // An imported namespace is looked into at once, so that it is a number everywhere.
      return {
        text: `import { constants as ${other} } from "node:buffer";\n${keyword} ${name} = ${other}.MAX_LENGTH > 0 ? 1 : 0;`,
        plain: target,
        beginsCell: isAgain,
      };
    }
    const plain = isAgain ? `let ${other}; (${pattern} = ${value});` : `let ${pattern} = ${value};`;
    return { text: `${keyword} ${pattern} = ${value};`, plain, beginsCell: isAgain };
  }

  /** A value as an expression, and as a declaration where there is such a form. */
  #valueOf(kind: Kind, name: string): { value: string; declaration?: string } {
    const random = this.#random;
    const body = () => this.#plainNumber();
    const named = (head: string, rest: string, type = "") => ({
      value: `${head}${rest.replaceAll(": number", "")}`,
      declaration: `${head} ${name}${type}${rest}`,
    });
    switch (kind) {
      case "number":
        return { value: this.#number() };
      case "list":
        return { value: `[${this.#number(1)}, ${this.#number(1)}, ...[${this.#number(1)}]]` };
      case "object": {
        const shorthand = this.#some("number");
        return {
          value: `{ p: ${this.#number(1)}, q: ${this.#number(1)}, get r() { return this.p }${shorthand ? `, ${shorthand}` : ""} }`,
        };
      }
      case "map":
        return { value: `new Map([["k", ${this.#number(1)}]])` };
      case "function": {
        const state = this.#some("number", true);
        const parameter = random.pick(["x", "x", this.#some("number") ?? "x"]);
        const effects = state && state !== parameter ? `${state} += 1; ` : "";
        const rest = `(${parameter}: number) { ${effects}return ${parameter} + ${body()} }`;
        return random.chance(0.3)
          ? { value: `(${parameter}) => ${parameter} * 2 + (${body()})` }
          : named("function", rest);
      }
      case "asyncFunction":
        return named("async function", `(x: number) { await null; return x - ${body()} }`);
      case "generator":
        return named("function*", `(n: number) { for (let i = 0; i < n; i += 1) yield i * ${body()} }`);
      case "class": {
        const rest = ` { static made = 0; #x; constructor(x) { this.#x = x; ${name}.made += 1 } m(y) { return this.#x + y + (${body()}) } static { this.made += 2 } }`;
        return { value: `class ${name}${rest}`, declaration: `class ${name}${rest}` };
      }
      default:
        throw new TypeError(`Unknown kind: ${kind satisfies never}`);
    }
  }

  /** What `name` holds, as text that does not depend on the realm. */
  #show(name: string): string {
    const forms: Record<Kind, string> = {
      number: name,
      list: `${name}.join()`,
      object: `JSON.stringify(${name})`,
      map: `[...${name}].join()`,
      function: `${name}(1)`,
      class: `new ${name}(2).m(3)`,
      asyncFunction: `await ${name}(4)`,
      generator: `[...${name}(2)].join()`,
    };
    const kind = this.#variables.get(name)?.kind ?? "number";
    return forms[kind];
  }

  #use(): Statement {
    const random = this.#random;
    const assignable = this.#some("number", true);
    const list = this.#some("list");
    const object = this.#some("object");
    const map = this.#some("map");
    const forms: (string | undefined)[] = [
      `log(${this.#number()})`,
      `log(${this.#show(random.pick([...this.#variables.keys()]))});`,
      assignable && `${assignable} ${random.pick(["=", "+=", "-=", "||=", "??="])} ${this.#number()};`,
      assignable && `log(${assignable}++, --${assignable})`,
      assignable && `;({ p: ${assignable} } = { p: ${this.#number(1)} });`,
      assignable && `;[${assignable}] = [${this.#number(1)}];`,
      list && `${list}.push(${this.#number(1)});`,
      list && `;[${list}[0], ${list}[1]] = [${list}[1], ${list}[0]]`,
      object && `${object}.p = ${this.#number()};`,
      object && `delete ${object}.q; log(${object}?.q, "q" in ${object}, typeof ${object})`,
      map && `${map}.set("k", ${this.#number(1)})`,
      `log(typeof ${random.pick(NAMES.filter((each) => this.#variables.has(each)))} === "undefined")`,
      `log(await Promise.all([${this.#number(1)}, Promise.resolve(${this.#number(1)})]).then(String));`,
    ];
    return same(random.pick(forms.filter((each) => each !== undefined)));
  }

  #compound(): Statement {
    const random = this.#random;
    const fresh = (prefix: string) => this.#fresh(prefix);
    const number = () => this.#number(1);
    const shadow = this.#some("number") ?? "x";
    const assignable = this.#some("number", true);
    const kept = fresh("kept");
    const forms: (() => string | undefined)[] = [
      () => `for (let i = 0; i < 3; i += 1) { const ${shadow} = i * 2; log(${shadow}, ${number()}) }`,
      () => `for (var ${kept} = 0, n${kept} = 2; ${kept} < n${kept}; ${kept}++) log(${kept})\nlog(${kept})`,
      () =>
        `const ${kept}: (() => number)[] = []; for (let i = 0; i < 3; i++) ${kept}.push(() => i + ${this.#plainNumber(1)}); log(${kept}.map((f) => f()).join())`,
      () => `for (const [key, ${shadow}] of Object.entries({ one: 1, two: 2 })) { log(key, ${shadow}) }`,
      () => `for (const key in { one: 1 }) log(key)`,
      () => assignable && `for (${assignable} of [1, 2]) log(${assignable})`,
      () => `for await (const each of [Promise.resolve(${number()}), 2]) log(each)`,
      () =>
        `if (${number()} > ${number()}) { var ${kept} = ${number()} } else { var ${kept} = 1; log("else") }\nlog(${kept})`,
      () =>
        `try { throw new Error("e" + ${number()}) } catch (${shadow}) { log(${shadow}.message) } finally { log("finally") }`,
      () => `try { (undefined as any).x } catch { log("caught", ${number()}) }`,
      () =>
        `switch (${number()} % 2) { case 0: { let ${shadow} = 1; log(${shadow}); break } default: log("other") }`,
      () =>
        `outer: for (const i of [1, 2, 3]) { for (const j of [1, 2]) { if (i === 2) continue outer; if (i === 3) break outer; log(i, j) } }`,
      () =>
        `log(${kept}(2)); function ${kept}(x: number): number { return x < 1 ? ${this.#plainNumber(1)} : ${kept}(x - 1) }`,
      () => `log((function ${shadow}(x) { return typeof ${shadow} + x })(1))`,
      () => `log(((${shadow} = 3, { ${kept} = ${shadow} } = {}) => [${shadow}, ${kept}].join())())`,
      () => `{ let ${shadow} = 5; { const f = () => ${shadow}++; f(); log(f(), ${shadow}) } }`,
      () => `{ class ${shadow} { static s = 3 }; log(${shadow}.s, new ${shadow}() instanceof ${shadow}) }`,
      () => `{ using held = { [disposal]() { log("disposed") } } as any; log(typeof held, ${number()}) }`,
      () =>
        `const { [String(${number()})]: ${kept}, ...rest${kept} } = { z: 1 } as any; log(${kept}, Object.keys(rest${kept}).join())`,
      () =>
        `interface I${kept} { a: number }\ntype T${kept}<T> = T | I${kept}\nlog((1 satisfies number) as unknown as number)`,
      () => {
        this.#enums += 1;
        const name = `E${this.#enums}`;
        return `enum ${name} { A, B = ${random.below(9)}, C = "c" as any }\nlog(${name}.B, ${name}[0], ${name}.C)`;
      },
      () => {
        this.#enums += 1;
        const name = `N${this.#enums}`;
        return `namespace ${name} { export const v = ${this.#plainNumber(1)}; export function f() { return v } }\nlog(${name}.f())`;
      },
      () =>
        `const ${kept} = { a: { b: [${number()}] }, ${shadow} }; log(${kept}?.a?.b?.[0], \`\${${kept}.a.b.length}\`, ${kept}["${shadow}"])`,
      () => `let ${kept}; log(${kept}); ${kept} = ${number()}\nlog(${kept})`,
      () => `var ${kept}: number; log(${kept}); if (true) ${kept} = ${number()}; log(${kept})`,
      () =>
        `const ${kept} = (async () => { const x = await ${number().replaceAll("await ", "")}; return x + 1 })()\nlog(await ${kept})`,
      () =>
        `log(await (async () => { for (var i = 0; i < 2; i++) await null; return i })(), [1, 2].map((${shadow}) => ${shadow} * 2).join())`,
      () =>
        `const tag${kept} = (parts: TemplateStringsArray, ...values: number[]) => parts.join("|") + values.join(); log(tag${kept}\`a\${${number()}}b\`)`,
      () =>
        `class A${kept} { get v() { return ${this.#plainNumber(1)} } } class B${kept} extends A${kept} { override get v() { return super.v + 1 } }; log(new B${kept}().v)`,
    ];
    return same(random.pick(forms)() ?? `log(${number()})`);
  }
}

function same(text: string): Statement {
  return { text, plain: text, beginsCell: false };
}
