"""Pipelines in cells: workers run a cell's own functions, an interrupt ends them, and training takes them as data."""

import time

import pytest
from conftest import Notebook


@pytest.fixture(scope="module")
def pipelines(tmp_path_factory):
    notebook = Notebook(tmp_path_factory.mktemp("pipelines"), env={"NABLAB_BACKEND": "wasm"})
    notebook.ok(
        """
type Example = dl.data.Sample
const samples = Array.from({ length: 64 }, (_, i): Example => ({
  x: { data: new Uint8Array(8 * 8 * 3).fill(i), shape: [8, 8, 3] },
  y: { data: Int32Array.of(i % 2), shape: [] },
}))
const { augment, pipeline } = dl.data
const strong = augment.compose([augment.horizontalFlip(), augment.affine(), augment.colourJitter()])
"""
    )
    yield notebook
    notebook.close()


def test_a_cells_own_function_runs_in_workers_with_the_same_result(pipelines):
    execution = pipelines.ok(
        """
const brighter = ({ x, y }: Example, { given, random }: dl.data.MapContext): Example =>
  ({ x: { data: Float32Array.from(x.data, (v: number) => v / 255 + (given as number) * random.uniform()), shape: x.shape }, y })
async function total(workers: number): Promise<number> {
  let sum = 0
  const data = pipeline(samples, { seed: 5 }).map(strong, { workers }).map(brighter, { workers, given: 0.5 }).batch(10)
  for await (const { x, y } of data) {
    sum += tf.tidy(() => x.sum().dataSync()[0])
    tf.dispose([x, y])
  }
  return sum
}
const sums = [await total(0), await total(2)]
const tensors = tf.memory().numTensors
;[sums[0] === sums[1], sums[0] > 100, tensors]
""",
        timeout=120,
    )
    assert execution.result == "[ true, true, 0 ]"


def test_training_takes_a_pipeline(pipelines):
    execution = pipelines.ok(
        """
const model = tf.sequential({ layers: [
  tf.layers.flatten({ inputShape: [8, 8, 3] }), tf.layers.dense({ units: 2, activation: "softmax" })] })
const [train, test] = pipeline(samples, { seed: 1 }).split({ stratify: true })
const fitted = await dl.train.fit(model, train.map(strong, { workers: 2 }).batch(16), { epochs: 2, validation: test })
fitted.loss.length
""",
        timeout=120,
    )
    assert execution.result == "2"


def test_an_interrupt_ends_a_pass_whose_worker_hangs(pipelines):
    message_id = pipelines.send(
        """
console.log("started")
for await (const { x, y } of pipeline(samples).map((sample) => { for (;;) if (sample.y === undefined) return sample }, { workers: 1 })) tf.dispose([x, y])
"""
    )
    pipelines.wait_until(message_id, lambda m: m["msg_type"] == "stream" and "started" in m["content"]["text"])
    time.sleep(0.5)
    started = time.monotonic()
    pipelines.manager.interrupt_kernel()
    assert pipelines.collect(message_id, timeout=20).reply["status"] == "error"
    assert time.monotonic() - started < 5
    assert pipelines.ok("samples.length").result == "64"
