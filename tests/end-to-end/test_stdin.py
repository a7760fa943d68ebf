"""Questions of cells to their reader, on Jupyter's stdin channel."""

import queue
import subprocess
import time

import pytest
from conftest import NABLAB, Notebook

BOTH = ["await input", "prompt"]


def question(notebook, timeout=20):
    return notebook.client.get_stdin_msg(timeout=timeout)


def no_question(notebook):
    with pytest.raises(queue.Empty):
        notebook.client.get_stdin_msg(timeout=0.5)


def ask(notebook, code, **options):
    return notebook.send(code, allow_stdin=True, **options)


@pytest.mark.parametrize("call", BOTH)
def test_a_cell_gets_what_its_reader_types(notebook, call):
    cell = ask(notebook, f'console.log("hello"); const answer = {call}("Your name? "); answer.toUpperCase()')
    asked = question(notebook)
    assert asked["msg_type"] == "input_request"
    assert asked["content"] == {"prompt": "Your name? ", "password": False}
    assert asked["parent_header"]["msg_id"] == cell
    notebook.client.input("Zoë 🙂")
    execution = notebook.collect(cell)
    assert execution.result == "'ZOË 🙂'" and execution.stdout == "hello\n"
    assert execution.reply["status"] == "ok"


def test_what_was_printed_is_out_before_the_question(notebook):
    cell = ask(notebook, 'console.log("leads up"); prompt("?")')
    question(notebook)
    notebook.wait_until(cell, lambda m: m["msg_type"] == "stream" and m["content"]["text"] == "leads up\n", timeout=2)
    notebook.client.input("")
    assert notebook.collect(cell).result == "''"


@pytest.mark.parametrize("call", BOTH)
def test_a_password_is_asked_for_as_one(notebook, call):
    cell = ask(notebook, f'({call}({{ prompt: "Token", password: true }})).length')
    assert question(notebook)["content"] == {"prompt": "Token", "password": True}
    notebook.client.input("secret")
    assert notebook.collect(cell).result == "6"


@pytest.mark.parametrize("call", BOTH)
def test_two_questions_in_a_row_are_two_requests(notebook, call):
    cell = ask(notebook, f"[{call}('a'), {call}('b')].join('-')")
    assert question(notebook)["content"]["prompt"] == "a"
    no_question(notebook)
    notebook.client.input("1")
    assert question(notebook)["content"]["prompt"] == "b"
    notebook.client.input("2")
    assert notebook.collect(cell).result == "'1-2'"


def test_questions_asked_at_once_are_put_one_at_a_time(notebook):
    cell = ask(notebook, "(await Promise.all(['a', 'b', 'c'].map((each) => input(each)))).join('-')")
    for each in "abc":
        assert question(notebook)["content"]["prompt"] == each
        notebook.client.input(each * 2)
    assert notebook.collect(cell).result == "'aa-bb-cc'"


def test_a_blocking_question_lets_an_earlier_one_be_answered_first(notebook):
    cell = ask(notebook, "const first = input('a'); const second = prompt('b'); [await first, second].join('-')")
    for each in "ab":
        assert question(notebook)["content"]["prompt"] == each
        notebook.client.input(each)
    assert notebook.collect(cell).result == "'a-b'"


def test_other_code_goes_on_while_input_waits_and_stands_still_while_prompt_does(notebook):
    code = (
        "let ticks = 0; const timer = setInterval(() => ticks++, 10);\n"
        "const before = ticks; CALL('?'); const seen = ticks - before; clearInterval(timer); seen"
    )
    for call, moved in [("await input", True), ("prompt", False)]:
        cell = ask(notebook, code.replace("CALL", call))
        question(notebook)
        time.sleep(0.4)
        notebook.client.input("")
        assert (int(notebook.collect(cell).result) > 5) == moved


@pytest.mark.parametrize("call", BOTH)
def test_a_function_of_an_earlier_cell_asks_after_a_timer(notebook, call):
    notebook.ok(
        "async function later() { await new Promise((resolve) => setTimeout(resolve, 100));"
        f" return {call}('late?'); }}"
    )
    cell = ask(notebook, "await later()")
    asked = question(notebook)
    assert asked["parent_header"]["msg_id"] == cell
    notebook.client.input("yes")
    assert notebook.collect(cell).result == "'yes'"


@pytest.mark.parametrize("call", BOTH)
def test_a_client_without_stdin_gets_an_error_that_says_what_to_do(notebook, call):
    execution = notebook.run(f"{call}('?')", allow_stdin=False)
    assert execution.error["ename"] == "UnansweredError"
    assert "Nobody can answer" in execution.error["evalue"] and "process.env" in execution.error["evalue"]
    frames = [line.strip() for line in execution.traceback.splitlines() if line.strip().startswith("at ")]
    assert len(frames) == 1 and frames[0].startswith("at cell "), execution.traceback
    no_question(notebook)


def test_user_code_may_catch_the_refusal(notebook):
    execution = notebook.run("let s; try { s = await input('?') } catch { s = 'default' } s", allow_stdin=False)
    assert execution.result == "'default'"


