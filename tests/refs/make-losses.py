"""Reference numbers for the tests of lib/train/losses: `python make-losses.py` writes losses.json beside this file.

Made in float64 with PyTorch 2.13 from pip: the loss of each example, and the gradient of their mean
by the predictions. Losses that it doesn't have are written here as their papers have them.
"""

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

rng = np.random.default_rng(5)
cases = []


def dyadic(values, bits=8):
    """Round to multiples of a power of two: the same number in float32 and float64."""
    return np.round(np.asarray(values) * 2**bits) / 2**bits


def add(name, options, target, prediction, function):
    x = torch.tensor(np.asarray(prediction, dtype=np.float64), requires_grad=True)
    y = torch.tensor(np.asarray(target))
    values = function(x, y)
    values = values.reshape(values.shape[0], -1).mean(1)
    values.mean().backward()
    cases.append(
        {
            "name": name,
            "options": options,
            "target": y.tolist(),
            "prediction": x.tolist(),
            "values": values.tolist(),
            "gradient": x.grad.tolist(),
        }
    )


logits = dyadic(rng.normal(size=(6, 4)) * 3)
classes = rng.integers(0, 4, 6)
one_hot = np.eye(4)[classes]


def distributions(rows):
    """Rows that sum to 1 although they are rounded; the largest value takes what is missing."""
    rows = np.maximum(dyadic(rows, 12), 2**-8)
    rows[np.arange(len(rows)), rows.argmax(1)] += 1 - rows.sum(1)
    return rows


probabilities = distributions(np.exp(logits) / np.exp(logits).sum(1, keepdims=True))
maps = dyadic(rng.normal(size=(2, 3, 5, 4)))
map_classes = rng.integers(0, 4, (2, 3, 5))
scores = dyadic(rng.normal(size=(6, 1)) * 2)
truth = rng.integers(0, 2, (6, 1)).astype(float)
extreme = np.array([[100.0], [-100.0], [0.0], [100.0], [-100.0], [0.0]])
numbers, wanted = dyadic(rng.normal(size=(5, 3)) * 2), dyadic(rng.normal(size=(5, 3)))
logs = {"fromLogits": True}
ready = {"fromLogits": False}


def picked(x, y):
    return F.nll_loss(torch.log(x), y, reduction="none")


for options, smoothing in ((logs, 0), ({"fromLogits": True, "labelSmoothing": 0.1}, 0.1)):
    add("crossEntropy", options, classes, logits, lambda x, y, s=smoothing: F.cross_entropy(x, y, reduction="none", label_smoothing=s))
add("labelSmoothing", logs, classes, logits, lambda x, y: F.cross_entropy(x, y, reduction="none", label_smoothing=0.1))
add("crossEntropy", logs, one_hot, logits, lambda x, y: F.cross_entropy(x, y, reduction="none"))
add("crossEntropy", ready, classes, probabilities, picked)
add("crossEntropy", logs, [0, 2, 1], [[2.0, -1.0, 0.5], [0.1, 0.2, -3.0], [100.0, -100.0, 0.0]], lambda x, y: F.cross_entropy(x, y, reduction="none"))
add("crossEntropy", logs, map_classes, maps, lambda x, y: F.cross_entropy(x.permute(0, 3, 1, 2), y, reduction="none"))
bce = F.binary_cross_entropy_with_logits
add("binaryCrossEntropy", logs, truth, scores, lambda x, y: bce(x, y, reduction="none"))
add("binaryCrossEntropy", logs, truth, extreme, lambda x, y: bce(x, y, reduction="none"))
add("binaryCrossEntropy", {"fromLogits": True, "positiveWeight": 3}, truth, scores, lambda x, y: bce(x, y, reduction="none", pos_weight=torch.tensor(3.0)))
add("binaryCrossEntropy", {"fromLogits": True, "labelSmoothing": 0.2}, truth, scores, lambda x, y: bce(x, y * 0.8 + 0.1, reduction="none"))
add("binaryCrossEntropy", ready, one_hot, probabilities, lambda x, y: F.binary_cross_entropy(x, y, reduction="none"))


