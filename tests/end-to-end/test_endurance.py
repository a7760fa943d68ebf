"""Scale and endurance. Bounded by default; NABLAB_FULL=1 runs the full sizes."""

import os
import signal
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from conftest import Notebook

FULL = os.environ.get("NABLAB_FULL") == "1"


def size(bounded, full):
    return full if FULL else bounded


def tree(notebook):
    kernel = psutil.Process(notebook.manager.provisioner.process.pid)
    return [kernel, *kernel.children(recursive=True)]


def memory(notebook):
    """Unique set size of the process tree, in MB."""
    return sum(process.memory_full_info().uss for process in tree(notebook)) / 2**20


def descriptors(notebook):
    return psutil.Process(notebook.manager.provisioner.process.pid).num_fds()


def with_own_folders(tmp_path):
    """A notebook whose temporary files go to a folder of its own, and the two folders, which must stay empty."""
    folders = [tmp_path / "notebook", tmp_path / "temporary"]
    for folder in folders:
        folder.mkdir()
    return Notebook(folders[0], env={"TMPDIR": str(folders[1])}), folders


def left_in(folders):
    return [path.name for folder in folders for path in folder.iterdir()]


def gone(processes, seconds=4):
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    return alive == []


def test_a_notebook_of_many_cells_stays_fast(fresh):
    count = size(60, 900)
    times = []
    for i in range(count):
        started = time.monotonic()
        source = f"interface Row{i} {{ id: number; name: string }}\nconst row{i}: Row{i} = {{ id: {i}, name: `row ${{{i}}}` }};\nrow{i}.id + {f'row{i - 1}.id' if i else 0}"
        assert fresh.ok(source).result == str(max(0, 2 * i - 1))
        times.append(time.monotonic() - started)
    first, last = statistics.median(times[10:30]), statistics.median(times[-20:])
    print(f"{count} cells: {first * 1000:.1f} ms at first, {last * 1000:.1f} ms at last, {memory(fresh):.0f} MB")
    assert last < max(2 * first, 0.05)
    assert fresh.ok(f"row0.name + row{count - 1}.id").result == f"'row 0{count - 1}'"


def test_an_output_of_many_megabytes_arrives_whole(fresh):
    megabytes = size(20, 100)
    execution = fresh.ok(f"process.stdout.write('x'.repeat({megabytes} * 2 ** 20)); 'end'", timeout=120)
    assert len(execution.stdout) == megabytes * 2**20
    assert execution.result == "'end'"
    execution = fresh.ok(f"display.text('y'.repeat({megabytes} * 2 ** 20))", timeout=120)
    assert len(execution.of("display_data")[0]["data"]["text/plain"]) == megabytes * 2**20


@pytest.mark.parametrize("count, limit", [(10_000, 200), (100_000, 2000)])
def test_many_lines_in_few_messages_before_idle(notebook, count, limit):
    started = time.monotonic()
    execution = notebook.ok(f"for (let i = 0; i < {count}; i++) console.log(`line ${{i}}`)", timeout=120)
    print(f"{count} lines: {time.monotonic() - started:.2f} s, {execution.kinds.count('stream')} messages")
    assert execution.stdout == "".join(f"line {i}\n" for i in range(count))
    assert execution.kinds.count("stream") <= limit
    assert execution.kinds[-1] == "status"


def test_native_output_of_many_lines_arrives_before_idle(notebook):
    execution = notebook.ok("require('node:child_process').execSync('seq 100000', { stdio: 'inherit' }); 'end'", timeout=60)
    assert execution.stdout == "".join(f"{i}\n" for i in range(1, 100_001))


def test_memory_does_not_grow_over_many_cells(fresh):
    def cells(start, count):
        for i in range(start, start + count):
            fresh.ok(f"let value = new Array(1000).fill({i}).map((x: number) => x + 1);\nconsole.log(value.length);\nvalue[0]")
        fresh.ok("await new Promise(r => setTimeout(r, 300))")

    cells(0, 30)
    before = memory(fresh)
    cells(30, size(70, 200))
    after = memory(fresh)
    print(f"memory: {before:.0f} MB, then {after:.0f} MB")
    assert after < before * 1.2


