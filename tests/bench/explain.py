"""Explanations with zennit, captum and pytorch-grad-cam: reads {"method", "network", …} a line, answers with the
milliseconds of one explanation."""

import json
import sys
import time
import warnings

import torch

# zennit imports torchvision, and one built for another torch lacks operations that nothing here uses.
register_fake = torch.library.register_fake
torch.library.register_fake = lambda *_, **__: lambda function: function
import torchvision  # noqa: E402, F401

torch.library.register_fake = register_fake

from torch import nn

warnings.filterwarnings("ignore")


def build(plan, dense, size):
    parts, channels = [], 3
    for step in plan:
        if step == "pool":
            parts.append(nn.MaxPool2d(2))
            size //= 2
        else:
            parts += [nn.Conv2d(channels, step, 3, padding=1), nn.ReLU()]
            channels = step
    parts.append(nn.Flatten())
    inputs = channels * size * size
    for index, units in enumerate(dense):
        parts.append(nn.Linear(inputs, units))
        if index < len(dense) - 1:
            parts.append(nn.ReLU())
        inputs = units
    return nn.Sequential(*parts).eval()


def lrp(network, x, classes):
    from zennit.attribution import Gradient
    from zennit.composites import EpsilonPlus

    # Registered once: only the explanation is measured.
    attributor = Gradient(model=network, composite=EpsilonPlus())
    attributor.__enter__()
    chosen = torch.eye(classes)[[1] * len(x)]
    return lambda: attributor(x, lambda y: y * chosen), lambda: attributor.__exit__(None, None, None)


def grad_cam(network, x, _):
    from pytorch_grad_cam import GradCAM
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    last = max(index for index, module in enumerate(network) if isinstance(module, nn.Conv2d)) + 1
    cam = GradCAM(model=network, target_layers=[network[last]])
    targets = [ClassifierOutputTarget(1)] * len(x)
    return lambda: cam(x, targets), cam.activations_and_grads.release


def integrated_gradients(network, x, _):
    from captum.attr import IntegratedGradients

    method = IntegratedGradients(network)
    return lambda: method.attribute(x, target=1, n_steps=50), lambda: None


METHODS = {
    "lrp epsilonPlus": lrp,
    "grad-cam": grad_cam,
    "integrated gradients, 50 steps": integrated_gradients,
}


def main(threads):
    torch.set_num_threads(threads)
    key, network, explain, release = None, None, None, lambda: None
    for line in sys.stdin:
        request = json.loads(line)
        size, dense, count = request["size"], request["dense"], request["count"]
        if key != (request["network"], request["method"]):
            release()
            if key is None or key[0] != request["network"]:
                network = build(request["plan"], dense, size)
            key = (request["network"], request["method"])
            # Explaining starts at the input; without it, PyTorch would not go back that far.
            x = torch.randn(count, 3, size, size)
            explain, release = METHODS[request["method"]](network, x, dense[-1])
            explain()
        started = time.perf_counter()
        for _ in range(request["times"]):
            explain()
        print((time.perf_counter() - started) * 1e3 / request["times"], flush=True)


main(int(sys.argv[1]))
