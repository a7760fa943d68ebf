"""complete, inspect and is_complete, with cursor positions in Unicode code points."""

import pytest


def complete(notebook, code, cursor=None):
    notebook.client.complete(code, len(code) if cursor is None else cursor)
    return notebook.client.get_shell_msg(timeout=20)["content"]


def inspect(notebook, code, cursor=None):
    notebook.client.inspect(code, len(code) if cursor is None else cursor)
    return notebook.client.get_shell_msg(timeout=20)["content"]


def test_members_of_a_sessions_variable(notebook):
    notebook.ok("const person = { name: 'Ada', age: 36 }")
    content = complete(notebook, "person.na")
    assert content["status"] == "ok"
    assert "name" in content["matches"]
    assert (content["cursor_start"], content["cursor_end"]) == (7, 9)


def test_names_of_unrun_code(notebook):
    code = "const velocity = 3\nfunction go() { return velo }"
    assert "velocity" in complete(notebook, code, code.index("velo }") + 4)["matches"]


def test_members_of_tf_and_dl_before_they_are_loaded(notebook):
    assert "dense" in complete(notebook, "tf.layers.den")["matches"]
    assert "load" in complete(notebook, "dl.data.lo")["matches"]
    assert "html" in complete(notebook, "display.ht")["matches"]


def test_string_literals_and_object_keys(notebook):
    assert any("relu" in m for m in complete(notebook, "tf.layers.dense({ units: 1, activation: 're' })", 43)["matches"])
    assert "units" in complete(notebook, "tf.layers.dense({ un })", 19)["matches"]


def test_positions_are_code_points(notebook):
    notebook.ok("const rocket = { fuel: 1 }")
    content = complete(notebook, "'🚀🚀' + rocket.fu")
    assert "fuel" in content["matches"]
    assert (content["cursor_start"], content["cursor_end"]) == (14, 16)


def test_completion_answers_while_a_cell_runs(notebook):
    message_id = notebook.send("await new Promise(r => setTimeout(r, 1500))")
    assert "log" in complete(notebook, "console.lo")["matches"]
    notebook.collect(message_id)


def test_inspection_shows_signature_docs_and_origin(notebook):
    notebook.ok("/** Adds two numbers. */\nfunction addUp(a: number, b: number): number { return a + b }")
    content = inspect(notebook, "addUp")
    assert content["found"]
    assert "Adds two numbers." in content["data"]["text/markdown"]
    assert "a: number, b: number" in content["data"]["text/plain"]
    assert inspect(notebook, "tf.tensor2d")["found"]
    assert not inspect(notebook, "noSuchName")["found"]


@pytest.mark.parametrize(
    "code, status",
    [
        ("1 + 1", "complete"),
        ("const a = {", "incomplete"),
        ("function f() {", "incomplete"),
        ("f(1,", "incomplete"),
        ("const t = `open", "incomplete"),
        ("const t = `a ${1", "incomplete"),
        ("const t = `done ${1}`", "complete"),
        ("/* open", "incomplete"),
        ("const r = /[/]/", "complete"),
        ("const m = new Map<string, Array<number>>()", "complete"),
        ("if (true) {\n  f()", "incomplete"),
        ("await fetch('x')", "complete"),
        ("const = 3", "invalid"),
        ("}", "invalid"),
        ("x = 'open string\n", "invalid"),
        ("", "complete"),
    ],
)
def test_is_complete(notebook, code, status):
    notebook.client.is_complete(code)
    content = notebook.client.get_shell_msg(timeout=20)["content"]
    assert content["status"] == status
    if status == "incomplete":
        assert "indent" in content


def test_a_question_mark_opens_the_pager(notebook):
    notebook.ok("/** Doubles. */\nfunction doubled(a: number): number { return 2 * a }")
    payload = notebook.ok("doubled?").reply["payload"]
    assert [entry["source"] for entry in payload] == ["page"]
    assert "Doubles." in payload[0]["data"]["text/plain"]
    assert "return 2 * a" not in payload[0]["data"]["text/plain"]
    assert "return 2 * a" in notebook.ok("doubled??").reply["payload"][0]["data"]["text/plain"]
    assert "tensor" in notebook.ok("tf.tensor2d?").reply["payload"][0]["data"]["text/plain"]
    unknown = notebook.run("unheardOf?")
    assert unknown.reply["status"] == "error" and "unheardOf" in unknown.error["evalue"]
    assert notebook.ok("true ? 1 : 2").result == "1"
