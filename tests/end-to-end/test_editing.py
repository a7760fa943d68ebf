"""Completion and inspection from types and from the running session's values; levels of type checking."""

import time

import pytest
from conftest import Notebook, strip_colours


def complete(notebook, marked, before=""):
    """`|` marks the cursor."""
    code = before + marked.replace("|", "")
    notebook.client.complete(code, len(before) + marked.index("|"))
    return notebook.client.get_shell_msg(timeout=20)["content"]


def inspect(notebook, marked, detail_level=0):
    notebook.client.inspect(marked.replace("|", ""), marked.index("|"), detail_level)
    content = notebook.client.get_shell_msg(timeout=20)["content"]
    return content["data"]["text/markdown"] if content["found"] else None


@pytest.fixture(scope="module")
def session(notebook):
    notebook.ok("const row: Record<string, number> = { age: 3, height: 1.8, 'shoe size': 40 }")
    notebook.ok("const rows: any = [{ city: 'Bern', people: 134000 }]")
    notebook.ok("const prices = new Map<string, number>([['apple', 1], ['pear', 2]])")
    notebook.ok("const parsed = JSON.parse('{ \"deep\": { \"inside\": [1, 2] } }')")
    notebook.ok("/** How warm. */\nlet warmth = 21")
    return notebook


@pytest.mark.parametrize(
    "marked, wanted",
    [
        ("row.|", "height"),
        ('row["|"]', "shoe size"),
        ("row['he|']", "height"),
        ("rows[0].ci|", "city"),
        ('rows[0]["|', "people"),
        ('prices.get("|")', "pear"),
        ("parsed.deep.|", "inside"),
        ("parsed.deep.inside.fl|", "flatMap"),
        ("'🚀🚀' + parsed.d|", "deep"),
    ],
)
def test_members_and_keys_of_live_values(session, marked, wanted):
    content = complete(session, marked)
    assert wanted in content["matches"]
    typed = marked[: marked.index("|")]
    # Positions count code points, as Python's strings do.
    prefix = typed[content["cursor_start"] :]
    assert wanted.startswith(prefix) and content["cursor_end"] == len(typed)
    described = content["metadata"]["_jupyter_types_experimental"]
    assert [each["text"] for each in described] == content["matches"]


def test_known_members_are_typescripts_alone(session):
    assert "age" not in complete(session, "prices.|")["matches"]
    assert complete(session, "const o: { a: 1 } = { a: 1 }\no.|")["matches"] == ["a"]
    assert complete(session, "// row.|")["matches"] == []
    assert complete(session, "'row.|'")["matches"] == []


def test_no_getter_is_called(session):
    session.ok("let calls = 0\nconst guarded: any = { get secret() { calls += 1; return { x: 1 } } }")
    assert "secret" in complete(session, "guarded.|")["matches"]
    assert complete(session, "guarded.secret.|")["matches"] == []
    assert session.ok("calls").result == "0"


