"""Reference numbers for the tests of lib/train/schedules: `python make-schedules.py` writes schedules.json beside this file.

Made with PyTorch 2.13 from pip: the learning rate before each of a number of steps.
"""

import json
import warnings
from pathlib import Path

import torch
from torch.optim import lr_scheduler as lr

warnings.simplefilter("ignore")


def rates(make, steps, rate=0.1):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=rate)
    scheduler = make(optimizer)
    seen = []
    for _ in range(steps):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return seen


def warm_then_cosine(optimizer):
    warm = lr.LinearLR(optimizer, start_factor=0.1, end_factor=1, total_iters=5)
    return lr.SequentialLR(optimizer, [warm, lr.CosineAnnealingLR(optimizer, 10)], milestones=[5])


def three_in_a_row(optimizer):
    parts = [lr.ConstantLR(optimizer, 1), lr.ExponentialLR(optimizer, 0.8), lr.PolynomialLR(optimizer, 6, 2)]
    return lr.SequentialLR(optimizer, parts, milestones=[3, 7])


def plateau(values, **options):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = lr.ReduceLROnPlateau(optimizer, **options)
    seen = []
    for value in values:
        scheduler.step(value)
        seen.append(optimizer.param_groups[0]["lr"])
    return seen


falling = [1, 0.9, 0.95, 0.93, 0.92, 0.91, 0.8, 0.85, 0.85, 0.85, 0.85, 0.85, 0.85, 0.85, 0.85]
references = {
    "step": rates(lambda o: lr.StepLR(o, 3, 0.5), 14),
    "milestones": rates(lambda o: lr.MultiStepLR(o, [2, 5, 6], 0.3), 10),
    "exponential": rates(lambda o: lr.ExponentialLR(o, 0.9), 14),
    "polynomial": rates(lambda o: lr.PolynomialLR(o, 9, 2), 12),
    "line": rates(lambda o: lr.PolynomialLR(o, 9, 1), 12),
    "cosine": rates(lambda o: lr.CosineAnnealingLR(o, 12, 0.01), 13),
    "cosineRestarts": rates(lambda o: lr.CosineAnnealingWarmRestarts(o, 4, 2, 0.01), 30),
    "cosineRestartsEqual": rates(lambda o: lr.CosineAnnealingWarmRestarts(o, 5), 17),
    "oneCycle": rates(lambda o: lr.OneCycleLR(o, 1.0, total_steps=20, pct_start=0.25), 20),
    "oneCycleLine": rates(
        lambda o: lr.OneCycleLR(o, 0.5, total_steps=33, anneal_strategy="linear", div_factor=10, final_div_factor=100), 33
    ),
    "warmUpCosine": rates(warm_then_cosine, 15),
    "combine": rates(three_in_a_row, 15),
    "plateau": {
        "values": falling,
        "relative": plateau(falling, factor=0.1, patience=2, threshold=1e-4),
        "absolute": plateau(falling, factor=0.5, patience=1, threshold=0.02, threshold_mode="abs", min_lr=0.2),
        "cooldown": plateau(falling, factor=0.5, patience=1, cooldown=2),
        "max": plateau(falling, mode="max", factor=0.5, patience=3),
    },
}
text = json.dumps(references, separators=(",", ":"))
Path(__file__).with_name("schedules.json").write_text(text + "\n")
