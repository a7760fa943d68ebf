"""The engine and the library as cells see them, on every backend that this machine has."""

import json
import os
import time

import pytest
from conftest import NABLAB, Notebook


def backends():
    import subprocess

    report = json.loads(subprocess.run([*NABLAB, "doctor", "--json"], capture_output=True, text=True, timeout=120).stdout)
    return {rung["name"]: rung for rung in report["backends"]}


@pytest.fixture(scope="module", params=["tensorflow", "wasm"])
def backend(request, tmp_path_factory):
    forced = os.environ.get("NABLAB_BACKEND")
    if forced and forced != request.param:
        pytest.skip(f"NABLAB_BACKEND={forced} asks for that backend alone")
    rung = backends()[request.param]
    if not rung["available"]:
        pytest.skip(f"{request.param}: {rung['reason']}")
    notebook = Notebook(tmp_path_factory.mktemp(request.param), env={"NABLAB_BACKEND": request.param})
    notebook.name = request.param
    yield notebook
    notebook.close()


def test_the_backend_is_the_one_asked_for(backend):
    assert backend.ok("tf.getBackend()").result == f"'{backend.name}'"


def test_a_tensor_shows_shape_dtype_and_values(backend):
    shown = backend.ok("tf.tensor2d([[1, 2], [3, 4]])").result
    assert "2" in shown and "float32" in shown and "4" in shown


def test_no_banner_is_printed(tmp_path, backend):
    first = Notebook(tmp_path, env={"NABLAB_BACKEND": backend.name})
    execution = first.ok("tf.add(1, 2).dataSync()[0]")
    assert execution.result == "3"
    assert execution.stdout == "" and execution.stderr == ""
    first.close()


def test_types_of_tensors_are_checked(backend):
    assert backend.run("tf.tensor1d('not numbers')").error["ename"] == "TypeCheckError"


def test_a_model_trains_with_a_live_chart(backend):
    execution = backend.ok(
        """
const xs = tf.randomNormal([256, 4], 0, 1, "float32", 1), ys = xs.sum(1, true)
const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [4] })] })
model.compile({ optimizer: tf.train.adam(0.05), loss: "meanSquaredError" })
const history = await dl.train.fit(model, { x: xs, y: ys }, { epochs: 20, batchSize: 32, seed: 3 })
history.loss.at(-1)! < history.loss[0] / 4
""",
        timeout=120,
    )
    assert execution.result == "true"
    chart = [c for c in execution.of("display_data", "update_display_data") if "application/vnd.vegalite.v5+json" in c["data"]]
    assert chart
    assert "image/svg+xml" in chart[-1]["data"]


def test_the_tools_of_training_work_in_cells(backend):
    found = backend.ok(
        """
const images = { x: tf.randomNormal([64, 8], 0, 1, "float32", 2), y: tf.randomNormal([64, 8], 0, 1, "float32", 2).argMax(1).toInt() }
const net = tf.sequential({ layers: [tf.layers.dense({ units: 32, activation: "relu", inputShape: [8] }), tf.layers.dense({ units: 8 })] })
const { losses, callbacks, optimizers, schedules } = dl.train
const finder = await dl.train.learningRateFinder(net, images, { optimizer: optimizers.adamW(), loss: losses.focal({ fromLogits: true }) })
finder.figure
""",
        timeout=120,
    )
    shown = [c for c in found.of("execute_result", "display_data") if "application/vnd.vegalite.v5+json" in c["data"]]
    assert shown, found.result
    execution = backend.ok(
        """
const rate = callbacks.learningRate(schedules.oneCycle({ max: 0.05, length: 40 * 2 }), { per: "step" })
const stopping = callbacks.earlyStopping({ patience: 100 })
const course = await dl.train.fit(net, images, {
    epochs: 40, validation: images, callbacks: [callbacks.clipGradients({ globalNorm: 1 }), rate, stopping], classWeight: "balanced",
})
course.loss.at(-1)! < course.loss[0] / 4 && stopping.bestEpoch > 10
""",
        timeout=120,
    )
    assert execution.result == "true"
    wrong = backend.run("losses.focal({ gamma: 2 })")
    assert wrong.error["ename"] == "TypeCheckError"
    assert "fromLogits" in wrong.traceback


def test_training_can_be_interrupted_and_the_model_is_kept(backend):
    message_id = backend.send(
        """
const input = tf.randomNormal([2000, 50], 0, 1, "float32", 1), target = input.sum(1, true)
const long = tf.sequential({ layers: [tf.layers.dense({ units: 64, inputShape: [50], activation: "relu" }), tf.layers.dense({ units: 1 })] })
long.compile({ optimizer: "adam", loss: "meanSquaredError" })
const stopped = await dl.train.fit(long, { x: input, y: target }, { epochs: 100000, batchSize: 32, seed: 3 })
stopped.interrupted
"""
    )
    backend.wait_until(message_id, lambda m: m["msg_type"] in ("display_data", "update_display_data"), timeout=60)
    time.sleep(1)
    backend.manager.interrupt_kernel()
    execution = backend.collect(message_id, timeout=20)
    assert execution.reply["status"] == "ok", execution.traceback
    assert execution.result == "true"
    assert backend.ok("long.countParams()").result == "3329"


def test_an_error_of_the_engine_is_readable(backend):
    execution = backend.run("tf.matMul(tf.zeros([2, 3]), tf.zeros([4, 5]))")
    assert execution.reply["status"] == "error"
    assert "matmul" in execution.error["evalue"].lower()
    assert "nablab/lib" not in execution.traceback and "tfjs-core" not in execution.traceback, execution.traceback
    assert "cell " in execution.traceback


def test_the_first_cell_without_tensors_does_not_load_them(tmp_path):
    notebook = Notebook(tmp_path)
    probe = "Object.keys(require('node:module')._cache ?? {}).some(f => f.includes('tfjs'))"
    assert notebook.ok(probe).result == "false"
    notebook.ok("tf.zeros([1]).shape")
    assert notebook.ok(probe).result == "true"
    notebook.close()
