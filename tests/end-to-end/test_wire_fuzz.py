"""Random and damaged messages over real sockets: the kernel logs what it can't read and goes on answering.

`NABLAB_SEED` repeats a run.
"""

import os
import random
import time

import zmq

SECONDS = 5
TYPES = [
    "execute_request",
    "complete_request",
    "inspect_request",
    "is_complete_request",
    "history_request",
    "comm_info_request",
    "comm_open",
    "comm_msg",
    "comm_close",
    "debug_request",
    "kernel_info_request",
    "create_subshell_request",
    "delete_subshell_request",
    "list_subshell_request",
    "input_reply",
    "nonsense_request",
    "",
]
FIELDS = [
    "code",
    "silent",
    "cursor_pos",
    "detail_level",
    "hist_access_type",
    "n",
    "pattern",
    "session",
    "comm_id",
    "target_name",
    "data",
    "subshell_id",
    "user_expressions",
    "command",
    "arguments",
    "store_history",
    "value",
]


def anything(generator, depth=0):
    choices = [
        lambda: None,
        lambda: generator.random() < 0.5,
        lambda: generator.choice([-1, 0, 1, 2**31, -(2**63), 1e308, -0.5]),
        lambda: generator.choice(["", "1+1", "Math.", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")]),
        lambda: "x" * generator.choice([1, 1000, 100_000]),
        lambda: "".join(chr(generator.randrange(1, 0x800)) for _ in range(20)),
    ]
    if depth < 4:
        choices += [
            lambda: [anything(generator, depth + 1) for _ in range(generator.randrange(4))],
            lambda: {generator.choice(FIELDS): anything(generator, depth + 1) for _ in range(generator.randrange(4))},
        ]
    return generator.choice(choices)()


def message(generator, session):
    """Right in form; its content is anything."""
    kind = generator.choice(TYPES)
    content = {generator.choice(FIELDS): anything(generator) for _ in range(generator.randrange(6))}
    if kind == "execute_request":
        content["code"] = generator.choice(["1", "%", "?", "throw 1", ")", None, 7])
    whole = session.msg(kind, content)
    if generator.random() < 0.2:
        whole["header"]["subshell_id"] = anything(generator)
    if generator.random() < 0.2:
        whole["header"][generator.choice(["msg_id", "session", "date", "version"])] = anything(generator)
    return whole


def damaged(generator, frames):
    """Frames of which some are cut, doubled, swapped, dropped or overwritten."""
    frames = list(frames)
    for _ in range(generator.randrange(1, 4)):
        if not frames:
            break
        place = generator.randrange(len(frames))
        action = generator.randrange(6)
        if action == 0:
            frames[place] = frames[place][: generator.randrange(len(frames[place]) + 1)]
        elif action == 1:
            frames.insert(place, frames[place])
        elif action == 2:
            del frames[place]
        elif action == 3:
            frames[place] = generator.randbytes(generator.randrange(200))
        elif action == 4:
            generator.shuffle(frames)
        else:
            frames[place] = b"[" * 100_000
    return frames or [b""]


def answers(notebook):
    """The kernel answers on both channels, and still runs cells."""
    notebook.client.session.digest_history.clear()
    assert notebook.manager.is_alive()
    execution = notebook.run("20 + 22", timeout=30)
    while execution.reply["status"] == "aborted":  # a cell before it failed
        execution = notebook.run("20 + 22", timeout=30)
    assert execution.result == "42"
    info = notebook.client.session.msg("kernel_info_request", {})
    notebook.client.control_channel.send(info)
    deadline = time.monotonic() + 10
    while notebook.client.get_control_msg(timeout=10)["parent_header"].get("msg_id") != info["header"]["msg_id"]:
        assert time.monotonic() < deadline


def test_no_message_ends_the_kernel(fresh):
    seed = int(os.environ.get("NABLAB_SEED", random.SystemRandom().randrange(2**31)))
    print(f"NABLAB_SEED={seed}")
    generator = random.Random(seed)
    session = fresh.client.session
    context = zmq.Context()
    sockets = []
    for port in (fresh.manager.shell_port, fresh.manager.control_port, fresh.manager.stdin_port):
        socket = context.socket(zmq.DEALER)
        socket.linger = 0
        socket.connect(f"tcp://127.0.0.1:{port}")
        sockets.append(socket)
    sent = 0
    deadline = time.monotonic() + SECONDS
    try:
        while time.monotonic() < deadline:
            for _ in range(30):
                frames = session.serialize(message(generator, session))
                if generator.random() < 0.6:
                    frames = damaged(generator, frames)
                generator.choice(sockets).send_multipart(frames)
                sent += 1
            answers(fresh)
    finally:
        context.destroy(linger=0)
    assert sent >= 30
