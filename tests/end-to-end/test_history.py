"""The history outlives the kernel, per user, and is asked for as IPython's is."""

import os
import stat

import pytest
from conftest import Notebook


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "history.jsonl"


@pytest.fixture
def open_kernel(tmp_path, path):
    opened = []

    def start(**environment):
        notebook = Notebook(tmp_path, {"NABLAB_HISTORY": str(path), **environment})
        opened.append(notebook)
        return notebook

    yield start
    for notebook in opened:
        notebook.close()


def ask(notebook, **options):
    message_id = notebook.client.history(**options)
    while True:
        reply = notebook.client.get_shell_msg(timeout=20)
        if reply["parent_header"].get("msg_id") == message_id:
            assert reply["content"]["status"] == "ok"
            return [tuple(entry) for entry in reply["content"]["history"]]


def test_what_was_run_is_known_to_later_kernels(open_kernel):
    first = open_kernel()
    first.ok("const x = 1")
    first.ok("x + 1")
    second = open_kernel()
    second.ok("'mine'")
    assert ask(second, hist_access_type="tail", n=2) == [(1, 2, "x + 1"), (2, 1, "'mine'")]
    tail = ask(second, hist_access_type="tail", n=10, output=True)
    assert tail == [(1, 1, ["const x = 1", None]), (1, 2, ["x + 1", "2"]), (2, 1, ["'mine'", "'mine'"])]


def test_ranges_count_back_from_this_session(open_kernel):
    open_kernel().ok("'oldest'")
    open_kernel().ok("'older'")
    latest = open_kernel()
    latest.ok("'now'")
    assert ask(latest, hist_access_type="range", session=0, start=1, stop=9) == [(3, 1, "'now'")]
    assert ask(latest, hist_access_type="range", session=-1, start=1, stop=9) == [(2, 1, "'older'")]
    assert ask(latest, hist_access_type="range", session=1, start=1, stop=9) == [(1, 1, "'oldest'")]
    assert ask(latest, hist_access_type="range", session=-9, start=1, stop=9) == []


def test_search_finds_globs_in_all_sessions(open_kernel):
    first = open_kernel()
    for code in ["let a = 1", "a += 1", "a += 1"]:
        first.ok(code)
    second = open_kernel()
    second.ok("let a = 5")
    search = {"hist_access_type": "search", "n": 10}
    assert ask(second, pattern="a += ?", **search) == [(1, 2, "a += 1"), (1, 3, "a += 1")]
    assert ask(second, pattern="a +*", unique=True, **search) == [(1, 3, "a += 1")]
    assert ask(second, pattern="let*", hist_access_type="search", n=1) == [(2, 1, "let a = 5")]


def test_two_kernels_write_at_the_same_time(open_kernel):
    one, two = open_kernel(), open_kernel()
    for n in range(5):
        one.ok(f"'one {n}'")
        two.ok(f"'two {n}'")
    third = open_kernel()
    inputs = [text for _, _, text in ask(third, hist_access_type="tail", n=20)]
    assert inputs == [f"'one {n}'" for n in range(5)] + [f"'two {n}'" for n in range(5)]


def test_the_file_is_the_users_alone_and_what_is_broken_in_it_is_passed_over(open_kernel, path):
    open_kernel().ok("'whole'")
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(path.parent).st_mode) == 0o700
    with path.open("a") as file:
        file.write('{"session": 7}\nnot JSON\n{"session": "x", "line": 1, "inp')
    later = open_kernel()
    assert ask(later, hist_access_type="tail", n=5) == [(1, 1, "'whole'")]


def test_silent_cells_are_not_kept(open_kernel, path):
    notebook = open_kernel()
    notebook.run("'secret'", silent=True)
    notebook.run("'unstored'", store_history=False)
    notebook.ok("'stored'")
    text = path.read_text()
    assert "stored" in text and "secret" not in text and "unstored" not in text


def test_it_can_be_switched_off(open_kernel, path):
    notebook = open_kernel(NABLAB_HISTORY="off")
    notebook.ok("1")
    assert not path.exists()
    assert ask(notebook, hist_access_type="tail", n=5) == [(1, 1, "1")]


def test_a_folder_that_cannot_be_written_is_no_fault_of_the_cell(open_kernel, tmp_path):
    (tmp_path / "file").write_text("")
    notebook = open_kernel(NABLAB_HISTORY=str(tmp_path / "file" / "history.jsonl"))
    assert notebook.ok("1 + 1").result == "2"
    assert ask(notebook, hist_access_type="tail", n=5) == [(1, 1, "1 + 1")]
