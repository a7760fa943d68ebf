"""CurveZMQ: a kernel whose connection file holds keys speaks with nobody who lacks them."""

import json
import os
import stat
import subprocess

import pytest
import zmq
from conftest import NABLAB, ROOT, Notebook
from jupyter_client.manager import KernelManager

if not hasattr(KernelManager, "transport_encryption"):
    pytest.skip("this jupyter_client provides no keys (8.9 does)", allow_module_level=True)


class Encrypted(Notebook):
    def __init__(self, folder):
        self.folder = folder
        self.manager = KernelManager(kernel_name="nablab", transport_encryption="required")
        self.manager.start_kernel(cwd=str(folder))
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)


@pytest.fixture
def encrypted(tmp_path):
    notebook = Encrypted(tmp_path)
    yield notebook
    notebook.close()


def test_an_encrypted_kernel_runs_cells(encrypted):
    info = json.loads(open(encrypted.manager.connection_file).read())
    assert info["curve_secretkey"] and info["curve_publickey"]
    execution = encrypted.ok("console.log('out'); 6 * 7")
    assert (execution.result, execution.stdout) == ("42", "out\n")
    encrypted.manager.interrupt_kernel()
    assert encrypted.client.hb_channel.is_beating()


def test_a_client_without_keys_hears_nothing(encrypted):
    context = zmq.Context()
    try:
        socket = context.socket(zmq.DEALER)
        socket.linger = 0
        socket.connect(f"tcp://127.0.0.1:{encrypted.manager.shell_port}")
        socket.send_multipart(encrypted.client.session.serialize(encrypted.client.session.msg("kernel_info_request")))
        assert socket.poll(1000) == 0
    finally:
        context.destroy(linger=0)
    assert encrypted.ok("1 + 1").result == "2"


def test_half_a_pair_of_keys_is_refused_and_no_key_is_told(tmp_path):
    ports = {f"{channel}_port": 0 for channel in ("shell", "control", "stdin", "iopub", "hb")}
    path = tmp_path / "connection.json"
    path.write_text(json.dumps({"ip": "127.0.0.1", "key": "a-secret", "curve_secretkey": "another-secret", **ports}))
    path.chmod(0o644)
    ended = subprocess.run([*NABLAB, "kernel", str(path)], capture_output=True, text=True, timeout=30, cwd=ROOT)
    assert ended.returncode == 1 and "curve_publickey" in ended.stderr
    assert "could be read by others" in ended.stderr and stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert "secret" not in ended.stderr.replace("curve_secretkey", "")
