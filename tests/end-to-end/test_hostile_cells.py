"""Cells that do harm, by mistake or on purpose: each ends with a sentence that says what happened, soon
(memory takes longer to exhaust), and the next cell runs. The kernel's own process stays the same all along."""

import time

import psutil
import pytest

from conftest import Notebook

MEMORY_SECONDS = 60
#: The reply takes far less than a second by itself; the type check before it takes longer on a busy machine.
LIMIT = 4

#: What ends the cell's process: code, and words of the sentence.
DEADLY = {
    "process.exit": ("process.exit(3)", "exit code 3"),
    "process.reallyExit": ("(process as any).reallyExit(4)", "exit code 4"),
    "exit in a timer": ("setTimeout(() => process.exit(5), 10); await new Promise(() => {})", "exit code 5"),
    "abort": ("process.abort()", "SIGABRT"),
    "SIGSEGV": ("process.kill(process.pid, 'SIGSEGV'); while (true) {}", "SIGSEGV"),
    "SIGKILL": ("process.kill(process.pid, 'SIGKILL'); while (true) {}", "SIGKILL"),
    "SIGTERM": ("process.kill(process.pid, 'SIGTERM'); while (true) {}", "SIGTERM"),
    "SIGKILL to the group": ("process.kill(0, 'SIGKILL'); while (true) {}", "SIGKILL"),
    "closed descriptors": (
        "import { closeSync } from 'node:fs'\nfor (let fd = 0; fd <= 60; fd++) { try { closeSync(fd) } catch {} }; await new Promise(r => setTimeout(r, 200))",
        "",
    ),
    "a closed pipe to the kernel": ("require('node:fs').closeSync(3); console.log('lost')", "pipe"),
    "a closed pipe from the kernel": ("require('node:fs').closeSync(4); await new Promise(() => {})", "pipe"),
}

#: What the session survives whole: the cell ends well or with its own error.
BORNE = {
    "garbage on the pipe": "require('node:fs').writeSync(3, 'garbage\\n{\"type\":\"what\"}\\n{\\n\\u0000\\n'); 'written'",
    "half a line on the pipe": "require('node:fs').writeSync(3, '{\"half\":'); 'written'",
    "a forged end": "require('node:fs').writeSync(3, JSON.stringify({ type: 'done', cell: 'x', sequence: 99, outcome: {}, marked: [] }) + '\\n'); 'written'",
    "malformed messages": "for (const m of [null, 1, [], {}, { type: 'stream' }, { type: 'done' }, { type: 'display', data: 3 }]) require('node:fs').writeSync(3, JSON.stringify(m) + '\\n'); 1",
    "closed stdout and stderr": "require('node:fs').closeSync(1); require('node:fs').closeSync(2); 'closed'",
    "no console": "delete (globalThis as any).console",
    "console replaced": "(globalThis as any).console = { log() { throw new Error('mine') } }",
    "no JSON": "(globalThis as any).JSON = undefined",
    "JSON replaced": "JSON.stringify = () => { throw new Error('mine') }; JSON.parse = () => 1 as any",
    "Promise replaced": "(globalThis as any).Promise = class { constructor() { throw new Error('mine') } }",
    "Promise.prototype.then replaced": "Promise.prototype.then = () => { throw new Error('mine') }",
    "Promise.all replaced": "(Promise as any).all = (Promise as any).race = (Promise as any).resolve = undefined",
    "Buffer replaced": "(globalThis as any).Buffer = undefined",
    "Buffer.from replaced": "(Buffer as any).from = () => { throw new Error('mine') }",
    "Buffer.prototype replaced": "for (const name of ['toString', 'slice', 'subarray', 'write', 'utf8Write', 'utf8Slice', 'indexOf']) (Buffer.prototype as any)[name] = () => { throw new Error('mine') }",
    "Array.prototype replaced": "for (const name of ['push', 'shift', 'map', 'filter', 'forEach', 'join', 'slice', 'concat', Symbol.iterator]) (Array.prototype as any)[name] = () => { throw new Error('mine') }",
    "String.prototype replaced": "for (const name of ['split', 'replace', 'slice', 'indexOf', 'startsWith', 'trim']) (String.prototype as any)[name] = () => { throw new Error('mine') }",
    "Object's functions replaced": "for (const name of ['keys', 'entries', 'assign', 'defineProperty', 'getOwnPropertyDescriptor', 'freeze']) (Object as any)[name] = () => { throw new Error('mine') }",
    "Object.prototype polluted": "for (const name of ['type', 'cell', 'then', 'get', 'set', 'value', 'data', 'toJSON']) Object.defineProperty(Object.prototype, name, { configurable: true, get() { return undefined }, set() {} })",
    "Map.prototype replaced": "for (const name of ['get', 'set', 'has', 'delete']) (Map.prototype as any)[name] = () => { throw new Error('mine') }",
    "timers replaced": "for (const name of ['setTimeout', 'setImmediate', 'queueMicrotask', 'clearTimeout']) (globalThis as any)[name] = () => { throw new Error('mine') }",
    "EventEmitter replaced": "require('node:events').prototype.emit = () => { throw new Error('mine') }",
    "fs.writeSync replaced": "require('node:fs').writeSync = () => { throw new Error('mine') }",
    "process emptied": "for (const name of ['on', 'exit', 'nextTick', 'cwd', 'hrtime', 'emit', 'stdout', 'stderr']) { try { Object.defineProperty(process, name, { value: undefined, configurable: true }) } catch {} }",
    "listeners removed": "process.removeAllListeners()",
    "globals deleted": "for (const name of Object.getOwnPropertyNames(globalThis)) { if (name !== 'globalThis') try { delete (globalThis as any)[name] } catch {} }",
    "Error.prepareStackTrace": "Error.prepareStackTrace = () => { throw new Error('mine') }; throw new Error('own')",
    "Error replaced": "(globalThis as any).Error = undefined",
    "a thrown proxy": "throw new Proxy({}, { get() { throw new Error('mine') }, getPrototypeOf() { throw new Error('mine') }, ownKeys() { throw new Error('mine') } })",
    "a thrown null": "throw null",
    "endless recursion": "(function f(): any { return f() })()",
    "endless recursion in a representation": "({ get [Symbol.for('nodejs.util.inspect.custom')]() { return function f(): any { return f() } } })",
    "a rejected promise": "Promise.reject(new Error('left alone')); 'done'",
    "frozen globals": "for (const name of Object.getOwnPropertyNames(globalThis)) { try { Object.freeze((globalThis as any)[name]) } catch {} }",
    "a changed folder": "process.chdir('/')",
    "an enormous array": "try { new Float64Array(2 ** 53) } catch (e) { throw e }",
    "a string too long": "'x'.repeat(2 ** 30)",
}

