"""Magics and shell lines: where they run, what they show, how they end."""

import os
import re
import subprocess
import time

from conftest import strip_colours


def complete(notebook, code):
    notebook.client.complete(code, len(code))
    return notebook.client.get_shell_msg(timeout=20)["content"]


def test_time_keeps_the_value_and_the_names(notebook):
    timed = notebook.ok("%time 6 * 7")
    assert timed.result == "42"
    assert re.search(r"CPU times: user .+, sys: .+, total: .+\nWall time: [\d.]+ (ns|µs|ms)\n", timed.stdout)
    assert "Wall time" in notebook.ok("%time const timedName: number = await Promise.resolve(3)").stdout
    assert notebook.ok("timedName + 1").result == "4"
    slow = notebook.ok("%time await new Promise(go => setTimeout(go, 120))").stdout
    assert 119 <= float(re.search(r"Wall time: ([\d.]+) ms", slow)[1]) < 1000


def test_time_of_a_cell(notebook):
    timed = notebook.ok("%%time\nconst cellName = 5\ncellName * 2")
    assert timed.result == "10" and "Wall time" in timed.stdout
    assert timed.kinds.index("stream") < timed.kinds.index("execute_result")
    assert notebook.ok("cellName").result == "5"


def test_timeit(notebook):
    told = notebook.ok("%timeit -n 1000 -r 3 Math.sqrt(2)").stdout
    assert re.search(r"[\d.]+ (ns|µs) ± [\d.]+ (ns|µs) per loop \(mean ± std. dev. of 3 runs, 1,000 loops each; best ", told)
    awaited = notebook.ok("%timeit -n 2 -r 2 new Promise(go => setTimeout(go, 20))").stdout
    assert 19 <= float(re.match(r"([\d.]+) ms", awaited)[1]) < 200
    calls = notebook.ok("let calls = 0\n%timeit -n 10 -r 2 calls++\ncalls")
    assert calls.result == "21"  # and the first, which tells whether to await
    whole = notebook.ok("%%timeit -n 5 -r 2\nlet sum = 0\nfor (let i = 0; i < 10; i++) sum += await i")
    assert "5 loops each" in whole.stdout
    assert "sum" in notebook.run("sum").traceback


def test_magics_run_in_their_order(notebook):
    mixed = notebook.ok("console.log('one')\n!echo two\nconsole.log('three')\n%env NABLAB_TEST=four\nconsole.log(process.env.NABLAB_TEST)")
    assert mixed.stdout == "one\ntwo\nthree\nenv: NABLAB_TEST=four\nfour\n"
    assert notebook.ok("%env NABLAB_TEST").stdout == "four\n"
    assert notebook.ok("!echo $NABLAB_TEST").stdout == "four\n"
    notebook.ok("%env API_SECRET_X=hush")
    listing = notebook.ok("%env").stdout
    assert "NABLAB_TEST=four" in listing and "API_SECRET_X=<hidden>" in listing


def test_lines_of_errors_around_magics(notebook):
    error = notebook.run("!echo fine\nconst wrong: number = 'text'").traceback
    assert "cell" in error and "2:7" in error
    error = notebook.run("%who\n%time 1 + 1\nthrow new Error('here')")
    assert ":3:7" in error.traceback, error.traceback
    error = notebook.run("%time nothing.here")
    assert "Cannot find name 'nothing'" in error.traceback and "1:7" in error.traceback
    error = notebook.run("%time (() => { throw new RangeError('inside') })()")
    assert "1:22" in error.traceback, error.traceback
    assert "SyntaxError" == notebook.run("%who\nconst = 3").error["ename"]


def test_typescript_is_not_taken_for_magic(notebook):
    assert notebook.ok("let flag = false, a = 17, b = 5; const go = () => 'went'").reply["status"] == "ok"
    assert notebook.ok("!flag && go()").result == "'went'"
    assert notebook.ok("!flag").result == "true"
    assert notebook.ok("a\n%b").result == "2"
    assert notebook.ok("`\n!ls\n%who\n`").result == r"'\n!ls\n%who\n'"


def test_an_unknown_magic(notebook):
    error = notebook.run("1\n%tiem 3")
    assert error.error["ename"] == "UsageError"
    assert "There is no magic %tiem. Did you mean %time?" in error.traceback
    assert "2:1" in error.traceback
    assert "There is no magic %%bash" in notebook.run("%%bash\nls").traceback


def test_shell_output_streams_and_the_exit_code_is_told(notebook):
    message = notebook.send("!echo early; sleep 1.2; echo late; exit 3")
    started = time.monotonic()
    notebook.late(message, lambda m: m["msg_type"] == "stream" and "early" in m["content"]["text"])
    assert time.monotonic() - started < 1.0
    rest = notebook.collect(message)
    assert rest.stdout == "late\n" and rest.stderr == "[exit code 3]\n"
    assert rest.reply["status"] == "ok"
    assert "not found" in notebook.ok("!nosuchcommand_x").stderr


