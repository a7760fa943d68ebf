"""Comms: messages between a session and a front end, both ways, without widgets."""

import time

import pytest

ECHO = """
comms.registerTarget("echo", (comm, opened) => {
  console.log("opened with", opened.data.name);
  comm.on("message", ({ data, buffers }) => {
    console.log("got", data.n);
    comm.send({ n: data.n }, { from: "kernel" }, buffers.map((bytes) => bytes.map((byte) => byte + 1)));
  });
  comm.on("close", () => console.log("closed"));
});
"""


def send(notebook, kind, content, buffers=None, metadata=None):
    message = notebook.client.session.msg(kind, content, metadata=metadata)
    notebook.client.session.send(notebook.client.shell_channel.socket, message, buffers=buffers)
    return message["header"]["msg_id"]


def bracket(notebook, message_id, timeout=20):
    """All that is published for a comm message, until its idle."""
    messages = []
    deadline = time.monotonic() + timeout
    while True:
        message = notebook.client.get_iopub_msg(timeout=max(0.1, deadline - time.monotonic()))
        if message["parent_header"].get("msg_id") != message_id:
            continue
        messages.append(message)
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            return messages


def open_echo(notebook, comm="c1"):
    return bracket(
        notebook, send(notebook, "comm_open", {"comm_id": comm, "target_name": "echo", "data": {"name": "me"}})
    )


def open_comms(notebook, target=None):
    content = {} if target is None else {"target_name": target}
    message_id = send(notebook, "comm_info_request", content)
    while True:
        reply = notebook.client.get_shell_msg(timeout=10)
        if reply["parent_header"]["msg_id"] == message_id:
            return reply["content"]["comms"]


def kinds(messages):
    return [m["msg_type"] for m in messages]


def test_a_front_end_opens_a_comm_and_gets_answers_under_its_own_messages(fresh):
    fresh.ok(ECHO)
    opened = open_echo(fresh)
    assert kinds(opened) == ["status", "stream", "status"]
    assert opened[1]["content"]["text"] == "opened with me\n"
    messages = bracket(
        fresh, send(fresh, "comm_msg", {"comm_id": "c1", "data": {"n": 7}}, buffers=[b"\x01\x02", b"\xfe"])
    )
    assert kinds(messages) == ["status", "stream", "comm_msg", "status"]
    assert messages[0]["content"]["execution_state"] == "busy"
    answer = messages[2]
    assert answer["content"] == {"comm_id": "c1", "data": {"n": 7}}
    assert answer["metadata"] == {"from": "kernel"}
    assert [bytes(b) for b in answer["buffers"]] == [b"\x02\x03", b"\xff"]
    assert open_comms(fresh) == {"c1": {"target_name": "echo"}}
    assert open_comms(fresh, "other") == {}
    closed = bracket(fresh, send(fresh, "comm_close", {"comm_id": "c1", "data": {}}))
    assert closed[1]["content"]["text"] == "closed\n"
    assert open_comms(fresh) == {}


def test_a_session_opens_a_comm_and_hears_the_front_end(fresh):
    cell = fresh.ok(
        'const comm = comms.open("viewer", { a: 1 }, { version: "2" }, [new Float32Array([1.5])]);\n'
        'comm.on("message", async ({ data }) => { await 0; console.log("front end says", data.word); });'
    )
    [opened] = [m for m in cell.messages if m["msg_type"] == "comm_open"]
    assert opened["content"]["target_name"] == "viewer" and opened["content"]["data"] == {"a": 1}
    assert opened["metadata"] == {"version": "2"}
    assert bytes(opened["buffers"][0]) == b"\x00\x00\xc0\x3f"
    comm = opened["content"]["comm_id"]
    said = bracket(fresh, send(fresh, "comm_msg", {"comm_id": comm, "data": {"word": "hello"}}))
    assert kinds(said) == ["status", "stream", "status"]
    assert said[1]["content"]["text"] == "front end says hello\n"
    assert fresh.ok("comm.close({ bye: true })").of("comm_close") == [{"comm_id": comm, "data": {"bye": True}}]
    assert fresh.run("comm.send({})").error["evalue"].startswith('The comm of "viewer" is closed')


def test_an_unknown_target_is_refused_and_a_malformed_message_does_no_harm(fresh):
    refused = bracket(fresh, send(fresh, "comm_open", {"comm_id": "x", "target_name": "nobody", "data": {}}))
    assert kinds(refused) == ["status", "comm_close", "status"]
    for kind, content in [("comm_msg", {"data": {}}), ("comm_open", {"comm_id": 1}), ("comm_msg", {"comm_id": "none"})]:
        assert kinds(bracket(fresh, send(fresh, kind, content))) == ["status", "status"]
    assert open_comms(fresh) == {}
    assert fresh.ok("1 + 1").result == "2"


