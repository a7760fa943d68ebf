"""Subshells (JEP 91): a cell of one runs while a cell of another awaits, in the same session."""

import time

import pytest


def control(notebook, kind, content=None):
    message = notebook.client.session.msg(kind, content or {})
    notebook.client.control_channel.send(message)
    while True:
        reply = notebook.client.get_control_msg(timeout=10)
        if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
            return reply["content"]


def send(notebook, subshell, code, **options):
    content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
    message = notebook.client.session.msg("execute_request", {**content, "stop_on_error": False, **options})
    message["header"]["subshell_id"] = subshell
    notebook.client.shell_channel.send(message)
    return message["header"]["msg_id"]


@pytest.fixture
def subshell(notebook):
    reply = control(notebook, "create_subshell_request")
    assert reply["status"] == "ok"
    yield reply["subshell_id"]
    control(notebook, "delete_subshell_request", {"subshell_id": reply["subshell_id"]})


def start(notebook, code, subshell=None):
    code = f"console.log('started'); {code}"
    message_id = send(notebook, subshell, code) if subshell else notebook.send(code)
    notebook.wait_until(message_id, lambda m: "started" in m["content"].get("text", ""))
    return message_id


def test_kernel_info_tells_of_subshells(notebook):
    assert "kernel subshells" in control(notebook, "kernel_info_request")["supported_features"]


def test_subshells_are_listed_until_they_are_deleted(notebook):
    first, second = (control(notebook, "create_subshell_request")["subshell_id"] for _ in range(2))
    assert {first, second} <= set(control(notebook, "list_subshell_request")["subshell_id"])
    assert control(notebook, "delete_subshell_request", {"subshell_id": first})["status"] == "ok"
    listed = control(notebook, "list_subshell_request")["subshell_id"]
    assert first not in listed and second in listed
    again = control(notebook, "delete_subshell_request", {"subshell_id": first})
    assert again["status"] == "error" and first in again["evalue"]
    control(notebook, "delete_subshell_request", {"subshell_id": second})


def test_a_cell_runs_in_a_subshell_while_the_main_one_awaits(notebook, subshell):
    main = start(notebook, "let open!: () => void; await new Promise<void>(resolve => { open = resolve }); 'main'")
    execution = notebook.collect(send(notebook, subshell, "console.log('aside'); setTimeout(open, 300); 'sub'"))
    assert (execution.reply["status"], execution.stdout, execution.result) == ("ok", "aside\n", "'sub'")
    assert all(m["parent_header"]["subshell_id"] == subshell for m in execution.messages)
    finished = notebook.collect(main)
    assert (finished.reply["status"], finished.result, finished.stdout) == ("ok", "'main'", "")


def test_output_goes_to_the_cell_that_made_it(notebook, subshell):
    code = "for (let i = 0; i < 5; i++) { console.log(NAME); await new Promise(r => setTimeout(r, 20)) }"
    main = notebook.send(code.replace("NAME", "'main'"))
    side = send(notebook, subshell, code.replace("NAME", "'side'"))
    texts = {main: "", side: ""}
    idle = set()
    while len(idle) < 2:
        message = notebook.client.get_iopub_msg(timeout=20)
        parent = message["parent_header"].get("msg_id")
        if parent in texts:
            texts[parent] += message["content"].get("text", "")
            if message["content"].get("execution_state") == "idle":
                idle.add(parent)
    assert texts == {main: "main\n" * 5, side: "side\n" * 5}


def test_variables_are_shared(notebook, subshell):
    notebook.ok("let shared = 1")
    assert notebook.collect(send(notebook, subshell, "shared += 1; const fromAside = 'x'; shared")).result == "2"
    assert notebook.ok("[shared, fromAside]").result == "[ 2, 'x' ]"


def test_the_cells_of_one_subshell_run_in_order(notebook, subshell):
    ids = [send(notebook, subshell, f"await new Promise(r => setTimeout(r, {50 - 20 * n})); {n}") for n in range(3)]
    results = []
    while len(results) < 3:
        message = notebook.client.get_iopub_msg(timeout=20)
        if message["msg_type"] == "execute_result" and message["parent_header"]["msg_id"] in ids:
            results.append(message["content"]["data"]["text/plain"])
    assert results == ["0", "1", "2"]


def test_an_interrupt_ends_all_that_run_and_keeps_the_variables(notebook, subshell):
    notebook.ok("const kept = 'kept'")
    main = start(notebook, "await new Promise(() => {})")
    side = start(notebook, "await new Promise(() => {})", subshell)
    notebook.manager.interrupt_kernel()
    status = {}
    deadline = time.monotonic() + 10
    while len(status) < 2 and time.monotonic() < deadline:
        reply = notebook.client.get_shell_msg(timeout=10)
        if reply["parent_header"].get("msg_id") in (main, side):
            status[reply["parent_header"]["msg_id"]] = reply["content"]["status"]
    assert status == {main: "error", side: "error"}
    assert notebook.ok("kept").result == "'kept'"


def test_a_loop_in_a_subshell_is_interrupted(notebook, subshell):
    main = start(notebook, "await new Promise(() => {})")
    side = start(notebook, "for (;;) {}", subshell)
    notebook.manager.interrupt_kernel()
    status = set()
    while len(status) < 2:
        reply = notebook.client.get_shell_msg(timeout=10)
        if reply["parent_header"].get("msg_id") in (main, side):
            assert reply["content"]["status"] == "error"
            status.add(reply["parent_header"]["msg_id"])
    assert notebook.ok("1 + 1").result == "2"


def test_an_error_calls_off_only_the_cells_of_its_own_subshell(notebook, subshell):
    main = start(notebook, "await new Promise(r => setTimeout(r, 300))")
    waiting = notebook.send("'main goes on'", stop_on_error=True)
    send(notebook, subshell, "throw new Error('aside')", stop_on_error=True)
    assert notebook.collect(main).reply["status"] == "ok"
    assert notebook.collect(waiting).result == "'main goes on'"


def test_a_dead_runner_ends_the_cells_of_all(fresh):
    subshell = control(fresh, "create_subshell_request")["subshell_id"]
    main = start(fresh, "await new Promise(() => {})")
    side = send(fresh, subshell, "process.exit(3)")
    ended = {}
    while len(ended) < 2:
        reply = fresh.client.get_shell_msg(timeout=20)
        if reply["parent_header"].get("msg_id") in (main, side):
            ended[reply["parent_header"]["msg_id"]] = reply["content"]["status"]
    assert ended == {main: "error", side: "error"}
    assert fresh.ok("1 + 1").result == "2"


def test_an_unknown_subshell_is_named(notebook):
    message_id = send(notebook, "nobody", "1 + 1")
    reply = notebook.client.get_shell_msg(timeout=10)
    while reply["parent_header"].get("msg_id") != message_id:
        reply = notebook.client.get_shell_msg(timeout=10)
    assert reply["content"]["status"] == "error" and "nobody" in reply["content"]["evalue"]
    assert notebook.ok("1 + 1").result == "2"
