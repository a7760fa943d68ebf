"""Times nablab and ipykernel in turn; prints every sample as JSON."""

import json
import statistics
import sys
import time

from jupyter_client.manager import KernelManager

PEERS = {"ours": "nablab", "theirs": "python3"}
ROUND_TRIPS = 30


def run(client, code):
    """Seconds until the reply and the idle status of one cell are both here."""
    started = time.perf_counter()
    message_id = client.execute(code)
    while True:
        message = client.get_iopub_msg(timeout=60)
        content = message["content"]
        if message["parent_header"].get("msg_id") == message_id and content.get("execution_state") == "idle":
            break
    reply = client.get_shell_msg(timeout=60)
    assert reply["content"]["status"] == "ok", reply["content"]
    return time.perf_counter() - started


def session(kernel_name):
    """One launch: milliseconds to kernel_info_reply, to the first execute_reply, and per `1+1`."""
    started = time.perf_counter()
    manager = KernelManager(kernel_name=kernel_name)
    manager.start_kernel()
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.kernel_info()
        while client.get_shell_msg(timeout=60)["msg_type"] != "kernel_info_reply":
            pass
        info = time.perf_counter() - started
        run(client, "1+1")
        first = time.perf_counter() - started
        for _ in range(5):
            run(client, "1+1")
        trips = [run(client, "1+1") for _ in range(ROUND_TRIPS)]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    return {
        "launch to kernel_info_reply": info * 1e3,
        "launch to first execute_reply": first * 1e3,
        "1+1, execute to idle and reply": statistics.median(trips) * 1e3,
    }


def main(repetitions):
    samples = {}
    for kernel_name in PEERS.values():
        session(kernel_name)  # warms the file cache
    for repetition in range(repetitions):
        order = list(PEERS.items())
        for side, kernel_name in order if repetition % 2 else reversed(order):
            for measure, value in session(kernel_name).items():
                samples.setdefault(measure, {"ours": [], "theirs": []})[side].append(value)
    report = [
        {"measure": measure, "peer": "ipykernel", "unit": "ms", "better": "lower", **sides}
        for measure, sides in samples.items()
    ]
    print(json.dumps(report))


main(int(sys.argv[1]))