def sigmoid_focal_loss(x, y, alpha, gamma):
    p = torch.sigmoid(x)
    right = p * y + (1 - p) * (1 - y)
    weight = alpha * y + (1 - alpha) * (1 - y) if alpha >= 0 else 1
    return -weight * (1 - right) ** gamma * torch.log(right)


add("focal", {"fromLogits": True, "gamma": 2, "alpha": 0.25}, truth, scores, lambda x, y: sigmoid_focal_loss(x, y, 0.25, 2))
add("focal", {"fromLogits": True, "gamma": 1.5, "exclusive": False}, one_hot, logits, lambda x, y: sigmoid_focal_loss(x, y, -1, 1.5))


def focal(x, y, gamma, alpha):
    p = torch.softmax(x, 1).gather(1, y[:, None])[:, 0]
    return -torch.tensor(alpha)[y] * (1 - p) ** gamma * torch.log(p)


weights = [1.0, 0.5, 2.0, 0.25]
add("focal", {"fromLogits": True, "alpha": weights}, classes, logits, lambda x, y: focal(x, y, 2, weights))
add("focal", {"fromLogits": True, "gamma": 0}, classes, logits, lambda x, y: F.cross_entropy(x, y, reduction="none"))
add("negativeLogLikelihood", None, classes, np.log(probabilities).astype(np.float32), lambda x, y: F.nll_loss(x, y, reduction="none"))
other = distributions(rng.dirichlet(np.ones(4), 6))
add("kullbackLeibler", logs, other, logits, lambda x, y: F.kl_div(F.log_softmax(x, 1), y, reduction="none").sum(1))
add("kullbackLeibler", ready, one_hot, probabilities, lambda x, y: F.kl_div(torch.log(x), y, reduction="none").sum(1))
sign = lambda y: 2 * y - 1
add("hinge", None, truth, scores, lambda x, y: F.relu(1 - sign(y) * x))
add("hinge", None, 2 * truth - 1, scores, lambda x, y: F.relu(1 - y * x))
add("squaredHinge", None, truth, scores, lambda x, y: F.relu(1 - sign(y) * x) ** 2)
add("softMargin", None, truth, scores, lambda x, y: F.soft_margin_loss(x, sign(y), reduction="none"))
add("softMargin", None, truth, extreme, lambda x, y: F.softplus(-sign(y) * x, threshold=1000))
add("multiMargin", None, classes, logits, lambda x, y: F.multi_margin_loss(x, y, reduction="none"))
add("multiMargin", {"margin": 0.5}, classes, logits, lambda x, y: F.multi_margin_loss(x, y, margin=0.5, reduction="none"))
add("categoricalHinge", None, one_hot, logits, lambda x, y: F.relu(1 + ((1 - y) * x).max(1).values - (y * x).sum(1)))
distances = dyadic(np.abs(rng.normal(size=(6, 1))) + 0.05)
add("contrastive", {"margin": 1.25}, truth, distances, lambda x, y: y * x**2 + (1 - y) * F.relu(1.25 - x) ** 2)
triples = dyadic(rng.normal(size=(5, 3, 4)))
add("triplet", {"margin": 1.5}, np.zeros(5), triples, lambda x, y: F.triplet_margin_loss(x[:, 0], x[:, 1], x[:, 2], margin=1.5, eps=0, reduction="none"))


def hardest(x, y, margin):
    values = []
    for i in range(len(x)):
        d = torch.sqrt(((x - x[i]) ** 2).sum(1) + 1e-30)
        values.append(F.relu(margin + d[y == y[i]].max() - d[y != y[i]].min()))
    return torch.stack(values)


