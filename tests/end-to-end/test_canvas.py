"""The canvas that comes with the kernel: drawing in cells, with a font that is the same everywhere."""

import base64

import pytest


def png(bundle):
    return base64.b64decode(bundle["image/png"])


def test_a_canvas_is_shown_as_pixels(notebook):
    execution = notebook.ok(
        """
import { createCanvas } from "canvas"
const canvas = createCanvas(120, 40)
const context = canvas.getContext("2d")
context.fillStyle = "tomato"
context.fillRect(0, 0, 120, 40)
canvas
"""
    )
    data = execution.of("execute_result")[0]["data"]
    assert png(data)[16:24] == bytes([0, 0, 0, 120, 0, 0, 0, 40])
    assert "120" in data["text/plain"] and "40" in data["text/plain"]


def test_a_canvas_can_be_displayed_and_replaced(notebook):
    execution = notebook.ok("const shown = display(canvas); context.clearRect(0, 0, 60, 40); shown.update(canvas); 1")
    first, second = execution.of("display_data", "update_display_data")
    assert png(first["data"]) != png(second["data"])


def test_types_are_checked(notebook):
    assert notebook.run("context.fillRect('wide', 0, 1, 1)").error["ename"] == "TypeCheckError"
    assert notebook.ok("const wide: number = context.measureText('wide').width; wide > 5").result == "true"


def test_a_font_comes_with_it(notebook):
    execution = notebook.ok(
        """
["20px sans-serif", "bold 20px sans-serif", "20px 'DejaVu Sans'"].map((font) => {
  context.font = font
  return Math.round(context.measureText("∂E/∂w → ≤ λ²").width)
}).join()
"""
    )
    assert execution.result == "'129,137,129'"


def test_without_an_import_nothing_is_loaded(fresh):
    assert fresh.ok("Object.keys(require.cache).filter(name => name.includes('canvas')).length").result == "0"


@pytest.mark.parametrize("way", ["require('canvas')", "await import('canvas')"])
def test_other_ways_to_import_it(notebook, way):
    assert notebook.ok(f"(({way}) as any).createCanvas(7, 7).width").result == "7"
