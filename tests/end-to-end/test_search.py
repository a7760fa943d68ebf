"""Estimators and searches in cells: type-checked, shown as one growing table, in worker processes, interrupted."""

import time

import psutil

DATA = """
const source = dl.data.random(1);
const y = Array.from({ length: 90 }, (_, i) => ["ant", "bee", "cat"][i % 3]!);
const x = y.map((_, i) => [0, 1, 2].map((axis) => source.normal() + (axis === i % 3 ? 3 : 0)));
"""

MODULE = """
export function make({ guess, slow }) {
  return {
    kind: "classifier",
    async fit() { if (slow) await new Promise((resolve) => setTimeout(resolve, 60000)); },
    predict: (x) => x.map(() => guess),
    score(x, y) { return this.predict(x).filter((label, i) => label === y[i]).length / y.length; },
  };
}
"""


def tables(execution):
    return [c["data"]["text/plain"] for c in execution.of("display_data", "update_display_data")]


def workers(notebook):
    children = psutil.Process(notebook.manager.provisioner.pid).children(recursive=True)
    return [child for child in children if is_worker(child)]


def is_worker(process):
    try:
        return any("selection/worker" in part for part in process.cmdline())
    except psutil.Error:  # It has just ended.
        return False


def test_an_estimator_is_typed_and_its_tree_is_drawn(notebook):
    notebook.ok(DATA)
    score = notebook.ok("const tree = dl.classic.decisionTree({ depth: 3 }).fit(x, y); tree.score(x, y)").result
    assert float(score) > 0.8
    drawn = notebook.ok("tree.figure({ features: ['length', 'width', 'weight'] })").of("execute_result")[0]["data"]
    assert "<img src=" in drawn["text/html"] and "leaves" in drawn["text/plain"]
    wrong = notebook.run("dl.classic.decisionTree({ deth: 3 })")
    assert wrong.error["ename"] == "TypeCheckError" and "deth" in wrong.traceback


def test_a_search_is_one_table_that_grows_to_the_best(notebook):
    execution = notebook.ok(
        "const search = await dl.train.gridSearch("
        "({ c }) => dl.classic.svm({ c, kernel: 'linear' }), { c: [0.01, 1, 100] }, { x, y }, { cv: 3 });\n"
        "search.best.parameters.c.toFixed(2)"
    )
    shown = tables(execution)
    assert len(execution.of("display_data")) == 1
    assert shown[0].startswith("Search: 1 of 3 candidates") and shown[-1].startswith("Search: 3 candidates")
    assert "← best" in shown[-1]
    assert execution.result in ("'0.01'", "'1.00'", "'100.00'")


def test_an_interrupt_ends_a_search_in_workers_and_leaves_none(notebook):
    (notebook.folder / "guess.mjs").write_text(MODULE)
    made = "{ module: process.cwd() + '/guess.mjs', workers: 2 }"
    best = notebook.ok(
        f"(await dl.train.gridSearch({made}, {{ guess: ['ant', 'dog'] }}, {{ x, y }}, {{ show: false }}))"
        ".best.parameters"
    )
    assert "ant" in best.result and best.stderr == ""
    message = notebook.send(
        f"await dl.train.gridSearch({made}, {{ guess: ['ant'], slow: [true] }}, {{ x, y }}, {{ show: false }})"
    )
    deadline = time.monotonic() + 20
    while not workers(notebook) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert workers(notebook)
    started = time.monotonic()
    notebook.manager.interrupt_kernel()
    assert notebook.collect(message, timeout=20).reply["status"] == "error"
    assert time.monotonic() - started < 10
    assert workers(notebook) == []
