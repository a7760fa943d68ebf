"""Ways to throw: the place of the throw and the places of the calls, in the user's TypeScript and nothing else. Columns are
those that V8 gives, so a `throw` is placed at its error's `new`, and a call that is awaited at `await`."""

import re

import pytest

# In the last cell, and in helper.ts, `«` stands before each place that the traceback must show.
CASES = {
    "a throw": "type A = { a: number }\n  throw «new Error('x')",
    "a function and its call": "function inner(a: number): never {\n  throw «new Error('x' + a)\n}\nconst outer = (): never => «inner(1)\n«outer()",
    "a function of an earlier cell": ["interface P { n: string | null }\nfunction read(p: P) {\n\n  return (p.n as string).length }", "const p: P = { n: null }\n«read(p)"],
    "after an await": "await 0\nconst x: number = 1\n  throw «new Error('x')",
    "an awaited async function": "async function slow(): Promise<void> {\n  await null\n  throw «new RangeError('x')\n}\n«await slow()",
    "a rejected promise": "const why: string = 'x'\n«await failing()\nasync function failing() { await 0; return Promise.reject(«new Error(why)) }",
    "a callback": "const numbers: number[] = [1]\nnumbers.«map((n: number): number => {\n  throw «new Error('x' + n)\n})",
    "a sort's comparison": "[2, 1].«sort((a: number, b: number) => { throw «new Error('x') })",
    "a method": "class K {\n  constructor(private readonly n: number) {}\n  m(): void { throw «new Error('x' + this.n) }\n}\nnew K(1).«m()",
    "a constructor": "class Base { constructor(readonly n: number) { throw «new Error('x') } }\nclass Derived extends Base {}\n«new Derived(1)",
    "a getter": "const o = { get bad(): number { throw «new Error('x') } }\nlet y: number = o.«bad",
    "a static block": "class S {\n  static {\n    throw «new Error('x')\n  }\n}",
    "a generator": "function* count(): Generator<number> {\n  yield 1\n  throw «new Error('x')\n}\nfor (const «n of count()) n",
    "a template's tag": "const tag = (parts: TemplateStringsArray, ...v: number[]): string => { throw «new Error('x') }\ntag«`a${1}b`",
    "a member of undefined": "const data: any = {}\nconst n: number = data.rows.«length",
    "destructuring of undefined": "const pair: any = undefined\nfunction first({ «a }: { a: number }): number { return a }\n«first(pair)",
    "what is no function": "const o: any = { f: 1 }\nif (o) {\n  o.«f(2)\n}",
    "JSON.parse": "const text: string = '{ bad'\nconst parsed: unknown = JSON.«parse(text)",
    "a library's function": "const a = tf.tensor1d([1, 2])\nconst b = tf.tensor1d([1, 2, 3])\na.«add(b as tf.Tensor).print()",
    "a local file": ["import { half } from './helper.ts'", "const n: number = 3\n«half(n)"],
    "an enum's cell with an import": "import { sep } from 'node:path'\nenum E { A, B }\nthrow «new Error(sep + E.B)",
    "a cause": "function low(): never { throw «new TypeError('low') }\ntry { «low() } catch (cause) { throw «new Error('high', { cause }) }",
}

HELPER = "export interface Unused { a: number }\nexport function half(n: number): number {\n  if (n % 2) throw «new Error('odd')\n  return n / 2\n}\n"

LATE = {
    "a timer": "const later: number = 1\nsetTimeout((): void => {\n  throw «new Error('x' + later)\n}, 50); undefined",
    "a promise that nobody awaits": "void (async (): Promise<void> => {\n  await new Promise((r) => setTimeout(r, 50))\n  throw «new Error('x')\n})()",
    "an event": "import { EventEmitter } from 'node:events'\nconst e = new EventEmitter()\ne.on('go', (n: number) => { throw «new Error('x' + n) })\nsetTimeout(() => e.«emit('go', 1), 50); undefined",
}

FRAME = re.compile(r"(cell \d+|helper\.ts):(\d+):(\d+)")
OURS = re.compile(r"/dist/|kernel/runner|node:internal|node:vm|evaluate\.|runInThisContext|@tensorflow|__nablab|\u200c")


def marks(text, name):
    """The text without its marks, and their places by name, line and column from 1."""
    places = set()
    while "«" in text:
        before, text = text.split("«", 1)
        lines = before.split("\n")
        places.add((name, len(lines), len(lines[-1]) + 1))
        text = before + text
    return text, places


def check(traceback, expected):
    shown = {(name, int(line), int(column)) for name, line, column in FRAME.findall(traceback)}
    assert expected <= shown, f"missing {expected - shown}\n{traceback}"
    assert not OURS.search(traceback), traceback


@pytest.mark.parametrize("title", CASES)
def test_places(notebook, title):
    cells = CASES[title] if isinstance(CASES[title], list) else [CASES[title]]
    helper, in_helper = marks(HELPER, "helper.ts")
    (notebook.folder / "helper.ts").write_text(helper)
    for cell in cells[:-1]:
        notebook.ok(cell)
    number = notebook.ok("1").reply["execution_count"] + 1
    source, expected = marks(cells[-1], f"cell {number}")
    execution = notebook.run(source)
    assert execution.reply["status"] == "error" and execution.error["ename"] != "TypeCheckError", execution.traceback
    check(execution.traceback, expected | (in_helper if "helper" in cells[0] else set()))


@pytest.mark.parametrize("title", LATE)
def test_places_after_the_cells_end(notebook, title):
    number = notebook.ok("1").reply["execution_count"] + 1
    source, expected = marks(LATE[title], f"cell {number}")
    message_id = notebook.send(source)
    assert notebook.collect(message_id).reply["status"] == "ok"
    message = notebook.late(message_id, lambda m: m["msg_type"] == "error")
    check(re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(message["content"]["traceback"])), expected)