@pytest.mark.parametrize(
    "marked, wanted, kind",
    [
        ("const velocity = 3\nvelo|", "velocity", "instance"),
        ("function later(f: number) { return 1 }\nlat|", "later", "function"),
        ("import { readFileS| } from 'node:fs'", "readFileSync", "function"),
        ("import { helper } from './hel|'", "helper", "path"),
        ("import x from './folder/|'", "inner", "path"),
        ("import x from 'fresh-p|'", "fresh-package", "module"),
        ("import x from '@scope/|'", "thing", "path"),
        ("import x from 'node:f|'", "node:fs", "module"),
        ("tf.layers.dense({ units: 1, activation: 're|' })", "relu", "value"),
        ("tf.layers.dense({ un| })", "units", "property"),
        ("let side: 'left' | 'right' = '|".replace(" | 'r", " ¦ 'r"), "left", "value"),
        ("interface Shape { sides: numb|", "number", "keyword"),
        ("class Dog { bark() {} }\nnew Dog().b|", "bark", "method"),
        ("enum Colour { Red }\nColour.|", "Red", "property"),
    ],
)
def test_static_kinds(session, marked, wanted, kind):
    folder = session.folder
    (folder / "helper.ts").write_text("export const helper = 1")
    (folder / "folder").mkdir(exist_ok=True)
    (folder / "folder" / "inner.ts").write_text("export const inner = 1")
    for name in ["fresh-package", "@scope/thing"]:
        package = folder / "node_modules" / name
        package.mkdir(parents=True, exist_ok=True)
        (package / "package.json").write_text(f'{{ "name": "{name}", "main": "index.js" }}')
        (package / "index.js").write_text("")
        (package / "index.d.ts").write_text("export const a: number")
    (folder / "package.json").write_text('{ "dependencies": { "fresh-package": "1", "@scope/thing": "1" } }')
    before, after = marked.rsplit("|", 1)
    kinds = {}
    for _ in range(50):
        # What lies behind an imported name is left out where it takes long, which the first question may.
        session.client.complete((before + after).replace("¦", "|"), len(before))
        content = session.client.get_shell_msg(timeout=20)["content"]
        kinds = {each["text"]: each["type"] for each in content["metadata"]["_jupyter_types_experimental"]}
        if kinds.get(wanted) == kind:
            break
    assert kinds.get(wanted) == kind, content["matches"][:20]


def test_signatures_come_with_matches(session):
    for _ in range(50):
        described = complete(session, "'a'.padS|")["metadata"]["_jupyter_types_experimental"]
        if described[0]["signature"]:
            break
    assert "targetLength: number" in described[0]["signature"]


def test_a_cell_that_spins_delays_nothing(session):
    message_id = session.send("{ const end = Date.now() + 1500; while (Date.now() < end); }")
    session.wait_until(message_id, lambda m: m["msg_type"] == "execute_input")
    time.sleep(0.3)
    started = time.monotonic()
    assert "log" in complete(session, "console.lo|")["matches"]
    assert complete(session, "row.|")["matches"] == []
    assert "let warmth: number" in inspect(session, "warm|th")
    assert time.monotonic() - started < 0.9
    session.collect(message_id)
    assert "age" in complete(session, "row.|")["matches"]


def test_inspection_tells_of_type_documentation_and_value(session):
    found = inspect(session, "warm|th")
    assert "let warmth: number" in found and "How warm." in found and "21" in found
    assert "Bern" in inspect(session, "rows[0].ci|ty")
    assert "shoe size" in inspect(session, "row|")
    session.ok("/**\n * Adds.\n * @param a the first\n * @param b the second\n */\nfunction plus(a: number, b: number): number { return a + b }")
    assert "Parameter 2 of 2: `b: number` — the second" in inspect(session, "plus(1, |)")
    assert "the first" in inspect(session, "pl|us(1, 2)")
    assert "return a + b" not in inspect(session, "pl|us")
    assert "b: number): number { return a + b }" in inspect(session, "pl|us", detail_level=1)
    session.ok("function twice(a: string): string\nfunction twice(a: number): number\nfunction twice(a: any) { return a }")
    assert "(+1 overload)" in inspect(session, "twi|ce(1)")


def test_the_pager_shows_value_and_source(session):
    page = session.ok("warmth?").reply["payload"][0]["data"]
    assert "How warm." in page["text/plain"] and "21" in page["text/plain"]
    assert "let warmth = 21" in session.ok("warmth??").reply["payload"][0]["data"]["text/plain"]


@pytest.mark.parametrize("level", ["off", "warn"])
def test_levels_of_checking(tmp_path, level):
    lenient = Notebook(tmp_path, env={"NABLAB_CHECK": level})
    try:
        execution = lenient.ok("const n: number = 'text'\nn.length")
        assert execution.result == "4"
        told = strip_colours(execution.stderr)
        if level == "warn":
            assert "cell 1:1:7 - error TS2322" in told and "const n: number = 'text'" in told and "TS2339" in told
        else:
            assert told == ""
        assert lenient.run("const = 2").error["ename"] == "SyntaxError"
        assert "toFixed" in complete(lenient, "n.toF|")["matches"]
    finally:
        lenient.close()