def test_a_shell_command_is_interrupted_with_all_its_processes(notebook):
    message = notebook.send("!sh -c 'sleep 987.5' & sleep 987.5")
    time.sleep(1)
    count = lambda: int(subprocess.run("pgrep -fc '^sleep 987.5'", shell=True, capture_output=True, text=True).stdout)
    assert count() == 2
    started = time.monotonic()
    notebook.manager.interrupt_kernel()
    ended = notebook.collect(message, timeout=10)
    assert ended.reply["status"] == "error" and ended.error["ename"] in ("Interrupted", "AbortError")
    assert time.monotonic() - started < 2
    time.sleep(0.7)
    assert count() == 0
    assert notebook.ok("1 + 1").result == "2"


def test_check_modes(fresh):
    assert fresh.run("const n: number = 'x'").error["ename"] == "TypeCheckError"
    warned = fresh.ok("%check warn\nconst n: number = 'x'\nn")
    assert warned.result == "'x'" and "not assignable" in strip_colours(warned.stderr) and "2:7" in strip_colours(warned.stderr)
    quiet = fresh.ok("%check off\nconst m: number = 'y'")
    assert quiet.stderr == ""
    assert fresh.ok("%check").stdout == "Type checking: off\n"
    assert fresh.run("%check strict\nm.toFixed").reply["status"] == "ok"
    assert fresh.run("const k: number = 'x'").error["ename"] == "TypeCheckError"
    assert "expects off, warn or strict" in fresh.run("%check maybe").traceback


def test_who_and_reset(fresh):
    assert fresh.ok("%who").stdout == "No cell has declared a variable.\n"
    fresh.ok("const cat = { legs: 4 }\nlet words = ['a', 'b']\nclass Dog {}\nfunction bark() {}")
    listing = fresh.ok("%who").stdout
    for name, kind in [("cat", "Object"), ("words", "Array"), ("Dog", "function"), ("bark", "function")]:
        assert re.search(rf"^{name} +{kind} +\S", listing, re.M), listing
    fresh.ok("const timer = setInterval(() => 0, 50)")
    assert fresh.ok("%reset").stderr == ""
    assert fresh.ok("%who").stdout == "No cell has declared a variable.\n"
    assert "Cannot find name 'cat'" in fresh.run("cat").traceback
    assert fresh.ok("%reset\nconst cat = 1\ncat").result == "1"
    assert "must stand before" in fresh.run("const dog = 1\n%reset").traceback


def test_tensors(fresh):
    assert fresh.ok("%tensors").stdout.startswith("No tensors")
    fresh.ok("const big = tf.zeros([100, 50]), small = [tf.scalar(1), tf.scalar(2, 'int32')]")
    table = fresh.ok("%tensors").stdout
    assert table.startswith("3 tensors, 20 kB\n"), table
    assert re.search(r"big +\[100,50\] +float32 +20 kB", table)
    assert re.search(r"small\[1\] +\[\] +int32 +4 B", table)
    assert [line.split()[0] for line in fresh.ok("%who").stdout.splitlines()[2:]] == ["big", "small"]
    fresh.ok("big.dispose()")
    assert "big" not in fresh.ok("%tensors").stdout


def test_cd_and_load_and_help(notebook):
    folder = notebook.folder / "sub"
    folder.mkdir()
    (folder / "piece.ts").write_text("export const piece = 1\n")
    assert notebook.ok("%cd sub\nprocess.cwd()").result.endswith("/sub'")
    assert notebook.ok("%cd -").stdout.strip() == os.path.realpath(notebook.folder)
    assert "no such folder" in notebook.run("%cd nowhere").traceback
    loaded = notebook.ok("%load sub/piece.ts")
    assert loaded.reply["payload"] == [
        {"source": "set_next_input", "text": "// %load sub/piece.ts\nexport const piece = 1\n", "replace": True}
    ]
    assert "no such file" in notebook.run("%load sub/none.ts").traceback
    pager = notebook.ok("%timeit?").reply["payload"][0]
    assert pager["source"] == "page" and "-n loops" in pager["data"]["text/plain"]
    listing = notebook.ok("%help").stdout
    for name in ["%check", "%time", "%%timeit", "%npm install", "!command"]:
        assert name in listing


def test_completion_of_magics(notebook):
    (notebook.folder / "data").mkdir(exist_ok=True)
    (notebook.folder / "data" / "table.csv").write_text("a\n")
    assert complete(notebook, "%ti")["matches"] == ["%time", "%timeit", "%%time", "%%timeit"]
    assert complete(notebook, "1;\n%ti")["matches"] == ["%time", "%timeit"]
    found = complete(notebook, "%load data/ta")
    assert found["matches"] == ["data/table.csv"] and found["cursor_start"] == 6
    assert complete(notebook, "%check w")["matches"] == ["warn"]
    assert "sqrt" in complete(notebook, "%time Math.sq")["matches"]
    assert "sqrt" in complete(notebook, "!ls -la\n%who\nMath.sq")["matches"]


def test_is_complete_with_magics(notebook):
    def status(code):
        return notebook.client.is_complete(code) and notebook.client.get_shell_msg(timeout=20)["content"]["status"]

    assert status("%who") == "complete"
    assert status("!ls -la") == "complete"
    assert status("%time f(") == "incomplete"
    assert status("%who\nfor (;;) {") == "incomplete"
