"""Reference numbers for the tests of lib/train/optimizers: `python make-optimizers.py` writes optimizers.json beside this
file.

Made in float64 with PyTorch 2.13 from pip: the weights after each of 20 steps on mean((tanh(x·w + b) − y)²). Lion, LAMB
and decoupled decay for SGD, which PyTorch doesn't have, are written here as their papers have them.
"""

import json
from pathlib import Path

import numpy as np
import torch

rng = np.random.default_rng(3)
dyadic = lambda values: np.round(np.asarray(values) * 256) / 256
x, y = dyadic(rng.normal(size=(8, 3))), dyadic(rng.normal(size=(8, 2)) / 2)
start = [dyadic(rng.normal(size=(3, 2)) / 2), dyadic(rng.normal(size=2) / 4)]


class Lion(torch.optim.Optimizer):
    def __init__(self, parameters, lr, betas, weight_decay):
        super().__init__(parameters, {"lr": lr, "betas": betas, "wd": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            b1, b2 = group["betas"]
            for p in group["params"]:
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                c = b1 * m + (1 - b1) * p.grad
                p.sub_(group["lr"] * (torch.sign(c) + group["wd"] * p))
                m.copy_(b2 * m + (1 - b2) * p.grad)


class Lamb(torch.optim.Optimizer):
    def __init__(self, parameters, lr, weight_decay):
        super().__init__(parameters, {"lr": lr, "wd": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                s = self.state[p]
                m, v = s.setdefault("m", torch.zeros_like(p)), s.setdefault("v", torch.zeros_like(p))
                s["t"] = t = s.get("t", 0) + 1
                m.copy_(0.9 * m + 0.1 * p.grad)
                v.copy_(0.999 * v + 0.001 * p.grad**2)
                u = m / (1 - 0.9**t) / (torch.sqrt(v / (1 - 0.999**t)) + 1e-6) + group["wd"] * p
                p.sub_(group["lr"] * torch.norm(p) / torch.norm(u) * u)


class SgdW(torch.optim.Optimizer):
    def __init__(self, parameters, lr, momentum, weight_decay):
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "wd": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                b = self.state[p].setdefault("b", torch.zeros_like(p))
                b.copy_(group["momentum"] * b + p.grad)
                p.copy_(p * (1 - group["lr"] * group["wd"]) - group["lr"] * (p.grad + group["momentum"] * b))


def trajectory(make):
    w, b = (torch.tensor(each, requires_grad=True) for each in start)
    optimizer = make([w, b])
    steps = []
    for _ in range(20):
        optimizer.zero_grad()
        ((torch.tanh(torch.tensor(x) @ w + b) - torch.tensor(y)) ** 2).mean().backward()
        optimizer.step()
        steps.append(w.flatten().tolist() + b.tolist())
    return steps


def case(name, options, make):
    return {"name": name, "options": options, "steps": trajectory(make)}


O = torch.optim
cases = [
    case("adamW", {"learningRate": 0.05}, lambda p: O.AdamW(p, 0.05)),
    case("adamW", {"learningRate": 0.02, "beta1": 0.8, "beta2": 0.9, "weightDecay": 0.3, "amsgrad": True}, lambda p: O.AdamW(p, 0.02, (0.8, 0.9), weight_decay=0.3, amsgrad=True)),
    case("adamW", {"learningRate": 0.05, "weightDecay": 0}, lambda p: O.Adam(p, 0.05)),
    case("adamW", {"learningRate": 0.05, "weightDecay": 0.2, "decayed": "matrices"}, lambda p: O.AdamW([{"params": p[:1]}, {"params": p[1:], "weight_decay": 0}], 0.05, weight_decay=0.2)),
    case("nadam", {"learningRate": 0.03}, lambda p: O.NAdam(p, 0.03)),
    case("nadam", {"learningRate": 0.02, "weightDecay": 0.1, "momentumDecay": 0.01}, lambda p: O.NAdam(p, 0.02, weight_decay=0.1, momentum_decay=0.01, decoupled_weight_decay=True)),
    case("radam", {"learningRate": 0.05}, lambda p: O.RAdam(p, 0.05)),
    case("radam", {"learningRate": 0.05, "beta2": 0.9, "weightDecay": 0.1}, lambda p: O.RAdam(p, 0.05, (0.9, 0.9), weight_decay=0.1, decoupled_weight_decay=True)),
    case("lion", {"learningRate": 0.01, "weightDecay": 0.5}, lambda p: Lion(p, 0.01, (0.9, 0.99), 0.5)),
    case("lamb", {"learningRate": 0.05, "weightDecay": 0.1}, lambda p: Lamb(p, 0.05, 0.1)),
    case("sgd", {"learningRate": 0.1}, lambda p: O.SGD(p, 0.1)),
    case("sgd", {"learningRate": 0.1, "momentum": 0.9}, lambda p: O.SGD(p, 0.1, 0.9)),
    case("sgd", {"learningRate": 0.1, "momentum": 0.8, "nesterov": True, "weightDecay": 0.1, "decoupled": False}, lambda p: O.SGD(p, 0.1, 0.8, nesterov=True, weight_decay=0.1)),
    case("sgd", {"learningRate": 0.1, "momentum": 0.8, "nesterov": True, "weightDecay": 0.1}, lambda p: SgdW(p, 0.1, 0.8, 0.1)),
]
references = {"x": x.tolist(), "y": y.tolist(), "start": [each.tolist() for each in start], "cases": cases}
Path(__file__).with_name("optimizers.json").write_text(json.dumps(references, separators=(",", ":")) + "\n")
