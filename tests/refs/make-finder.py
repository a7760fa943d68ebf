"""Reference numbers for the tests of lib/train/finder: `python make-finder.py` writes finder.json beside this file.

The four suggestions as fastai 2 describes them (fastai.callback.schedule), written anew with NumPy: fastai itself needs
an older PyTorch.
"""

import json
from pathlib import Path

import numpy as np

rng = np.random.default_rng(11)


def valley(rates, losses):
    n = len(losses)
    length = [1] * n
    longest = (0, 0)
    for i in range(1, n):
        for j in range(i):
            if losses[i] < losses[j] and length[i] < length[j] + 1:
                length[i] = length[j] + 1
        if length[i] > length[longest[1]]:
            longest = (i - length[i], i)
    third = (longest[1] - longest[0]) / 3
    return rates[longest[0] + int(third) + int(third / 2)]


def slide(rates, losses, width=15, threshold=0.005):
    slope = np.gradient(losses)
    right, left = -1, -1 - width
    found = rates[left]
    while left >= -len(losses) and abs(slope[right] - slope[left]) > threshold:
        found = rates[left]
        right, left = right - 1, left - 1
    return found


def steep(rates, losses):
    return rates[(np.diff(losses) / np.diff(np.log(rates))).argmin()]


def course(bottom, noise):
    x = np.linspace(-6, 0.5, 85)
    losses = 2.3 - 1.8 / (1 + np.exp(-2.5 * (x - bottom + 1.2))) + np.exp(3 * (x - bottom - 0.8))
    return 10**x, losses + noise * rng.normal(size=85)


cases = []
for bottom, noise in ((-1.5, 0), (-2, 0.01), (-2.5, 0.03), (-1, 0.05)):
    rates, losses = course(bottom, noise)
    found = {
        "valley": valley(rates, losses),
        "slide": slide(rates, losses),
        "minimum": rates[losses.argmin()] / 10,
        "steep": steep(rates, losses),
    }
    cases.append({"rates": rates.tolist(), "losses": losses.tolist(), **found})
Path(__file__).with_name("finder.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")
