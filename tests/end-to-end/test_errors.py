"""Errors: found before the cell runs, traced in the user's TypeScript, never swallowed."""

import re

import pytest

OURS = re.compile(r"kernel/runner|dist/|node:vm|node:internal|evaluate\.|rewrite\.|host\.|runInThisContext", re.IGNORECASE)


def test_a_type_error_stops_the_cell_before_it_runs(notebook):
    execution = notebook.run("console.log('not printed')\nconst n: number = 'text'")
    assert execution.reply["status"] == "error"
    assert execution.reply["ename"] == "TypeCheckError"
    assert execution.stdout == ""
    assert "TS2322" in execution.traceback
    assert re.search(r"cell \d+:2:7", execution.traceback)
    assert "const n: number = 'text'" in execution.traceback
    assert re.search(r"[~^]", execution.traceback)


def test_a_syntax_error_names_its_place(notebook):
    execution = notebook.run("const ok = 1\nconst = 2")
    assert execution.error["ename"] == "SyntaxError"
    assert re.search(r"cell \d+:2:", execution.traceback)
    assert "const = 2" in execution.traceback


def test_a_traceback_gives_cell_line_and_column_of_the_typescript(notebook):
    first = notebook.ok("interface Named { name: string }\n\nfunction inner(x: Named | null): string {\n  return (x as Named).name\n}")
    n = first.reply["execution_count"]
    execution = notebook.run("type Unused = { a: number }\nconst outer = (): string => inner(null)\nouter()")
    assert execution.error["ename"] == "TypeError"
    assert f"cell {n}:4:23" in execution.traceback
    assert f"cell {n + 1}:2:29" in execution.traceback
    assert f"cell {n + 1}:3:1" in execution.traceback
    assert not OURS.search(execution.traceback), execution.traceback


@pytest.mark.parametrize(
    "cell, place",
    [
        ("throw new Error('plain')", "1:7"),
        ("await 0\n\n  throw new Error('after await')", "3:9"),
        ("import { sep } from 'node:path'\nenum E { A }\nthrow new Error(sep + E.A)", "3:7"),
        ("const deep = async () => {\n  await null\n  throw new RangeError('async')\n}\nawait deep()", "3:9"),
        ("class K { constructor(private x: number) {}\n  m() { throw new Error('m' + this.x) } }\nnew K(1).m()", "2:15"),
        ("[1].map((x): number => {\n  throw new Error('callback')\n})", "2:9"),
        ("JSON.parse('{')", "1:6"),
    ],
)
def test_places_in_tracebacks(notebook, cell, place):
    execution = notebook.run(cell)
    n = execution.reply["execution_count"]
    assert f"cell {n}:{place}" in execution.traceback, execution.traceback
    assert not OURS.search(execution.traceback), execution.traceback


def test_what_is_thrown_need_not_be_an_error(notebook):
    assert "5" in notebook.run("throw 5").error["evalue"]
    assert "custom" in notebook.run("throw { custom: true }").traceback
    assert notebook.run("throw undefined").reply["status"] == "error"
    assert notebook.run("await Promise.reject('rejected text')").error["evalue"] == "rejected text"


def test_causes_are_told(notebook):
    execution = notebook.run("throw new Error('outer', { cause: new TypeError('inner') })")
    assert "outer" in execution.traceback and "inner" in execution.traceback


def test_an_own_error_class_keeps_its_name(notebook):
    execution = notebook.run("class OwnError extends Error { override name = 'OwnError' }\nthrow new OwnError('own')")
    assert (execution.error["ename"], execution.error["evalue"]) == ("OwnError", "own")


@pytest.mark.parametrize(
    "cell, text",
    [
        ("setTimeout(() => { throw new Error('from a timer') }, 300); undefined", "from a timer"),
        ("void (async () => { await new Promise(r => setTimeout(r, 300)); throw new Error('from a promise') })()", "from a promise"),
        ("setTimeout(() => { Promise.reject(new Error('rejected late')) }, 300); undefined", "rejected late"),
    ],
)
def test_errors_after_the_cells_end_are_shown(notebook, cell, text):
    message_id = notebook.send(cell)
    assert notebook.collect(message_id).reply["status"] == "ok"

    def tells(message):
        content = message["content"]
        return text in str(content.get("text", "")) or text in str(content.get("evalue", "")) or text in str(content.get("traceback", ""))

    message = notebook.late(message_id, tells)
    assert not OURS.search(str(message["content"]))
    assert notebook.ok("'lives on'").result == "'lives on'"


def test_variables_survive_an_error(notebook):
    notebook.ok("const kept = { value: 1 }")
    notebook.run("kept.value = 2; throw new Error('after the change')")
    assert notebook.ok("kept.value").result == "2"


def test_an_error_while_formatting_a_result_does_no_harm(notebook):
    execution = notebook.run("({ [Symbol.for('Jupyter.display')]() { throw new Error('cannot show') } })")
    assert "cannot show" in str(execution.messages)
    assert notebook.ok("1").result == "1"
