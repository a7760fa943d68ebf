"""The behaviours that runtimed's kernel-testbed scores (https://github.com/runtimed/kernel-testbed), asked anew with
jupyter_client: its four tiers are basic protocol, interactive features, rich output and advanced features."""

import time

import pytest
from conftest import Notebook

HELLO = "console.log('hello')"


def shell(notebook, message_id, timeout=30):
    while True:
        reply = notebook.client.get_shell_msg(timeout=timeout)
        if reply["parent_header"].get("msg_id") == message_id:
            return reply


def control(notebook, kind, content):
    message = notebook.client.session.msg(kind, content)
    notebook.client.control_channel.send(message)
    while True:
        reply = notebook.client.get_control_msg(timeout=20)
        if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
            return reply


class TestBasicProtocol:
    def test_heartbeat_responds(self, notebook):
        assert notebook.client.hb_channel.is_beating()

    def test_kernel_info_reply_is_valid(self, notebook):
        reply = shell(notebook, notebook.client.kernel_info())
        assert reply["msg_type"] == "kernel_info_reply" and reply["content"]["status"] == "ok"
        assert reply["content"]["language_info"]["name"] == "typescript"
        assert reply["content"]["protocol_version"] == "5.5"

    def test_stdout(self, notebook):
        assert notebook.run(HELLO).stdout == "hello\n"

    def test_stderr(self, notebook):
        assert notebook.run("console.error('error')").stderr == "error\n"

    def test_execute_reply_is_ok(self, notebook):
        assert notebook.run("1 + 1").reply["status"] == "ok"

    def test_busy_comes_before_idle(self, notebook):
        states = [content["execution_state"] for content in notebook.run("1 + 1").of("status")]
        assert states == ["busy", "idle"]

    def test_execute_input_is_broadcast(self, notebook):
        assert notebook.run("1 + 1").of("execute_input")[0]["code"] == "1 + 1"

    def test_shutdown_is_answered(self, tmp_path):
        own = Notebook(tmp_path)
        try:
            reply = control(own, "shutdown_request", {"restart": False})
            assert reply["msg_type"] == "shutdown_reply"
            assert reply["content"] == {"status": "ok", "restart": False}
            deadline = time.monotonic() + 10
            while own.manager.is_alive():
                assert time.monotonic() < deadline, "the kernel did not end"
                time.sleep(0.05)
        finally:
            own.close()


class TestInteractiveFeatures:
    def test_completion(self, notebook):
        notebook.ok("const testVariableForCompletion = 42")
        content = shell(notebook, notebook.client.complete("testVariableFor", 15))["content"]
        assert content["status"] == "ok" and "testVariableForCompletion" in content["matches"]

    def test_inspection(self, notebook):
        notebook.ok("const testVariableForCompletion = 42")
        name = "testVariableForCompletion"
        content = shell(notebook, notebook.client.inspect(name, len(name)))["content"]
        assert content["status"] == "ok" and content["found"]

    @pytest.mark.parametrize(("code", "status"), [("const x = 1", "complete"), ("function f() {", "incomplete")])
    def test_is_complete(self, notebook, code, status):
        assert shell(notebook, notebook.client.is_complete(code))["content"]["status"] == status

    def test_history(self, notebook):
        reply = shell(notebook, notebook.client.history(hist_access_type="tail", n=10))
        assert reply["msg_type"] == "history_reply" and reply["content"]["status"] == "ok"

    def test_comm_info(self, notebook):
        reply = shell(notebook, notebook.client.comm_info())
        assert reply["msg_type"] == "comm_info_reply" and reply["content"]["status"] == "ok"

    def test_a_syntax_error_is_reported(self, notebook):
        execution = notebook.run("const = ;")
        assert execution.reply["status"] == "error" and execution.error["ename"] == "SyntaxError"


class TestRichOutput:
    def test_display_data(self, notebook):
        assert notebook.ok("display.html('<b>bold</b>')").of("display_data")[0]["data"]["text/html"] == "<b>bold</b>"

    def test_update_display_data(self, notebook):
        code = "const handle = display.html('<b>1</b>'); handle.update('<b>2</b>')"
        execution = notebook.ok(code)
        first, second = execution.of("display_data")[0], execution.of("update_display_data")[0]
        assert first["transient"]["display_id"] == second["transient"]["display_id"]
        assert second["data"]["text/html"] == "<b>2</b>"

    def test_execute_result(self, notebook):
        assert notebook.ok("1 + 2").result == "3"

    def test_a_rich_execute_result(self, notebook):
        code = "({ [Symbol.for('Jupyter.display')]: () => ({ 'text/html': '<i>rich</i>', 'text/plain': 'rich' }) })"
        assert notebook.ok(code).of("execute_result")[0]["data"]["text/html"] == "<i>rich</i>"


class TestAdvancedFeatures:
    def test_stdin(self, notebook):
        message_id = notebook.send("const answer = await input('Name? '); `hello ${answer}`", allow_stdin=True)
        request = notebook.client.get_stdin_msg(timeout=20)
        assert request["msg_type"] == "input_request" and request["content"]["prompt"] == "Name? "
        notebook.client.input("test")
        assert notebook.collect(message_id).result == "'hello test'"

    def test_the_life_of_a_comm(self, notebook):
        notebook.ok(
            "comms.registerTarget('testbed', (comm) => comm.on('message', ({ data }) => comm.send({ echo: data.value })))"
        )
        session, channel = notebook.client.session, notebook.client.shell_channel
        channel.send(session.msg("comm_open", {"comm_id": "bed", "target_name": "testbed", "data": {}}))
        message = session.msg("comm_msg", {"comm_id": "bed", "data": {"value": 7}})
        channel.send(message)
        echo = notebook.late(message["header"]["msg_id"], lambda m: m["msg_type"] == "comm_msg")
        assert echo["content"]["comm_id"] == "bed" and echo["content"]["data"] == {"echo": 7}
        channel.send(session.msg("comm_close", {"comm_id": "bed", "data": {}}))
        assert "bed" not in shell(notebook, notebook.client.comm_info())["content"]["comms"]

    def test_an_interrupt_is_answered_and_ends_the_cell(self, notebook):
        message_id = notebook.send("console.log('started'); await new Promise(() => {})")
        notebook.wait_until(message_id, lambda m: "started" in m["content"].get("text", ""))
        reply = control(notebook, "interrupt_request", {})
        assert reply["msg_type"] == "interrupt_reply" and reply["content"]["status"] == "ok"
        assert notebook.collect(message_id).reply["status"] == "error"

    def test_the_execution_count_increments(self, notebook):
        counts = [notebook.ok("1").reply["execution_count"] for _ in range(3)]
        assert counts == [counts[0], counts[0] + 1, counts[0] + 2]

    def test_every_message_names_its_parent(self, notebook):
        message_id = notebook.send(HELLO)
        execution = notebook.collect(message_id)
        assert {m["parent_header"]["msg_id"] for m in execution.messages} == {message_id}
