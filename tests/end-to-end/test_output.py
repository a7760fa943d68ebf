"""Streams, displays, results: complete, in order, and before idle."""

import base64
import time

import pytest

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
JPEG = base64.b64encode(bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")).decode()
GIF = base64.b64encode(b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;").decode()


def test_streams_arrive_while_the_cell_runs(notebook):
    message_id = notebook.send("console.log('early'); await new Promise(r => setTimeout(r, 1500)); console.log('late')")
    started = time.monotonic()
    notebook.wait_until(message_id, lambda m: m["msg_type"] == "stream" and "early" in m["content"]["text"])
    assert time.monotonic() - started < 1.2
    assert notebook.collect(message_id).stdout == "late\n"


def test_streams_arrive_while_a_cell_spins_without_yielding(notebook):
    message_id = notebook.send("console.log('early'); const end = Date.now() + 1500; while (Date.now() < end) {} console.log('late')")
    started = time.monotonic()
    notebook.wait_until(message_id, lambda m: m["msg_type"] == "stream" and "early" in m["content"]["text"])
    assert time.monotonic() - started < 1.2
    notebook.collect(message_id)


def test_stdout_and_stderr_are_told_apart(notebook):
    execution = notebook.ok("console.log('out'); console.error('err'); process.stdout.write('raw'); console.warn('warned')")
    assert execution.stdout == "out\nraw"
    assert execution.stderr == "err\nwarned\n"


def test_ten_thousand_lines_are_complete_in_order_and_before_idle(notebook):
    execution = notebook.ok("for (let i = 0; i < 10000; i++) console.log(`line ${i}`)")
    assert execution.stdout.splitlines() == [f"line {i}" for i in range(10000)]
    assert execution.kinds[-1] == "status"


def test_ten_thousand_displays_are_complete_and_in_order(notebook):
    execution = notebook.ok("for (let i = 0; i < 10000; i++) display.text(String(i))", timeout=120)
    assert [c["data"]["text/plain"] for c in execution.of("display_data")] == [str(i) for i in range(10000)]


def test_streams_and_displays_keep_their_order(notebook):
    execution = notebook.ok("for (let i = 0; i < 50; i++) { console.log(i); display.text(`d${i}`); console.error(i) }")
    flat = []
    for m in execution.messages:
        if m["msg_type"] == "stream":
            flat += [(m["content"]["name"], line) for line in m["content"]["text"].split()]
        elif m["msg_type"] == "display_data":
            flat.append(("display", m["content"]["data"]["text/plain"]))
    assert flat == [x for i in range(50) for x in (("stdout", str(i)), ("display", f"d{i}"), ("stderr", str(i)))]


def test_the_last_expression_is_the_result(notebook):
    assert notebook.ok("6 * 7").result == "42"
    assert notebook.ok("({ a: 1 })").result == "{ a: 1 }"
    assert notebook.ok("'text'").result == "'text'"
    assert notebook.ok("await Promise.resolve([1, 2])").result == "[ 1, 2 ]"
    for silent in ("undefined", "const nothing = 1", "void 0", "", "// only a comment"):
        assert notebook.ok(silent).of("execute_result") == []
    assert notebook.ok("null").result == "null"


@pytest.mark.parametrize(
    "call, mime, value",
    [
        ("display.html('<b>bold</b>')", "text/html", "<b>bold</b>"),
        ("display.markdown('# title')", "text/markdown", "# title"),
        ("display.latex('$x^2$')", "text/latex", "$x^2$"),
        ("display.svg('<svg xmlns=\"http://www.w3.org/2000/svg\"/>')", "image/svg+xml", '<svg xmlns="http://www.w3.org/2000/svg"/>'),
        (f"display.png('{PIXEL}')", "image/png", PIXEL),
        (f"display.png(Buffer.from('{PIXEL}', 'base64'))", "image/png", PIXEL),
        (f"display.jpeg('{JPEG}')", "image/jpeg", JPEG),
        (f"display.gif('{GIF}')", "image/gif", GIF),
        ("display.json({ a: [1, 2] })", "application/json", {"a": [1, 2]}),
        ("display.javascript('1 + 1')", "application/javascript", "1 + 1"),
        ("display.text('plain')", "text/plain", "plain"),
        ("display.vegaLite({ mark: 'bar', data: { values: [] } })", "application/vnd.vegalite.v5+json", None),
        ("display({ a: 1 })", "text/plain", "{ a: 1 }"),
        ("display(1); display('x')", "text/plain", "1"),
    ],
)
def test_every_display(notebook, call, mime, value):
    execution = notebook.ok(f"{call}; undefined")
    shown = execution.of("display_data")
    assert shown, execution.kinds
    data = shown[0]["data"]
    assert mime in data
    if value is not None:
        assert data[mime].strip() == value if isinstance(value, str) else data[mime] == value
    assert execution.of("execute_result") == []


def test_a_value_shows_its_own_representations(notebook):
    execution = notebook.ok("({ [Symbol.for('Jupyter.display')]: () => ({ 'text/html': '<i>mine</i>', 'text/plain': 'mine' }) })")
    assert execution.of("execute_result")[0]["data"] == {"text/html": "<i>mine</i>", "text/plain": "mine"}


def test_a_display_is_updated_in_place_also_from_a_later_cell(notebook):
    execution = notebook.ok("const shown = display.html('<b>1</b>'); shown.update('<b>2</b>')")
    first = execution.of("display_data")[0]
    second = execution.of("update_display_data")[0]
    assert first["transient"]["display_id"] == second["transient"]["display_id"]
    assert second["data"]["text/html"] == "<b>2</b>"
    third = notebook.ok("shown.update('<b>3</b>')").of("update_display_data")[0]
    assert third["transient"]["display_id"] == first["transient"]["display_id"]


def test_clear_output(notebook):
    execution = notebook.ok("display.clear(); display.clear({ wait: true })")
    assert execution.of("clear_output") == [{"wait": False}, {"wait": True}]


def test_late_output_belongs_to_the_cell_that_caused_it(notebook):
    first = notebook.send("setTimeout(() => console.log('from the first'), 700); undefined")
    notebook.collect(first)
    notebook.ok("'second'")
    message = notebook.late(first, lambda m: m["msg_type"] == "stream")
    assert message["content"]["text"] == "from the first\n"


def test_output_of_native_code_and_child_processes_is_shown(notebook):
    execution = notebook.ok(
        "import { spawnSync } from 'node:child_process'; spawnSync('echo', ['from a child'], { stdio: 'inherit' }); undefined"
    )
    assert "from a child" in execution.stdout


def test_a_large_output_arrives_whole(notebook):
    execution = notebook.ok("console.log('x'.repeat(20_000_000))", timeout=120)
    assert len(execution.stdout) == 20_000_001
