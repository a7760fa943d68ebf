"""Notebooks in the manner of tslab: its module, its habits."""

import base64
import subprocess
import sys

import nbformat
import pytest

from conftest import NABLAB

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
PDF = base64.b64encode(b"%PDF-1.4 empty").decode()

DISPLAYS = {
    "html('<b>bold</b>')": ("text/html", "<b>bold</b>"),
    "markdown('# title')": ("text/markdown", "# title"),
    "latex('$x^2$')": ("text/latex", "$x^2$"),
    "svg('<svg xmlns=\"http://www.w3.org/2000/svg\"/>')": ("image/svg+xml", '<svg xmlns="http://www.w3.org/2000/svg"/>'),
    "javascript('1 + 1')": ("text/javascript", "1 + 1"),
    "text('plain')": ("text/plain", "plain"),
    f"png(new Uint8Array(Buffer.from('{PIXEL}', 'base64')))": ("image/png", PIXEL),
    "jpeg(Uint8Array.of(255, 216, 255))": ("image/jpeg", "/9j/"),
    "gif(Buffer.from('GIF89a'))": ("image/gif", base64.b64encode(b"GIF89a").decode()),
    f"pdf(Buffer.from('{PDF}', 'base64'))": ("application/pdf", PDF),
    "raw('text/x-own', 'own')": ("text/x-own", "own"),
    "raw('application/x-own', Uint8Array.of(1, 2, 3))": ("application/x-own", "AQID"),
}


@pytest.mark.parametrize("call", DISPLAYS)
def test_every_display(notebook, call):
    mime, value = DISPLAYS[call]
    execution = notebook.ok(f"import * as tslab from 'tslab'\ntslab.display.{call}")
    assert [shown["data"] for shown in execution.of("display_data")] == [{mime: value}]


def test_a_display_of_its_own_is_overwritten_by_each_call(notebook):
    execution = notebook.ok("import { newDisplay } from 'tslab'\nconst own = newDisplay(); own.text('first'); own.html('second')")
    [shown], [update] = execution.of("display_data"), execution.of("update_display_data")
    assert shown["data"] == {"text/plain": "first"}
    assert update["data"] == {"text/html": "second"}
    assert shown["transient"] == update["transient"] != {}
    again = notebook.ok("own.text('third')").of("update_display_data")
    assert [each["transient"] for each in again] == [shown["transient"]]


def test_versions(notebook):
    assert notebook.ok("tslab.versions.node === process.version && /^\\d/.test(tslab.versions.typescript + tslab.versions.tslab)").result == "true"


def test_the_types_are_those_of_tslab(notebook):
    assert "not assignable" in notebook.run("import * as tslab from 'tslab'\ntslab.display.png('text')").traceback
    assert "markup" in notebook.run("tslab.display.markup('')").traceback


def test_the_module_by_require_and_from_a_local_file(notebook):
    (notebook.folder / "shows.ts").write_text("import { display } from 'tslab'\nexport const show = (s: string) => display.text(s)\n")
    assert notebook.ok("import { show } from './shows'\nshow('from a file')").of("display_data")[0]["data"] == {"text/plain": "from a file"}
    assert notebook.ok("require('tslab') === tslab || require('tslab').display === tslab.display").result == "true"


def test_what_is_shown_that_is_no_text_is_told(notebook):
    error = notebook.run("(tslab.display as any).html(42)").traceback
    assert "expects a string or a Uint8Array, but got number" in error


CELLS = [
    "import * as tslab from 'tslab';\nimport * as fs from 'fs';\nimport path from 'path';\nimport { promisify } from 'util';\nimport os = require('os');\nimport { naiveSum } from './lib';",
    "// Variables may be declared again, with another type.\nlet x = 1;\nconst greet = (name: string): string => `hello ${name}`;",
    "let x = 'two';\nconst greet = 3;\nx",
    "enum Color { Red, Green }\nnamespace Shapes { export const sides = 3 }\nclass Point { constructor(public x: number, private y: number) {} }\n[Color[1], Shapes.sides, new Point(1, 2).x]",
    "let sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));\nfor (let i = 0; i < 3; i++) { await sleep(5); console.log(i) }",
    "const { readFileSync } = require('fs');\n[typeof readFileSync, path.basename('/a/b'), typeof promisify, typeof os.cpus, fs.existsSync('lib.ts')]",
    "naiveSum([1, 2, 3])",
    "function* count() { yield 1; yield 2 }\nclass A { static m = 2 }\n[...count(), A.m]",
    "const view = tslab.newDisplay();\nfor (let i = 1; i <= 3; i++) { await sleep(5); view.text(`step ${i}`) }",
    "tslab.display.html('<b>done</b>')",
    "Promise.resolve(5)",
    "await Promise.resolve(6)",
]


def executed(tmp_path, way):
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in CELLS],
        metadata={"kernelspec": {"name": "tslab", "display_name": "TypeScript", "language": "typescript"}, "language_info": {"name": "typescript"}},
    )
    (tmp_path / "lib.ts").write_text("export function naiveSum(xs: number[]): number { return xs.reduce((a, b) => a + b, 0) }\n")
    nbformat.write(notebook, tmp_path / "tslab.ipynb")
    ran = subprocess.run(way(tmp_path), capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr[-3000:]
    return nbformat.read(tmp_path / "ran.ipynb", as_version=4)


WAYS = {
    "nbconvert": lambda folder: [
        sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--ExecutePreprocessor.kernel_name=nablab",
        "--output", "ran.ipynb", str(folder / "tslab.ipynb"),
    ],
    "nablab run": lambda folder: [*NABLAB, "run", str(folder / "tslab.ipynb"), "--output", str(folder / "ran.ipynb")],
}


@pytest.mark.parametrize("way", WAYS)
def test_a_notebook_written_for_tslab_runs_unchanged(tmp_path, way):
    cells = executed(tmp_path, WAYS[way]).cells
    texts = ["".join(o.get("text") or o.get("data", {}).get("text/plain", "") for o in cell.outputs).strip() for cell in cells]
    assert texts[2:8] == [
        "'two'",
        "[ 'Green', 3, 1 ]",
        "0\n1\n2",
        "[ 'function', 'b', 'function', 'function', true ]",
        "6",
        "[ 1, 2, 2 ]",
    ]
    assert [o.data for o in cells[8].outputs] == [{"text/plain": "step 3"}]
    assert cells[9].outputs[0].data == {"text/html": "<b>done</b>"}
    assert texts[11] == "6"