@pytest.mark.parametrize("call", BOTH)
def test_an_interrupt_ends_the_wait_and_a_late_answer_is_ignored(notebook, call):
    notebook.ok("const kept = 'kept'; let unwound = false")
    cell = ask(notebook, f"try {{ {call}('?') }} finally {{ unwound = true }}")
    question(notebook)
    notebook.manager.interrupt_kernel()
    execution = notebook.collect(cell, timeout=10)
    assert [e["ename"] for e in execution.of("error")] == ["Interrupted"]
    notebook.client.input("too late")
    time.sleep(0.2)
    cell = ask(notebook, f"{call}('again?')")
    assert question(notebook)["content"]["prompt"] == "again?"
    notebook.client.input("in time")
    assert notebook.collect(cell).result == "'in time'"
    again = notebook.ok("[kept, unwound]")
    assert not again.of("error", "stream")
    if call == "await input":
        assert again.result == "[ 'kept', true ]"


def test_an_answer_to_an_earlier_question_is_no_answer_to_this_one(notebook):
    first = ask(notebook, "await input('1')")
    stale = question(notebook)
    notebook.manager.interrupt_kernel()
    notebook.collect(first, timeout=10)
    second = ask(notebook, "await input('2')")
    asked = question(notebook)
    session, socket = notebook.client.session, notebook.client.stdin_channel.socket
    session.send(socket, session.msg("input_reply", {"value": "stale"}, parent=stale))
    session.send(socket, session.msg("input_reply", {"value": "right"}, parent=asked))
    assert notebook.collect(second).result == "'right'"


def test_another_client_answers_nothing(notebook):
    other = notebook.manager.blocking_client()
    other.start_channels()
    other.wait_for_ready(timeout=20)
    try:
        cell = ask(notebook, "await input('?')")
        question(notebook)
        other.input("intruder")
        time.sleep(0.3)
        notebook.client.input("reader")
        assert notebook.collect(cell).result == "'reader'"
    finally:
        other.stop_channels()


def test_cells_of_two_clients_ask_each_its_own_reader(notebook):
    other = notebook.manager.blocking_client()
    other.start_channels()
    other.wait_for_ready(timeout=20)
    try:
        control = notebook.client.session.msg("create_subshell_request", {})
        notebook.client.control_channel.send(control)
        subshell = notebook.client.get_control_msg(timeout=20)["content"]["subshell_id"]
        cell = ask(notebook, "await input('main?')")
        question(notebook)
        request = other.session.msg("execute_request", {"code": "await input('other?')", "allow_stdin": True})
        request["header"]["subshell_id"] = subshell
        other.shell_channel.send(request)
        asked = other.get_stdin_msg(timeout=20)
        assert asked["content"]["prompt"] == "other?"
        assert asked["parent_header"]["msg_id"] == request["header"]["msg_id"]
        no_question(notebook)
        other.input("from the other")
        assert other.get_shell_msg(timeout=20)["content"]["status"] == "ok"
        notebook.client.input("from the first")
        assert notebook.collect(cell).result == "'from the first'"
    finally:
        other.stop_channels()


def test_an_answer_without_text_is_told(notebook):
    cell = ask(notebook, "await input('?')")
    question(notebook)
    notebook.client.input(7)
    assert "holds no text" in notebook.collect(cell).error["evalue"]


def test_a_question_that_is_not_awaited_is_told_when_its_cell_ends(notebook):
    cell = ask(notebook, "input('?').then(() => 1); 'done'")
    question(notebook)
    assert notebook.collect(cell).result == "'done'"
    late = notebook.wait_until(cell, lambda m: m["msg_type"] in ("error", "stream"), timeout=5)
    assert "ended before this question was answered" in str(late["content"])


def test_a_cell_that_has_ended_can_not_ask(notebook):
    cell = ask(notebook, "setTimeout(() => { try { prompt('?') } catch (e) { console.log(e.message) } }, 300); 0")
    notebook.collect(cell)
    late = notebook.wait_until(cell, lambda m: m["msg_type"] == "stream", timeout=5)
    assert "Only a running cell can ask" in late["content"]["text"]
    no_question(notebook)


@pytest.mark.parametrize("call", BOTH)
def test_the_death_of_the_session_drops_its_questions(fresh, call):
    cell = ask(fresh, f"require('node:child_process').spawn('sh', ['-c', `sleep 0.5; kill -9 ${{process.pid}}`]); {call}('?')")
    question(fresh)
    assert fresh.collect(cell, timeout=20).reply["status"] == "error"
    fresh.client.input("to nobody")
    cell = ask(fresh, f"{call}('new?')")
    assert question(fresh)["content"]["prompt"] == "new?"
    fresh.client.input("fresh")
    assert fresh.collect(cell).result == "'fresh'"


def test_a_kernel_that_waits_for_an_answer_shuts_down(tmp_path):
    own = Notebook(tmp_path)
    ask(own, "prompt('?')")
    question(own)
    started = time.monotonic()
    own.close()
    assert time.monotonic() - started < 5


def test_questions_are_typed_and_their_names_are_free(fresh):
    assert fresh.run("await input(1)").error["ename"] == "TypeCheckError"
    assert "expects a string" in fresh.run("prompt(1 as any)").error["evalue"]
    assert fresh.run("const length: number = await input('?')").error["ename"] == "TypeCheckError"
    assert fresh.ok("const input = tf.input({ shape: [2] }); input.shape").result == "[ null, 2 ]"
    assert fresh.ok("let prompt = 'mine'; prompt.length").result == "4"
    assert fresh.ok("input.shape[1]! + prompt.length").result == "6"


def test_nablab_run_refuses_a_question(tmp_path):
    import json

    cell = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": None, "source": "await input('?')"}
    path = tmp_path / "asks.ipynb"
    path.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    run = subprocess.run([*NABLAB, "run", str(path)], capture_output=True, text=True, timeout=60)
    assert run.returncode != 0 and "Nobody can answer" in run.stdout + run.stderr
