"""What cells declare, and what later cells make of it."""

import itertools

import pytest

DECLARATIONS = {
    "const": "const thing = 'const'",
    "let": "let thing = 'let'",
    "var": "var thing = 'var'",
    "class": "class thing { static kind = 'class' }",
    "function": "function thing() { return 'function' }",
    "type": "type thing = { kind: 'type' }; const holder: thing = { kind: 'type' }",
    "interface": "interface thing { kind: 'interface' }; const holder: thing = { kind: 'interface' }",
    "enum": "enum thing { First = 'enum' }",
    "import": "import thing from 'node:path'",
    "named import": "import { sep as thing } from 'node:path'",
    "namespace import": "import * as thing from 'node:path'",
    "destructuring": "const { thing } = { thing: 'destructured' }",
    "await": "const thing = await Promise.resolve('awaited')",
}
USES = {
    "const": ("thing", "'const'"),
    "let": ("thing", "'let'"),
    "var": ("thing", "'var'"),
    "class": ("thing.kind", "'class'"),
    "function": ("thing()", "'function'"),
    "type": ("const use: thing = holder; use.kind", "'type'"),
    "interface": ("const use: thing = holder; use.kind", "'interface'"),
    "enum": ("thing.First", "'enum'"),
    "import": ("thing.sep", "'/'"),
    "named import": ("thing", "'/'"),
    "namespace import": ("thing.sep", "'/'"),
    "destructuring": ("thing", "'destructured'"),
    "await": ("thing", "'awaited'"),
}


@pytest.mark.parametrize("before, after", list(itertools.product(DECLARATIONS, repeat=2)))
def test_redeclaration_in_any_mix(notebook, before, after):
    notebook.ok(DECLARATIONS[before])
    notebook.ok(DECLARATIONS[after])
    use, value = USES[after]
    assert notebook.ok(use).result == value


def test_functions_see_later_assignments(notebook):
    notebook.ok("let counter = 1\nconst read = () => counter")
    assert notebook.ok("counter = 2; read()").result == "2"
    notebook.ok("let counter = 3")
    assert notebook.ok("read()").result == "3"


def test_functions_change_variables_of_the_session(notebook):
    notebook.ok("let total = 0\nfunction add(n: number) { total += n }")
    notebook.ok("add(2); add(3)")
    assert notebook.ok("total").result == "5"


@pytest.mark.parametrize(
    "cell, result",
    [
        ("const a1 = await Promise.resolve(1); a1 + 1", "2"),
        ("for await (const x of [Promise.resolve(3)]) { var seen: number | undefined = x }\nseen", "3"),
        ("await 0; function later() { return 5 }\nlater()", "5"),
        ("const { p, q: [r = 7], ...rest } = await Promise.resolve({ p: 1, q: [] as number[], s: 2 }); p + r + rest.s", "10"),
        ("let u: number | undefined\nawait 0\nu", None),
        ("if (true) { await 0 }\nconst afterwards = 4\nafterwards", "4"),
        ("for (let i = 0; i < 2; i++) await i\nconst [m, n] = [1, 2];\n[m, n][1]", "2"),
        ("await Promise.all([1, 2].map(async x => x * 2))", "[ 2, 4 ]"),
        ("class Late { v = 1 }\nawait 0\nnew Late().v", "1"),
        ("enum Level { Low, High }\nawait 0\nLevel.High", "1"),
        ("try { await Promise.reject(new Error('x')) } catch { 'caught' }\n8", "8"),
    ],
)
def test_top_level_await(notebook, cell, result):
    assert notebook.ok(cell).result == result


def test_typescript_of_every_kind_runs(notebook):
    source = """
abstract class Shape { constructor(protected readonly name: string) {} abstract area(): number }
class Square extends Shape { constructor(private side: number) { super('square') } area() { return this.side ** 2 } }
namespace Units { export const metre = 1 }
function first<T>(items: readonly T[]): T | undefined { return items[0] }
const tuple = [1, 'a'] as const satisfies readonly [number, string]
new Square(3).area() + Units.metre + first([1])! + tuple[0]
"""
    assert notebook.ok(source).result == "12"
    assert notebook.ok("new Square(2).area() + Units.metre").result == "5"


def test_a_variable_is_typed_in_later_cells(notebook):
    notebook.ok("const typed = { a: 1, b: ['x'] }")
    wrong = notebook.run("const s: string = typed.a")
    assert wrong.error["ename"] == "TypeCheckError"
    assert "TS2322" in wrong.traceback


def test_shadowing_what_the_runner_needs_does_it_no_harm(fresh):
    fresh.ok("const process = 1, console = 2, Promise = 3, setTimeout = 4, JSON = 5, Buffer = 6, Symbol = 7, globalThisToo = 8")
    assert fresh.ok("'still ' + 'here'").result == "'still here'"
    assert fresh.ok("[process, JSON]").result == "[ 1, 5 ]"
    assert fresh.run("throw new Error('told')").error["evalue"] == "told"
