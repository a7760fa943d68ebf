"""The tutorials run from top to bottom through nbconvert and `nablab run`, with the same numbers twice."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import NABLAB, ROOT, strip_colours

TUTORIALS = sorted((ROOT / "notebooks").rglob("*.ipynb"))
TUTORIALS = [path for path in TUTORIALS if ".ipynb_checkpoints" not in path.parts]


def names(path):
    return path.stem


def printed(path):
    """All text that a notebook's cells printed or gave, without times and speeds."""
    import re

    text = []
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stdout":
                text.append(output.text)
            elif output.output_type == "execute_result":
                text.append(output.data.get("text/plain", "") + "\n")
    return re.sub(r"\d+(\.\d+)? ?(ms|s\b|images/s|steps/s)", "", "".join(text))


def errors(path):
    return [o for cell in nbformat.read(path, as_version=4).cells for o in cell.get("outputs", []) if o.output_type == "error"]


def nablab_run(path, output, *options):
    return subprocess.run([*NABLAB, "run", str(path), "--output", str(output), *options], capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize("path", TUTORIALS, ids=names)
def test_nbconvert_and_nablab_run_agree(path, tmp_path):
    converted = subprocess.run(
        [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--ExecutePreprocessor.kernel_name=nablab",
         "--output-dir", str(tmp_path), "--output", "converted.ipynb", str(path)],
        capture_output=True, text=True, timeout=300,
    )
    assert converted.returncode == 0, converted.stderr[-4000:]
    ran = nablab_run(path, tmp_path / "ran.ipynb")
    assert ran.returncode == 0, ran.stderr[-4000:]
    nbformat.validate(nbformat.read(tmp_path / "ran.ipynb", as_version=4))
    assert errors(tmp_path / "converted.ipynb") == errors(tmp_path / "ran.ipynb") == []
    assert printed(tmp_path / "converted.ipynb") == printed(tmp_path / "ran.ipynb")
    assert printed(tmp_path / "ran.ipynb").strip()


@pytest.mark.parametrize("path", TUTORIALS, ids=names)
def test_the_saved_outputs_are_there(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "nablab"
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code), "saved without outputs"
    assert errors(path) == []


def write(path, *cells):
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "nablab", "display_name": "TypeScript (nablab)", "language": "typescript"}}
    )
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in cells]
    nbformat.write(notebook, path)
    return path


def test_a_failing_cell_ends_the_run_with_its_error(tmp_path):
    path = write(tmp_path / "failing.ipynb", "const a = 1; a", "throw new Error('here it ends')", "'never'")
    ran = nablab_run(path, tmp_path / "out.ipynb")
    assert ran.returncode == 1
    assert "here it ends" in strip_colours(ran.stderr)
    cells = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells
    assert cells[0].outputs[0].data["text/plain"] == "1"
    assert cells[1].outputs[0].ename == "Error"
    assert cells[2].outputs == []


def test_a_timeout_ends_the_run(tmp_path):
    path = write(tmp_path / "endless.ipynb", "while (true) {}")
    ran = nablab_run(path, tmp_path / "out.ipynb", "--timeout", "2")
    assert ran.returncode == 1
    assert "2 s" in ran.stderr or "timeout" in ran.stderr.lower()


def test_without_output_the_notebook_itself_is_saved(tmp_path):
    path = write(tmp_path / "own.ipynb", "console.log('a'); console.log('b'); 3")
    ran = subprocess.run([*NABLAB, "run", str(path)], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    outputs = nbformat.read(path, as_version=4).cells[0].outputs
    assert outputs[0].text == "a\nb\n"
    assert outputs[1].data["text/plain"] == "3"


@pytest.mark.parametrize("content", [None, "not json", "{}"])
def test_what_is_no_notebook_is_told(tmp_path, content):
    path = tmp_path / "bad.ipynb"
    if content is not None:
        path.write_text(content)
    ran = nablab_run(path, tmp_path / "out.ipynb")
    assert ran.returncode != 0
    assert "bad.ipynb" in ran.stderr
    assert "    at " not in ran.stderr
