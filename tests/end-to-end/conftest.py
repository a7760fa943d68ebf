"""Drives the real kernel over real sockets with jupyter_client, as any front end does."""

import os
import queue
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

ROOT = Path(__file__).resolve().parents[2]
NODE = os.environ.get("NABLAB_NODE") or shutil.which("node")
NABLAB = [NODE, str(ROOT / "dist" / "kernel" / "cli" / "main.js")]


@dataclass
class Execution:
    """All that one execute_request brought back, in the order of arrival."""

    messages: list = field(default_factory=list)
    reply: dict = field(default_factory=dict)

    def of(self, *kinds):
        return [m["content"] for m in self.messages if m["msg_type"] in kinds]

    @property
    def kinds(self):
        return [m["msg_type"] for m in self.messages]

    def stream(self, name):
        return "".join(c["text"] for c in self.of("stream") if c["name"] == name)

    @property
    def stdout(self):
        return self.stream("stdout")

    @property
    def stderr(self):
        return self.stream("stderr")

    @property
    def result(self):
        results = self.of("execute_result")
        return results[0]["data"]["text/plain"] if results else None

    @property
    def error(self):
        errors = self.of("error")
        return errors[0] if errors else None

    @property
    def traceback(self):
        return strip_colours("\n".join(self.error["traceback"])) if self.error else ""


def strip_colours(text):
    import re

    return re.sub(r"\x1b\[[0-9;]*m", "", text)


class Notebook:
    """One kernel and a blocking client on it."""

    def __init__(self, folder, env=None):
        self.folder = Path(folder)
        self.manager = KernelManager(kernel_name="nablab")
        self.manager.start_kernel(cwd=str(folder), env={**os.environ, **(env or {})})
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def send(self, code, **options):
        options.setdefault("stop_on_error", False)
        return self.client.execute(code, **options)

    def collect(self, message_id, timeout=60):
        """Everything published for `message_id` until its idle, and the reply."""
        execution = Execution()
        deadline = time.monotonic() + timeout
        while True:
            message = self.client.get_iopub_msg(timeout=max(0.1, deadline - time.monotonic()))
            if message["parent_header"].get("msg_id") != message_id:
                continue
            execution.messages.append(message)
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                break
        while execution.reply == {}:
            reply = self.client.get_shell_msg(timeout=max(0.1, deadline - time.monotonic()))
            if reply["parent_header"].get("msg_id") == message_id:
                execution.reply = reply["content"]
        return execution

    def run(self, code, timeout=60, **options):
        return self.collect(self.send(code, **options), timeout)

    def ok(self, code, timeout=60):
        """Run a cell that must succeed."""
        execution = self.run(code, timeout)
        assert execution.reply["status"] == "ok", execution.traceback or execution.reply
        return execution

    def late(self, message_id, wanted, timeout=10):
        """Messages that arrive for `message_id` after its idle, until `wanted(message)`."""
        deadline = time.monotonic() + timeout
        while True:
            message = self.client.get_iopub_msg(timeout=max(0.1, deadline - time.monotonic()))
            if message["parent_header"].get("msg_id") == message_id and wanted(message):
                return message

    def wait_until(self, message_id, wanted, timeout=20):
        return self.late(message_id, wanted, timeout)

    def drain(self):
        try:
            while True:
                self.client.get_iopub_msg(timeout=0.2)
        except queue.Empty:
            pass

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=False)
        self.manager.cleanup_resources()


@pytest.fixture(scope="session", autouse=True)
def history(tmp_path_factory):
    """The user's own history is not touched."""
    os.environ["NABLAB_HISTORY"] = str(tmp_path_factory.mktemp("history") / "history.jsonl")


@pytest.fixture(scope="session", autouse=True)
def kernelspec(tmp_path_factory):
    """The kernel registered by `nablab install` in a prefix of its own, the only one Jupyter sees first."""
    prefix = tmp_path_factory.mktemp("prefix")
    subprocess.run([*NABLAB, "install", "--prefix", str(prefix)], check=True, capture_output=True, timeout=120)
    previous = os.environ.get("JUPYTER_PATH")
    os.environ["JUPYTER_PATH"] = str(prefix / "share" / "jupyter")
    spec = KernelSpecManager().get_kernel_spec("nablab")
    assert spec.argv[0] == str(Path(NODE).resolve()) or Path(spec.argv[0]).samefile(NODE)
    yield spec
    if previous is None:
        del os.environ["JUPYTER_PATH"]
    else:
        os.environ["JUPYTER_PATH"] = previous


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    """A kernel that the tests of one file share."""
    shared = Notebook(tmp_path_factory.mktemp("notebook"))
    yield shared
    shared.close()


@pytest.fixture
def fresh(tmp_path):
    """A kernel for one test that does it harm."""
    own = Notebook(tmp_path)
    yield own
    own.close()