#: What goes on for good: an interrupt ends it.
ENDLESS = {
    "a loop": "while (true) {}",
    "a microtask loop": "await (async () => { for (;;) await null })()",
    "a nextTick loop": "const again = () => process.nextTick(again); again(); await new Promise(() => {})",
    "a wait": "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)",
}

MEMORY = {
    "heap": ("const hoard: number[][] = []; while (true) hoard.push(new Array(1e6).fill(1.5))", "heap memory"),
    "buffers": ("const hoard: ArrayBuffer[] = []; for (let i = 0; i < 1e6; i++) hoard.push(new ArrayBuffer(2 ** 40))", "allocation failed"),
}


@pytest.fixture(autouse=True)
def kernel_stays(request, notebook):
    pid = notebook.manager.provisioner.process.pid
    yield
    assert notebook.manager.provisioner.process.pid == pid and psutil.pid_exists(pid)


def next_cell_runs(notebook):
    started = time.monotonic()
    execution = notebook.run("console.log('said'); const sum: number = 1 + 1; await Promise.resolve(sum)", timeout=8)
    assert execution.reply["status"] == "ok", execution.traceback
    assert execution.stdout == "said\n"
    assert execution.result == "2"
    return time.monotonic() - started


@pytest.mark.parametrize("kind", DEADLY)
def test_the_end_of_the_cells_process_is_told(notebook, kind):
    code, words = DEADLY[kind]
    notebook.ok("const before = 1")
    started = time.monotonic()
    execution = notebook.run(code, timeout=8)
    took = time.monotonic() - started
    assert execution.reply["status"] == "error"
    assert words in execution.error["evalue"]
    assert "All variables are gone" in execution.error["evalue"]
    assert took < LIMIT, f"{took:.2f} s"
    next_cell_runs(notebook)


def test_the_kernels_process_is_out_of_a_cells_reach(notebook):
    for attempt in ("process.ppid, 'SIGKILL'", "process.ppid, 'SIGTERM'", "process.ppid, 'SIGSTOP'"):
        execution = notebook.run(f"process.kill({attempt})", timeout=8)
        assert execution.reply["status"] == "error"
        assert "kernel" in execution.error["evalue"]
        next_cell_runs(notebook)


@pytest.mark.parametrize("kind", BORNE)
def test_the_session_bears_it(notebook, kind):
    started = time.monotonic()
    execution = notebook.run(BORNE[kind], timeout=8)
    took = time.monotonic() - started
    if execution.reply["status"] == "error":
        assert execution.error["evalue"] or execution.error["traceback"]
    assert took < LIMIT, f"{took:.2f} s"
    execution = notebook.run("1 + 1", timeout=8)
    if execution.reply["status"] == "error" or execution.result != "2":
        next_cell_runs(notebook)
    assert notebook.run("process.exit(0)", timeout=8).reply["status"] == "error", "start from fresh globals"
    next_cell_runs(notebook)


@pytest.mark.parametrize("kind", ENDLESS)
def test_an_interrupt_ends_what_goes_on_for_good(notebook, kind):
    message_id = notebook.send(f"console.log('started'); {ENDLESS[kind]}")
    notebook.wait_until(message_id, lambda m: m["msg_type"] == "stream")
    notebook.manager.interrupt_kernel()
    started = time.monotonic()
    try:
        execution = notebook.collect(message_id, timeout=2)
    except Exception:
        notebook.manager.interrupt_kernel()  # the second ends the process
        execution = notebook.collect(message_id, timeout=5)
    assert execution.reply["status"] == "error"
    assert time.monotonic() - started < 4
    next_cell_runs(notebook)


@pytest.mark.parametrize("kind", MEMORY)
def test_exhausted_memory_is_told(tmp_path, kind):
    code, words = MEMORY[kind]
    notebook = Notebook(tmp_path, env={"NABLAB_HEAP_MB": "200"})
    try:
        execution = notebook.run(code, timeout=MEMORY_SECONDS)
        assert execution.reply["status"] == "error"
        assert words in execution.error["evalue"]
        next_cell_runs(notebook)
    finally:
        notebook.close()