def test_restarts_leave_nothing_behind(tmp_path):
    notebook, folders = with_own_folders(tmp_path)
    try:
        notebook.ok("1")
        me = psutil.Process()
        sockets = len(me.net_connections())
        for i in range(size(8, 200)):
            old = tree(notebook)
            notebook.manager.restart_kernel(now=False)
            notebook.client.wait_for_ready(timeout=30)
            assert gone(old), f"restart {i}: {[p for p in old if p.is_running()]}"
            if i % 5 == 0:
                assert notebook.ok("const again: number = 1; again").result == "1"
        assert left_in(folders) == []
        assert len(me.net_connections()) <= sockets + 5
    finally:
        notebook.close()


def test_restarts_of_the_cells_process_leave_nothing_behind(fresh):
    fresh.ok("1")
    fresh.run("process.exit(0)")
    fresh.ok("1")
    processes, open_files = len(tree(fresh)), descriptors(fresh)
    for _ in range(size(10, 200)):
        fresh.run("process.exit(0)")
        fresh.ok("const x: number = 1; x")
    assert len(tree(fresh)) <= processes
    assert descriptors(fresh) <= open_files + 3


def test_three_notebooks_at_once(tmp_path):
    def work(number):
        notebook = Notebook(tmp_path)
        try:
            for i in range(20):
                execution = notebook.ok(f"const own = {number}; for (let i = 0; i < 100; i++) console.log(own); own * {i}")
                assert execution.result == str(number * i)
                assert execution.stdout == f"{number}\n" * 100
        finally:
            notebook.close()
        return number

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(work, (1, 2, 3))) == [1, 2, 3]


CHILD = "const child = require('node:child_process').spawn('sleep', ['300']); child.pid"

ENDS = {
    "shutdown": lambda notebook: notebook.manager.shutdown_kernel(now=False),
    "shutdown of a busy kernel": lambda notebook: (notebook.send("while (true) {}"), time.sleep(0.5), notebook.manager.shutdown_kernel(now=False)),
    "SIGTERM": lambda notebook: os.kill(notebook.manager.provisioner.process.pid, signal.SIGTERM),
    "SIGKILL": lambda notebook: os.kill(notebook.manager.provisioner.process.pid, signal.SIGKILL),
    "SIGKILL of a busy kernel": lambda notebook: (
        notebook.send("while (true) {}"),
        time.sleep(0.5),
        os.kill(notebook.manager.provisioner.process.pid, signal.SIGKILL),
    ),
}


@pytest.mark.parametrize("end", ENDS)
def test_no_process_socket_or_file_outlives_the_kernel(tmp_path, end):
    notebook, folders = with_own_folders(tmp_path)
    try:
        pid = int(notebook.ok(CHILD).result)
        ports = [getattr(notebook.manager, name) for name in ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")]
        processes = [*tree(notebook)]
        assert pid in [process.pid for process in processes] or psutil.pid_exists(pid)
        processes.append(psutil.Process(pid))
        ENDS[end](notebook)
        assert gone(processes), [p for p in processes if p.is_running()]
        listening = {c.laddr.port for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN}
        assert not listening.intersection(ports)
        assert left_in(folders) == []
    finally:
        notebook.client.stop_channels()
        notebook.manager.cleanup_resources()


KINDS = {
    "a loop": "while (true) {}",
    "a loop after an await": "await Promise.resolve(1); while (true) {}",
    "a timer": "await new Promise(r => setTimeout(r, 1e8))",
    "a pending await": "await new Promise(() => {})",
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_interrupt_works(notebook, kind):
    count = size(10, 100)
    notebook.ok("let kept = 0")
    times = []
    for i in range(count):
        message_id = notebook.send(f"kept++; console.log('started'); {KINDS[kind]}")
        notebook.wait_until(message_id, lambda m: m["msg_type"] == "stream")
        time.sleep(0.02)
        started = time.monotonic()
        notebook.client.control_channel.send(notebook.client.session.msg("interrupt_request", {}))
        execution = notebook.collect(message_id, timeout=10)
        times.append(time.monotonic() - started)
        assert execution.error["ename"] == "Interrupted"
    assert notebook.ok("kept").result == str(count)
    median = statistics.median(times) * 1000
    print(f"{kind}: {count} of {count}, median {median:.1f} ms, longest {max(times) * 1000:.1f} ms")
    assert median < (20 if FULL else 200)
