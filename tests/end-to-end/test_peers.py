"""Programs of Jupyter that drive the kernel: nbclient, nbconvert, papermill, Jupyter console, jupytext."""

import subprocess
import sys
import time

import nbformat
import pexpect
import pytest
from nbclient import NotebookClient

from conftest import strip_colours

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

#: A cell for every kind of output.
CELLS = {
    "streams": "console.log('to stdout'); console.error('to stderr')",
    "text": "({ answer: 42 })",
    "html": "({ [Symbol.for('Jupyter.display')]: () => ({ 'text/html': '<b>as html</b>', 'text/plain': 'as text' }) })",
    "svg": "display.svg('<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"5\" height=\"5\"/>')",
    "png": f"display.png('{PIXEL}')",
    "markdown": "display.markdown('**in markdown**')",
    "latex": "display.latex('$e^{i\\\\pi}$')",
    "json": "display.json({ a: [1, 2] })",
    "vega": "display.vegaLite({ mark: 'point', data: { values: [{ x: 1 }] }, encoding: { x: { field: 'x', type: 'quantitative' } } })",
    "update": "const shown = display.html('<i>old</i>'); shown.update('<i>new</i>')",
    "clear": "console.log('cleared away'); display.clear(); console.log('stays')",
    "parameters": "let rate: number = 0.1; let label = 'default'",
    "use": "`${label}: ${rate}`",
    "error": "throw new RangeError('as it should be')",
}
METADATA = {"kernelspec": {"name": "nablab", "display_name": "TypeScript (nablab)", "language": "typescript"}, "language_info": {"name": "typescript", "file_extension": ".ts", "nbconvert_exporter": "script"}}


def notebook_of(cells):
    notebook = nbformat.v4.new_notebook(metadata=METADATA)
    for name, source in cells.items():
        tags = {"error": ["raises-exception"], "parameters": ["parameters"]}.get(name, [])
        notebook.cells.append(nbformat.v4.new_code_cell(source, metadata={"name": name, "tags": tags}))
    return notebook


def outputs(notebook):
    return {cell.metadata.get("name"): cell.outputs for cell in notebook.cells if cell.cell_type == "code"}


def check(found):
    assert {o.name: o.text for o in found["streams"]} == {"stdout": "to stdout\n", "stderr": "to stderr\n"}
    assert found["text"][0].data["text/plain"] == "{ answer: 42 }"
    assert found["html"][0].output_type == "execute_result"
    assert found["html"][0].data["text/html"] == "<b>as html</b>"
    assert "<svg" in found["svg"][0].data["image/svg+xml"]
    assert found["png"][0].data["image/png"].strip() == PIXEL
    assert found["markdown"][0].data["text/markdown"] == "**in markdown**"
    assert found["latex"][0].data["text/latex"] == "$e^{i\\pi}$"
    assert found["json"][0].data["application/json"] == {"a": [1, 2]}
    assert "application/vnd.vegalite.v5+json" in found["vega"][0].data
    assert [o.data for o in found["update"]] == [{"text/html": "<i>new</i>"}]
    assert [o.text for o in found["clear"]] == ["stays\n"]
    assert found["error"][0].ename == "RangeError"


def python(module, *args, fails=False):
    ran = subprocess.run([sys.executable, "-m", module, *map(str, args)], capture_output=True, text=True, timeout=120)
    assert (ran.returncode != 0) == fails, ran.stderr[-3000:]
    return ran


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "every.ipynb"
    nbformat.write(notebook_of(CELLS), path)
    return path


def test_nbclient(tmp_path):
    notebook = notebook_of(CELLS)
    NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(tmp_path)}}).execute()
    nbformat.validate(notebook)
    check(outputs(notebook))


def test_nbconvert_to_html(saved):
    python("nbconvert", "--execute", "--to", "html", saved)
    html = (saved.parent / "every.html").read_text()
    for part in ("to stdout", "to stderr", "<b>as html</b>", "image/svg+xml", PIXEL[:40], "in markdown", "RangeError", "stays"):
        assert part in html, part
    assert "cleared away</pre>" not in html


def test_nbconvert_to_a_script(saved):
    python("nbconvert", "--to", "script", saved)
    assert CELLS["parameters"] in (saved.parent / "every.ts").read_text()


def test_papermill_runs_a_notebook(saved):
    cells = {name: source for name, source in CELLS.items() if name != "error"}
    nbformat.write(notebook_of(cells), saved)
    python("papermill", saved, saved.parent / "out.ipynb")
    found = outputs(nbformat.read(saved.parent / "out.ipynb", as_version=4))
    check({**found, "error": [nbformat.v4.new_output("error", ename="RangeError")]})


def test_papermill_stops_at_an_error(saved):
    nbformat.write(notebook_of({"fails": "throw new Error('here')", "never": "1"}), saved)
    assert "here" in strip_colours(python("papermill", saved, saved.parent / "out.ipynb", fails=True).stderr)


def test_papermill_sets_parameters_in_the_manner_of_c_sharp(saved):
    """It has no translator for TypeScript and no way to add one from outside; C#'s writes `var name = value;`."""
    cells = {name: CELLS[name] for name in ("parameters", "use")}
    nbformat.write(notebook_of(cells), saved)
    python("papermill", saved, saved.parent / "out.ipynb", "--language", ".net-csharp", "-p", "rate", "0.5", "-p", "label", 'a "quoted" one')
    found = outputs(nbformat.read(saved.parent / "out.ipynb", as_version=4))
    assert found["use"][0].data["text/plain"] == "'a \"quoted\" one: 0.5'"


def test_jupytext_goes_there_and_back(saved):
    python("jupytext", "--to", "ts:percent", saved)
    python("jupytext", "--to", "ipynb", "--output", saved.parent / "back.ipynb", saved.parent / "every.ts")
    before, after = (nbformat.read(saved.parent / name, as_version=4) for name in ("every.ipynb", "back.ipynb"))
    assert [cell.source for cell in before.cells] == [cell.source for cell in after.cells]
    assert after.metadata.kernelspec.name == "nablab"


@pytest.fixture
def console(tmp_path):
    child = pexpect.spawn(
        sys.executable,
        ["-m", "jupyter_console", "--kernel=nablab", "--simple-prompt", "--ZMQTerminalInteractiveShell.kernel_is_complete_timeout=10"],
        cwd=str(tmp_path), encoding="utf8", timeout=30, dimensions=(50, 200),
    )
    child.expect(r"In \[1\]: ")
    yield child
    child.close(force=True)


def test_jupyter_console(console):
    console.sendline("const sum: number = 40 + 2; sum")
    console.expect(r"Out\[1\]: 42")
    console.expect(r"In \[2\]: ")
    console.sendline("console.log('printed'); throw new Error('thrown')")
    console.expect("printed")
    console.expect("thrown")
    console.expect(r"In \[3\]: ")
    console.sendline("while (true) { }")
    console.expect(r"while.*\n")
    time.sleep(1.5)
    console.sendintr()
    console.expect("Interrupted")
    console.expect(r"In \[4\]: ")
    console.sendline("sum + 1")
    console.expect(r"Out\[4\]: 43")
    console.expect(r"In \[5\]: ")
    console.sendeof()
    console.expect("really want to exit")
    console.sendline("y")
    console.expect(pexpect.EOF)
    console.wait()
    assert console.exitstatus == 0