embedded = dyadic(rng.normal(size=(7, 3)))
add("triplet", {"margin": 0.5, "triplets": "hard"}, [0, 1, 0, 2, 1, 2, 0], embedded, lambda x, y: hardest(x, y, 0.5))
add("huber", None, wanted, numbers, lambda x, y: F.huber_loss(x, y, reduction="none"))
add("huber", {"delta": 0.5}, wanted, numbers, lambda x, y: F.huber_loss(x, y, delta=0.5, reduction="none"))
add("logCosh", None, wanted, numbers, lambda x, y: torch.log(torch.cosh(x - y)))
add("logCosh", None, np.zeros((3, 1)), [[40.0], [-40.0], [0.0]], lambda x, y: torch.log(torch.cosh(x - y)))
add("quantile", {"quantile": 0.75}, wanted, numbers, lambda x, y: torch.maximum(0.75 * (y - x), -0.25 * (y - x)))
counts = rng.poisson(2.0, (5, 3)).astype(float)
add("poisson", {"fromLog": True}, counts, numbers, lambda x, y: F.poisson_nll_loss(x, y, log_input=True, reduction="none"))
add("poisson", {"fromLog": False}, counts, np.abs(numbers) + 0.25, lambda x, y: F.poisson_nll_loss(x, y, log_input=False, reduction="none"))


def areas(x, y, activate):
    given = activate(x).reshape(len(x), -1, x.shape[-1])
    wanted = y.reshape(given.shape) if y.numel() == x.numel() else F.one_hot(y, x.shape[-1]).reshape(given.shape)
    return (given * wanted).sum(1), given.sum(1), wanted.sum(1)


def dice(x, y, activate, smooth=1):
    both, given, wanted = areas(x, y, activate)
    return 1 - (2 * both + smooth) / (given + wanted + smooth)


def jaccard(x, y, activate):
    both, given, wanted = areas(x, y, activate)
    return 1 - (both + 1) / (given + wanted - both + 1)


def tversky(x, y, activate, alpha, beta, gamma):
    both, given, wanted = areas(x, y, activate)
    return (1 - (both + 1) / (both + alpha * (given - both) + beta * (wanted - both) + 1)) ** gamma


softmax = lambda x: torch.softmax(x, -1)
masks, mask_scores = rng.integers(0, 2, (3, 4, 4, 1)).astype(float), dyadic(rng.normal(size=(3, 4, 4, 1)))
masks[2] = 0
add("dice", logs, map_classes, maps, lambda x, y: dice(x, y, softmax))
add("dice", {"fromLogits": True, "smooth": 0.5}, masks, mask_scores, lambda x, y: dice(x, y, torch.sigmoid, 0.5))
add("dice", ready, masks, dyadic(1 / (1 + np.exp(-mask_scores))), lambda x, y: dice(x, y, lambda p: p))
add("jaccard", logs, map_classes, maps, lambda x, y: jaccard(x, y, softmax))
add("jaccard", logs, masks, mask_scores, lambda x, y: jaccard(x, y, torch.sigmoid))
add("tversky", logs, map_classes, maps, lambda x, y: tversky(x, y, softmax, 0.3, 0.7, 1))
add("tversky", {"fromLogits": True, "alpha": 0.5, "beta": 0.5, "gamma": 0.75}, masks, mask_scores, lambda x, y: tversky(x, y, torch.sigmoid, 0.5, 0.5, 0.75))

spoken = dyadic(rng.normal(size=(4, 7, 5)))
labels = np.array([[0, 1, 2], [1, 1, -1], [3, -1, -1], [-1, -1, -1]])


def ctc(x, y, blank):
    lengths = (y >= 0).sum(1)
    log_probabilities = F.log_softmax(x, 2).permute(1, 0, 2)
    return F.ctc_loss(log_probabilities, y.clamp(min=0), torch.full((len(x),), x.shape[1]), lengths, blank=blank, reduction="none")


add("connectionist", logs, labels, spoken, lambda x, y: ctc(x, y, 4))
add("connectionist", {"fromLogits": True, "blank": 0}, np.array([[1, 2, 2], [4, 3, -1], [1, -1, -1], [2, 3, 4]]), spoken, lambda x, y: ctc(x, y, 0))
Path(__file__).with_name("losses.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")
