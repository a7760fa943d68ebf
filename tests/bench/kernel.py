"""Times nablab and ipykernel in turn on the same tasks; prints every sample as JSON.

Each side has its own cells (TypeScript, Python) for the same task. A measure that the peer has no answer to
(it has no type checker, it dies with the user's process) is printed for nablab alone.
"""

import json
import os
import queue
import statistics
import sys
import time

import psutil
from jupyter_client.manager import KernelManager

KERNELS = {"ours": "nablab", "theirs": "python3"}
LIMIT = 120
ROUND_TRIPS = 30
CELLS = 200
LINES = 10_000
INTERRUPTS = 5

DEATHS = {
    "process.exit()": "process.exit(1)",
    "SIGSEGV": "process.kill(process.pid, 'SIGSEGV'); for (;;) {}",
}

CELLS_OF = {
    "ours": {
        "declare": "const a{n} = {n}, b{n} = a{n} + 1; function f{n}(x: number) {{ return x + b{n}; }}; f{n}({n})",
        "lines": f"for (let i = 0; i < {LINES}; i++) console.log(i)",
        "spin": "console.log('started'); for (;;) {}",
        "interrupts": {
            "a loop": "console.log('started'); for (;;) {}",
            "a loop after an await": "await 1; console.log('started'); for (;;) {}",
            "a timer": "console.log('started'); await new Promise(resolve => setTimeout(resolve, 1e8))",
            "a pending await": "console.log('started'); await new Promise(() => {})",
        },
        "setup": "class Cat { legs = 4; purr() { return 'rrr' } }\nconst cat = new Cat()\n"
        "const row: Record<string, number> = { age: 3 }",
        "completions": {
            "consol": "console",
            "const velocity = 3\nvelo": "velocity",
            "cat.pu": "purr",
            "cat.": "legs",
            "const s = 'a'\ns.toUpp": "toUpperCase",
            "JSON.pa": "parse",
            'row["': "age",
            "import { readF } from 'node:fs'\nreadF": "readF",
            'import "node:f': "node:fs",
            "const other = new Cat()\nother.le": "legs",
        },
    },
    "theirs": {
        "declare": "a{n} = {n}; b{n} = a{n} + 1\ndef f{n}(x): return x + b{n}\nf{n}({n})",
        "lines": f"for i in range({LINES}): print(i)",
        "spin": "print('started', flush=True)\nwhile True: pass",
        "interrupts": {
            "a loop": "print('started', flush=True)\nwhile True: pass",
            # ipykernel 7 does not end a loop after an await, nor a pending await
            "a timer": "import time\nprint('started', flush=True)\ntime.sleep(1e6)",
        },
        "setup": "class Cat:\n    legs = 4\n    def purr(self): return 'rrr'\n"
        "cat = Cat()\nrow = {'age': 3}\nimport json",
        "completions": {
            "prin": "print",
            "velocity = 3\nvelo": "velocity",
            "cat.pu": "purr",
            "cat.": "legs",
            "s = 'a'\ns.upp": "upper",
            "json.loa": "loads",
            'row["': "age",
            "from os import path as readF\nreadF": "readF",
            "import js": "json",
            "other = Cat()\nother.le": "legs",
        },
    },
}


class Session:
    """One kernel and a client on it."""

    def __init__(self, side, environment=None):
        self.cells = CELLS_OF[side]
        self.started = time.perf_counter()
        self.manager = KernelManager(kernel_name=KERNELS[side])
        self.manager.start_kernel(env={**os.environ, **(environment or {})})
        self.client = self.manager.blocking_client()
        self.client.start_channels()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()

    def since_launch(self):
        return (time.perf_counter() - self.started) * 1e3

    def reply(self, message_id):
        while True:
            message = self.client.get_shell_msg(timeout=LIMIT)
            if message["parent_header"].get("msg_id") == message_id:
                return message["content"]

    def until(self, message_id, wanted):
        """The message of this execution that `wanted` asks for, and how many came before it."""
        count = 0
        while True:
            message = self.client.get_iopub_msg(timeout=LIMIT)
            if message["parent_header"].get("msg_id") != message_id:
                continue
            count += 1
            if wanted(message):
                return message, count

    def idle(self, message_id):
        return self.until(message_id, lambda m: m["content"].get("execution_state") == "idle")[1]

    def ready(self):
        """Until output arrives: a subscription may take longer than the first reply."""
        self.client.wait_for_ready(timeout=LIMIT)
        return self

    def run(self, code):
        """Milliseconds until the reply and the idle status of one cell are both here."""
        started = time.perf_counter()
        message_id = self.client.execute(code, stop_on_error=False)
        self.idle(message_id)
        self.last = self.reply(message_id)
        return (time.perf_counter() - started) * 1e3

    def start(self, code):
        message_id = self.client.execute(code, stop_on_error=False)
        self.until(message_id, lambda m: "started" in m["content"].get("text", ""))
        time.sleep(0.05)
        return message_id

    def ask(self, channel, send):
        """Milliseconds until a request on a channel is answered."""
        started = time.perf_counter()
        message_id = send()
        while True:
            message = channel(timeout=LIMIT)
            if message["parent_header"].get("msg_id") == message_id:
                return (time.perf_counter() - started) * 1e3, message["content"]


