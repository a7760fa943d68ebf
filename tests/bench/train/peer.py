"""Training in PyTorch or Keras. Reads a request a line: {"model", "steps", "batch", "shape", "targets", "tokens"} for training
steps, or {"data", "epochs", "batch"} for whole epochs; answers with {"wall", "cpu"}: milliseconds of one step or epoch."""

import gzip
import importlib
import json
import os
import sys
import time

import numpy

framework = importlib.import_module(f"{sys.argv[1]}_models")
framework.set_threads(int(sys.argv[2]))
known = {}


def read_idx(folder, part, header):
    with gzip.open(os.path.join(folder, f"train-{part}.gz")) as file:
        return numpy.frombuffer(file.read(), numpy.uint8, offset=header).copy()


def make(request):
    if "data" not in request:
        return framework.make_steps(*(request[key] for key in ("model", "batch", "shape", "targets", "tokens")))
    images = read_idx(request["data"], "images-idx3-ubyte", 16).reshape(-1, 28, 28)
    return framework.make_epochs(images, read_idx(request["data"], "labels-idx1-ubyte", 8), request["batch"])


for line in sys.stdin:
    request = json.loads(line)
    count = request.pop("epochs" if "data" in request else "steps")
    key = json.dumps(request)
    try:
        if key not in known:
            known.clear()
            known[key] = make(request)
            known[key](min(count, 2))
        wall, cpu = time.perf_counter(), time.process_time()
        known[key](count)
        spent = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
        print(json.dumps({clock: seconds * 1e3 / count for clock, seconds in spent.items()}), flush=True)
    except Exception as error:
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)
