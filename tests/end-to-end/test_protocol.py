"""kernel_info, status brackets, control channel, history, shutdown: the messages around the cells."""

import os
import time

import psutil
import pytest
from conftest import Notebook


def test_kernel_info_describes_typescript(notebook):
    notebook.client.kernel_info()
    content = notebook.client.get_shell_msg(timeout=10)["content"]
    assert content["status"] == "ok"
    assert content["implementation"] == "nablab"
    assert content["protocol_version"].startswith("5.")
    language = content["language_info"]
    assert language["name"] == "typescript"
    assert language["file_extension"] == ".ts"
    assert language["mimetype"]
    assert "nablab" in content["banner"]


def test_kernel_info_answers_on_control_while_a_cell_spins(fresh):
    message_id = fresh.send("console.log('go'); while (true) {}")
    fresh.wait_until(message_id, lambda m: m["msg_type"] == "stream")
    request = fresh.client.session.msg("kernel_info_request", {})
    fresh.client.control_channel.send(request)
    started = time.monotonic()
    reply = fresh.client.control_channel.get_msg(timeout=5)
    assert reply["msg_type"] == "kernel_info_reply"
    assert time.monotonic() - started < 3
    assert fresh.client.hb_channel.is_beating()
    fresh.manager.interrupt_kernel()
    assert fresh.collect(message_id).reply["status"] == "error"


def test_every_request_is_bracketed_by_busy_and_idle(notebook):
    execution = notebook.ok("1 + 1")
    states = [c["execution_state"] for c in execution.of("status")]
    assert states == ["busy", "idle"]
    assert execution.kinds == ["status", "execute_input", "execute_result", "status"]


def test_execution_count_rises_and_silent_cells_do_not_count(notebook):
    first = notebook.ok("1")
    silent = notebook.run("console.log('unheard'); 5", silent=True)
    assert silent.of("stream", "execute_result", "execute_input") == []
    second = notebook.ok("1")
    assert second.reply["execution_count"] == first.reply["execution_count"] + 1
    assert second.of("execute_input")[0] == {"code": "1", "execution_count": second.reply["execution_count"]}


def test_an_error_aborts_the_cells_that_wait(notebook):
    failing = notebook.send("await new Promise(r => setTimeout(r, 300)); throw new Error('stop here')", stop_on_error=True)
    waiting = notebook.send("'never run'", stop_on_error=True)
    assert notebook.collect(failing).reply["status"] == "error"
    aborted = notebook.collect(waiting)
    assert aborted.reply["status"] == "aborted"
    assert aborted.of("execute_result") == []
    assert notebook.ok("'alive'").result == "'alive'"


def test_history_knows_what_was_run(notebook):
    notebook.ok("const inHistory = 41")
    notebook.client.history(hist_access_type="tail", n=1)
    content = notebook.client.get_shell_msg(timeout=10)["content"]
    assert content["history"][-1][2] == "const inHistory = 41"


def test_unknown_and_malformed_messages_do_no_harm(notebook):
    notebook.client.shell_channel.send(notebook.client.session.msg("no_such_request", {"a": 1}))
    notebook.client.shell_channel.send(notebook.client.session.msg("execute_request", {"nothing": "here"}))
    notebook.client.shell_channel.send(notebook.client.session.msg("complete_request", {"code": 3}))
    time.sleep(0.3)
    try:
        while True:
            notebook.client.get_shell_msg(timeout=0.3)
    except Exception:
        pass
    assert notebook.ok("'still here'").result == "'still here'"


def test_a_bad_signature_is_dropped(notebook):
    import zmq

    info = notebook.client.get_connection_info()
    socket = zmq.Context.instance().socket(zmq.DEALER)
    socket.connect(f"tcp://{info['ip']}:{info['shell_port']}")
    socket.send_multipart(
        [b"<IDS|MSG>", b"0" * 64, b'{"msg_id":"forged","msg_type":"kernel_info_request","session":"x"}', b"{}", b"{}", b"{}"]
    )
    assert socket.poll(500) == 0
    socket.close(0)
    assert notebook.ok("'unharmed'").result == "'unharmed'"


def process_tree(pid):
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


def test_shutdown_ends_every_process(tmp_path):
    notebook = Notebook(tmp_path)
    notebook.ok("1 + 1")
    processes = process_tree(notebook.manager.provisioner.process.pid)
    assert len(processes) >= 3, "kernel, runner and TypeScript server"
    notebook.client.shutdown()
    gone, alive = psutil.wait_procs(processes, timeout=5)
    assert alive == []
    notebook.close()


def test_a_killed_kernel_leaves_no_runner_behind(tmp_path):
    notebook = Notebook(tmp_path)
    message_id = notebook.send("console.log('spinning'); while (true) {}")
    notebook.wait_until(message_id, lambda m: m["msg_type"] == "stream")
    processes = process_tree(notebook.manager.provisioner.process.pid)
    os.kill(processes[0].pid, 9)
    gone, alive = psutil.wait_procs(processes, timeout=8)
    assert alive == []
    notebook.client.stop_channels()
    notebook.manager.cleanup_resources()


def test_restart_gives_a_fresh_session(fresh):
    fresh.ok("const remembered = 1")
    fresh.manager.restart_kernel(now=False)
    fresh.client.wait_for_ready(timeout=60)
    assert fresh.ok("typeof (globalThis as any).remembered").result == "'undefined'"
    assert fresh.ok("const remembered: string = 'new'; remembered").result == "'new'"


@pytest.mark.parametrize("arguments", [["-f"], ["--unknown-option"]])
def test_unknown_arguments_are_tolerated(arguments, tmp_path):
    from jupyter_client.manager import KernelManager

    manager = KernelManager(kernel_name="nablab")
    manager.start_kernel(cwd=str(tmp_path), extra_arguments=arguments)
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    client.stop_channels()
    manager.shutdown_kernel(now=True)
