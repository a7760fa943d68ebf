"""Figures in cells: every kind in the forms that front ends and exports need."""

import base64

import pytest

CHART = {"application/vnd.vegalite.v5+json", "image/svg+xml", "text/plain"}
DRAWING = {"text/html", "text/plain"}
PIXELS = {"image/png", "text/plain"}


def forms(notebook, code):
    return notebook.ok(code).of("execute_result")[0]["data"]


@pytest.mark.parametrize(
    "code, expected",
    [
        ("dl.plot.bars({ cat: 1, dog: 2 })", CHART),
        ("dl.plot.histogram(tf.tensor1d([1, 2, 2, 3]))", CHART),
        ("dl.plot.heatMap(tf.tensor2d([[1, 2], [3, 4]]))", CHART),
        ("dl.plot.contour((x, y) => x * y, { xRange: [-1, 1], yRange: [-1, 1] })", CHART),
        ("dl.plot.scatter3d(tf.randomNormal([50, 3], 0, 1, 'float32', 1))", DRAWING),
        ("dl.plot.drawBoxes(tf.ones([1, 8, 8]), [{ boxes: [[1, 1, 5, 5]], labels: ['cat'] }])", PIXELS),
        ("await dl.plot.animate([1, 2, 3].map((k) => dl.plot.bars({ a: k, b: 3 })))", PIXELS),
    ],
)
def test_a_figure_is_shown_in_the_forms_of_its_kind(notebook, code, expected):
    assert set(forms(notebook, code)) == expected


def test_an_animation_has_all_its_frames(notebook):
    data = forms(notebook, "await dl.plot.animate(tf.ones([5, 4, 4]), { rate: 2 })")
    png = base64.b64decode(data["image/png"])
    assert png[37:41] == b"acTL" and int.from_bytes(png[41:45], "big") == 5
    assert "2.5 s" in data["text/plain"]


def test_figures_are_saved_and_wrong_endings_are_named(notebook):
    for ending in ("png", "svg", "html"):
        notebook.ok(f"await dl.plot.bars({{ a: 1 }}).save('figure.{ending}')")
        assert (notebook.folder / f"figure.{ending}").stat().st_size > 500
    refused = notebook.run("await dl.plot.bars({ a: 1 }).save('figure.bmp')")
    assert "possible endings: .png, .svg, .html" in refused.error["evalue"]


def test_all_figures_are_dark_once_asked_for(notebook):
    notebook.ok("dl.plot.theme('dark')")
    assert "#1b1b1b" in forms(notebook, "dl.plot.bars({ a: 1 })")["image/svg+xml"]
    notebook.ok("dl.plot.theme('light')")
    assert notebook.run("dl.plot.theme('blue')").error["ename"] == "TypeCheckError"


def test_an_animation_can_be_interrupted(notebook):
    message_id = notebook.send("console.log('drawing'); await dl.plot.animate(Array.from({ length: 1000 }, () => dl.plot.bars({ a: 1 })))")
    notebook.wait_until(message_id, lambda m: m["msg_type"] == "stream")
    notebook.manager.interrupt_kernel()
    assert notebook.collect(message_id, timeout=20).error is not None
    assert notebook.ok("1 + 1").result == "2"
