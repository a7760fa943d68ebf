"""Interrupts keep the variables; a runner's death ends the cell with a reason, and the next cell runs."""

import os
import signal
import time

import psutil
import pytest


def start(notebook, code):
    message_id = notebook.send(f"console.log('started'); {code}")
    notebook.wait_until(message_id, lambda m: m["msg_type"] == "stream" and "started" in m["content"]["text"])
    time.sleep(0.1)
    return message_id


ENDLESS = [
    "while (true) {}",
    "for (;;) { try { (() => { for (;;); })() } catch {} }",
    "await (async () => { await 1; while (true) {} })()",
    "await new Promise(() => {})",
    "await new Promise(r => setTimeout(r, 1e8))",
    "/(a+)+$/.test('a'.repeat(40) + 'b')",
    "[3, 1, 2].sort(() => { for (;;); })",
    "for (;;) { await new Promise(r => setTimeout(r, 1)) }",
]


@pytest.mark.parametrize("code", ENDLESS)
def test_an_interrupt_message_ends_the_cell_and_keeps_the_variables(notebook, code):
    notebook.ok("const kept = 'kept'")
    message_id = start(notebook, code)
    started = time.monotonic()
    notebook.manager.interrupt_kernel()
    execution = notebook.collect(message_id, timeout=10)
    assert execution.reply["status"] == "error"
    assert time.monotonic() - started < 3
    assert notebook.ok("kept").result == "'kept'"


def test_a_signal_interrupts_too(notebook):
    notebook.ok("const kept = 'kept'")
    message_id = start(notebook, "while (true) {}")
    os.kill(notebook.manager.provisioner.process.pid, signal.SIGINT)
    assert notebook.collect(message_id, timeout=10).reply["status"] == "error"
    assert notebook.ok("kept").result == "'kept'"


def test_an_interrupt_with_nothing_running_does_no_harm(notebook):
    notebook.ok("const kept = 'kept'")
    notebook.manager.interrupt_kernel()
    os.kill(notebook.manager.provisioner.process.pid, signal.SIGINT)
    time.sleep(0.2)
    assert notebook.ok("kept").result == "'kept'"


def test_an_interrupt_drops_the_cells_that_wait(notebook):
    running = start(notebook, "while (true) {}")
    waiting = notebook.send("'not reached'", stop_on_error=True)
    time.sleep(0.1)  # the two channels keep no order between them
    notebook.manager.interrupt_kernel()
    assert notebook.collect(running, timeout=10).reply["status"] == "error"
    assert notebook.collect(waiting, timeout=10).reply["status"] == "aborted"


CRASHES = {
    "exit": ("process.exit(3)", "3"),
    "segfault": ("process.kill(process.pid, 'SIGSEGV'); await new Promise(r => setTimeout(r, 5000))", "SIGSEGV"),
    "abort": ("process.abort()", "SIGABRT"),
    "killed": ("process.kill(process.pid, 'SIGKILL'); await new Promise(r => setTimeout(r, 5000))", "SIGKILL"),
    "heap": ("const hoard: number[][] = []; while (true) hoard.push(new Array(1e6).fill(1.5))", "memory"),
}


@pytest.mark.parametrize("kind", CRASHES)
def test_a_dead_runner_ends_the_cell_and_the_next_cell_runs(fresh, kind):
    code, reason = CRASHES[kind]
    fresh.ok("const lost = 1")
    execution = fresh.run(f"console.log('last words')\n{code}", timeout=240)
    assert execution.reply["status"] == "error"
    assert "last words" in execution.stdout
    assert reason in execution.error["evalue"] + execution.traceback
    assert "variables" in execution.error["evalue"] + execution.traceback
    assert fresh.ok("typeof (globalThis as any).lost").result == "'undefined'"
    assert fresh.ok("const again = await Promise.resolve(2); again").result == "2"
    gone = fresh.run("lost")
    assert gone.error["ename"] == "TypeCheckError", "the checker forgot the old variables too"


def test_death_between_cells_is_told_and_survived(fresh):
    fresh.ok("setTimeout(() => process.exit(0), 200); const lost = 1")
    time.sleep(1)
    execution = fresh.run("1 + 1", timeout=30)
    assert execution.result == "2"


def test_a_second_interrupt_ends_what_the_first_could_not(fresh):
    message_id = start(fresh, "require('node:child_process').execSync('sleep 60')")
    fresh.manager.interrupt_kernel()
    time.sleep(0.7)
    fresh.manager.interrupt_kernel()
    execution = fresh.collect(message_id, timeout=20)
    assert execution.reply["status"] == "error"
    assert fresh.ok("1 + 1").result == "2"


def test_many_crashes_leave_no_process_behind(fresh):
    kernel = psutil.Process(fresh.manager.provisioner.process.pid)
    fresh.ok("1")
    before = len(kernel.children(recursive=True))
    for _ in range(5):
        fresh.run("process.exit(0)")
        fresh.ok("1")
    time.sleep(0.5)
    assert len(kernel.children(recursive=True)) <= before