def test_messages_are_handled_while_a_cell_awaits_and_after_it_where_it_spins(fresh):
    fresh.ok(ECHO)
    open_echo(fresh)
    awaiting = fresh.send("await new Promise((resolve) => setTimeout(resolve, 1500)); console.log('cell ends');")
    time.sleep(0.3)
    message = send(fresh, "comm_msg", {"comm_id": "c1", "data": {"n": 1}})
    order = []
    while "idle" not in order:
        each = fresh.client.get_iopub_msg(timeout=10)
        parent = each["parent_header"]["msg_id"]
        if each["msg_type"] == "stream":
            order.append((parent, each["content"]["text"]))
        elif each["msg_type"] == "status" and each["content"]["execution_state"] == "idle" and parent == awaiting:
            order.append("idle")
    assert order == [(message, "got 1\n"), (awaiting, "cell ends\n"), "idle"]

    fresh.send("const end = Date.now() + 1000; while (Date.now() < end); console.log('spun');")
    time.sleep(0.3)
    message = send(fresh, "comm_msg", {"comm_id": "c1", "data": {"n": 2}})
    texts = []
    while len(texts) < 2:
        each = fresh.client.get_iopub_msg(timeout=10)
        if each["msg_type"] == "stream":
            texts.append(each["content"]["text"])
    assert texts == ["spun\n", "got 2\n"]


def test_a_thousand_messages_each_way_arrive_in_order(fresh):
    fresh.ok(ECHO)
    open_echo(fresh)
    for n in range(1000):
        send(fresh, "comm_msg", {"comm_id": "c1", "data": {"n": n}})
    answers, idles = [], 0
    deadline = time.monotonic() + 60
    while len(answers) < 1000 or idles < 1000:
        message = fresh.client.get_iopub_msg(timeout=max(0.1, deadline - time.monotonic()))
        if message["msg_type"] == "comm_msg":
            answers.append(message["content"]["data"]["n"])
        elif message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            idles += 1
    assert answers == list(range(1000))
    cell = fresh.ok('const out = comms.open("t"); for (let n = 0; n < 1000; n++) out.send({ n });')
    assert [c["data"]["n"] for c in cell.of("comm_msg")] == list(range(1000))


def test_a_failing_listener_is_told_and_harms_nobody(fresh):
    fresh.ok(
        'comms.registerTarget("bad", (comm) => {\n'
        '  comm.on("message", () => { throw new Error("no"); });\n'
        '  comm.on("message", () => console.log("second"));\n'
        "});"
    )
    bracket(fresh, send(fresh, "comm_open", {"comm_id": "b", "target_name": "bad", "data": {}}))
    messages = bracket(fresh, send(fresh, "comm_msg", {"comm_id": "b", "data": {}}))
    assert kinds(messages) == ["status", "stream", "error", "status"]
    assert messages[2]["content"]["evalue"] == "no"
    assert "cell 1" in "".join(messages[2]["content"]["traceback"])


@pytest.mark.parametrize("body", ["for (;;);", "return new Promise(() => {});"])
def test_an_interrupt_ends_a_callback(fresh, body):
    fresh.ok('let alive = "yes"; comms.registerTarget("endless", () => { ' + body + " });")
    message = send(fresh, "comm_open", {"comm_id": "e", "target_name": "endless", "data": {}})
    time.sleep(0.5)
    fresh.manager.interrupt_kernel()
    messages = bracket(fresh, message, timeout=5)
    assert [m["content"]["ename"] for m in messages if m["msg_type"] == "error"] == ["Interrupted"]
    assert fresh.ok("alive").result == "'yes'"


def test_a_new_runner_closes_the_comms_of_the_old_one(fresh):
    fresh.ok(ECHO + 'comms.open("viewer");')
    open_echo(fresh)
    assert len(open_comms(fresh)) == 2
    assert fresh.run("process.exit(1)").kinds.count("comm_close") == 2
    assert open_comms(fresh) == {}
    fresh.ok(ECHO)
    open_echo(fresh)
    assert list(open_comms(fresh)) == ["c1"]


def test_comms_are_typed(fresh):
    assert "TypeCheckError" == fresh.run('comms.open(1)').error["ename"]
    assert fresh.ok("comms.open").reply["status"] == "ok"
    fresh.ok('const comms = "mine"; comms.toUpperCase()')
