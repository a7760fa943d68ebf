"""A pytest plugin for tests/run.ts: one line of JSON for each test, as soon as its outcome is known."""

import json
import os

OUTCOMES = {"passed": "passed", "failed": "failed", "skipped": "skipped"}


def write(name, outcome, detail=""):
    with open(os.environ["NABLAB_TEST_RESULTS"], "a") as results:
        results.write(json.dumps({"name": name, "outcome": outcome, "detail": detail}) + "\n")


def reason_of(report):
    if hasattr(report, "wasxfail"):
        return f"expected to fail: {report.wasxfail}"
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    return report.longreprtext


def pytest_runtest_logreport(report):
    # A test is its call; its set-up and its tear-down count when they fail or skip.
    if report.when == "call" or report.outcome != "passed":
        write(report.nodeid, OUTCOMES[report.outcome], "" if report.outcome == "passed" else reason_of(report))


def pytest_collectreport(report):
    if report.outcome != "passed":
        write(report.nodeid, OUTCOMES[report.outcome], reason_of(report))