def launch(side):
    with Session(side) as session:
        session.reply(session.client.kernel_info())
        yield "launch → kernel_info_reply", session.since_launch()
    with Session(side) as session:
        session.reply(session.client.execute("1+1"))
        yield "launch → first execute_reply", session.since_launch()
    environment = {"NABLAB_CHECK": "off"} if side == "ours" else {}
    with Session(side, environment) as session:
        session.reply(session.client.execute("1+1"))
        yield "launch → first execute_reply, types unchecked", session.since_launch()


def round_trips(side):
    with Session(side).ready() as session:
        session.run("1+1")
        process = psutil.Process(session.manager.provisioner.process.pid)
        tree = [process, *process.children(recursive=True)]
        yield "resident memory after one cell", sum(member.memory_info().rss for member in tree) / 2**20
        for _ in range(5):
            session.run("1+1")
        yield "1+1", statistics.median(session.run("1+1") for _ in range(ROUND_TRIPS))


def declarations(side):
    with Session(side).ready() as session:
        times = [session.run(session.cells["declare"].format(n=n)) for n in range(1, CELLS + 1)]
        assert session.last["status"] == "ok", session.last
    last = statistics.median(times[-10:])
    yield "a cell that declares names, 191–200 of 200", last
    yield "the same ÷ cells 11–20", last / statistics.median(times[10:20])


def completion(side):
    """Globals, unrun code, members of a class, of a library and of a value, keys and modules, at the end of the text."""
    with Session(side).ready() as session:
        session.run(session.cells["setup"])
        times = []
        for code, wanted in list(session.cells["completions"].items()) * 5:
            taken, content = session.ask(
                session.client.get_shell_msg, lambda code=code: session.client.complete(code, len(code))
            )
            times.append(taken)
            assert any(wanted in match for match in content["matches"]), f"{code} is not completed to {wanted}"
    yield "completion", statistics.median(times[len(session.cells["completions"]) :])


def interrupts(side):
    with Session(side).ready() as session:
        for kind, code in session.cells["interrupts"].items():
            times = []
            for _ in range(INTERRUPTS):
                message_id = session.start(code)
                started = time.perf_counter()
                session.manager.interrupt_kernel()
                session.reply(message_id)
                times.append((time.perf_counter() - started) * 1e3)
                session.idle(message_id)
            yield f"interrupt of {kind}", statistics.median(times)


def lines(side):
    """From the request to idle, a second after the first cell: what loads behind it is measured by the launch."""
    with Session(side).ready() as session:
        session.run("1+1")
        time.sleep(1)
        started = time.perf_counter()
        message_id = session.client.execute(session.cells["lines"])
        received, messages = [], 0
        while True:
            message = session.client.get_iopub_msg(timeout=LIMIT)
            if message["parent_header"].get("msg_id") != message_id:
                continue
            messages += 1
            received.append(message["content"].get("text", ""))
            if message["content"].get("execution_state") == "idle":
                break
        taken = (time.perf_counter() - started) * 1e3
        assert "".join(received).split() == [str(i) for i in range(LINES)], "lines are missing or out of order"
    yield f"{LINES:,} lines", taken
    yield f"messages for {LINES:,} lines", messages


def spinning(side):
    with Session(side).ready() as session:
        session.start(session.cells["spin"])
        times = [
            session.ask(session.client.get_control_msg, lambda: control_info(session.client))[0] for _ in range(20)
        ]
        yield "control while a cell spins", statistics.median(times)
        if side == "theirs":
            return  # its shell channel does not answer meanwhile
        times = [
            session.ask(session.client.get_shell_msg, lambda: session.client.complete("Math.", 5))[0]
            for _ in range(20)
        ]
        yield "completion while a cell spins", statistics.median(times)


def control_info(client):
    message = client.session.msg("kernel_info_request", {})
    client.control_channel.send(message)
    return message["header"]["msg_id"]


def deaths(side):
    """Until the error is told, and the next cell has run; ipykernel dies with the session."""
    if side == "theirs":
        return
    for kind, code in DEATHS.items():
        with Session(side).ready() as session:
            session.run("1+1")
            yield f"{kind} → error", session.run(code)
            assert session.last["status"] == "error", session.last
            yield f"{kind} → the next cell has run", session.run("1+1")
            assert session.last["status"] == "ok", session.last


MEASURES = [launch, round_trips, declarations, completion, interrupts, lines, spinning, deaths]
UNITS = {"resident memory after one cell": "MB", f"messages for {LINES:,} lines": "", "the same ÷ cells 11–20": ""}


def main(repetitions):
    samples = {}
    for side in KERNELS:
        list(launch(side))  # warms the file cache
    for repetition in range(repetitions):
        for measures in MEASURES:
            for side in KERNELS if repetition % 2 else reversed(KERNELS):
                for measure, value in measures(side):
                    samples.setdefault(measure, {"ours": [], "theirs": []})[side].append(value)
    report = [
        {"measure": measure, "peer": "ipykernel", "unit": UNITS.get(measure, "ms"), "better": "lower", **sides}
        for measure, sides in samples.items()
    ]
    print(json.dumps(report))


try:
    main(int(sys.argv[1]))
except queue.Empty:
    sys.exit("A kernel did not answer in time.")
