"""Reference numbers for the tests of lib/metrics: `python make-metrics.py` writes metrics.json beside this file.

Made with scikit-learn 1.9.1, NumPy 2.4, SciPy 1.17 and pycocotools 2.0.11, all from pip. What these don't offer
(DeLong's interval, the calibration error, Pascal VOC's average precision, soft-NMS) is written here as its paper has
it, slow and plain.
"""

import contextlib
import io
import json
import math
import warnings
from pathlib import Path

import numpy as np
import sklearn.metrics as sk
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from scipy.spatial.distance import cdist
from scipy.stats import norm
from sklearn.calibration import calibration_curve

warnings.simplefilter("ignore")
rng = np.random.default_rng(20)
averages = {"micro": "micro", "macro": "macro", "weighted": "weighted", "none": None}
beside = Path(__file__).parent


def dyadic(values, bits=10):
    """Round to multiples of a power of two: the same number in float32 and float64."""
    return np.round(np.asarray(values) * 2**bits) / 2**bits


def ratio_scores(y, p, w):
    def scores(average, **rest):
        options = {"average": average, "sample_weight": w, **rest}
        prf = {**options, "zero_division": 0}
        return {
            "precision": sk.precision_score(y, p, **prf),
            "recall": sk.recall_score(y, p, **prf),
            "f1": sk.f1_score(y, p, **prf),
            "fbeta2": sk.fbeta_score(y, p, beta=2, **prf),
            "fbetaHalf": sk.fbeta_score(y, p, beta=0.5, **prf),
            "jaccard": sk.jaccard_score(y, p, zero_division=0, **options),
        }

    return scores


def specificity(y, p, w, average):
    matrices = sk.multilabel_confusion_matrix(y, p, sample_weight=w)
    tn, fp, fn, tp = (matrices[:, i, j] for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)))
    if average == "micro":
        return tn.sum() / (tn.sum() + fp.sum())
    each = tn / (tn + fp)
    if average is None:
        return each
    return np.average(each, weights=tp + fn if average == "weighted" else None)


def classes_part():
    y = rng.integers(0, 4, 80)
    p = np.where(rng.random(80) < 0.6, y, rng.integers(0, 4, 80))
    p[p == 3] = 0  # class 3 is never predicted
    w = dyadic(rng.uniform(0.25, 2, 80))
    part = {"yTrue": y, "yPred": p, "sampleWeight": w}
    for name, weight in (("plain", None), ("weighted", w)):
        scores = ratio_scores(y, p, weight)
        part[name] = {
            "confusionMatrix": {
                str(n): sk.confusion_matrix(y, p, normalize=n, sample_weight=weight) for n in (None, "true", "pred", "all")
            },
            "confusionMatrixOf20": sk.confusion_matrix(y, p, labels=[2, 0], sample_weight=weight),
            "accuracy": sk.accuracy_score(y, p, sample_weight=weight),
            "accuracyCount": sk.accuracy_score(y, p, sample_weight=weight, normalize=False),
            "balancedAccuracy": sk.balanced_accuracy_score(y, p, sample_weight=weight),
            "balancedAccuracyAdjusted": sk.balanced_accuracy_score(y, p, sample_weight=weight, adjusted=True),
            "mcc": sk.matthews_corrcoef(y, p, sample_weight=weight),
            "kappa": sk.cohen_kappa_score(y, p, sample_weight=weight),
            "kappaLinear": sk.cohen_kappa_score(y, p, weights="linear", sample_weight=weight),
            "kappaQuadratic": sk.cohen_kappa_score(y, p, weights="quadratic", sample_weight=weight),
            "averages": {
                key: {**scores(value), "specificity": specificity(y, p, weight, value)} for key, value in averages.items()
            },
            "averagesOf302": {key: scores(value, labels=[3, 0, 2]) for key, value in averages.items()},
            "precisionZeroDivision": {
                str(z): {
                    key: sk.precision_score(y, p, average=value, zero_division=z, sample_weight=weight)
                    for key, value in averages.items()
                }
                for z in (1, math.nan)
            },
            "binary": ratio_scores(y == 1, p == 1, weight)("binary"),
        }
    part["report"] = sk.classification_report(y, p, zero_division=0)
    part["reportOf13"] = sk.classification_report(
        y, p, labels=[1, 3], target_names=["first", "third one, long"], digits=3, zero_division=0
    )
    return part


def scores_part():
    y = rng.integers(0, 2, 60)
    score = dyadic(np.clip(0.3 * y + 0.7 * rng.random(60), 0, 1), 5)  # many ties
    w = dyadic(rng.uniform(0.25, 2, 60))
    part = {"yTrue": y, "yScore": score, "sampleWeight": w}
    for name, weight in (("plain", None), ("weighted", w)):
        options = {"sample_weight": weight}
        part[name] = {
            "roc": sk.roc_curve(y, score, **options),
            "rocAll": sk.roc_curve(y, score, drop_intermediate=False, **options),
            "rocAuc": sk.roc_auc_score(y, score, **options),
            "rocAucTo": {str(m): sk.roc_auc_score(y, score, max_fpr=m, **options) for m in (0.05, 0.2, 0.5)},
            "pr": sk.precision_recall_curve(y, score, **options),
            "prDropped": sk.precision_recall_curve(y, score, drop_intermediate=True, **options),
            "averagePrecision": sk.average_precision_score(y, score, **options),
            "averagePrecisionOf0": sk.average_precision_score(y, 1 - score, pos_label=0, **options),
            "logLoss": sk.log_loss(y, score, **options),
            "logLossSum": sk.log_loss(y, score, normalize=False, **options),
            "brier": sk.brier_score_loss(y, score, **options),
        }
    precision, recall, thresholds = sk.precision_recall_curve(y, score)
    thresholds = np.append(thresholds, np.inf)
    part["precisionAtRecall"] = {
        str(r): max(zip(precision[recall >= r], recall[recall >= r], thresholds[recall >= r])) for r in (0.25, 0.5, 0.9, 1)
    }
    part["recallAtPrecision"] = {
        str(p): max(zip(recall[precision >= p], precision[precision >= p], thresholds[precision >= p])) for p in (0.5, 0.8, 1)
    }
    part["deLong"] = {str(level): delong(y, score, level) for level in (0.8, 0.95, 0.999)}
    part["calibration"] = {
        f"{strategy} {bins}": calibration_curve(y, score, n_bins=bins, strategy=strategy)
        for strategy in ("uniform", "quantile")
        for bins in (3, 5, 10)
    }
    part["calibrationError"] = {kind: calibration_error(score, y, 10, kind) for kind in ("l1", "l2", "max")}
    return part


def delong(y, score, level):
    """DeLong, DeLong and Clarke-Pearson (1988), equations 1 to 5."""
    x, n = score[y == 1], score[y == 0]
    kernel = (x[:, None] > n[None]) + 0.5 * (x[:, None] == n[None])
    auc = kernel.mean()
    error = math.sqrt(kernel.mean(axis=1).var(ddof=1) / len(x) + kernel.mean(axis=0).var(ddof=1) / len(n))
    margin = norm.ppf((1 + level) / 2) * error
    return {"value": auc, "low": max(0, auc - margin), "high": min(1, auc + margin), "standardError": error}


def calibration_error(confidence, correct, bins, kind):
    """Guo et al. (2017), equation 3: bins ((m - 1) / M, m / M]."""
    gaps, parts = [], []
    for m in range(bins):
        inside = (confidence > m * (1 / bins)) & (confidence <= (m + 1) * (1 / bins))
        if m == 0:
            inside |= confidence == 0
        if inside.any():
            gaps.append(abs(correct[inside].mean() - confidence[inside].mean()))
            parts.append(inside.mean())
    gaps, parts = np.array(gaps), np.array(parts)
    return {"l1": (gaps * parts).sum(), "l2": math.sqrt((gaps**2 * parts).sum()), "max": gaps.max()}[kind]


def probabilities_part():
    y = rng.integers(0, 4, 50)
    counts = rng.integers(1, 60, (50, 4))
    counts[np.arange(50), y] += 25
    # Rows of multiples of 1/256 that sum to 1, with ties.
    probability = np.floor(counts / counts.sum(axis=1, keepdims=True) * 256) / 256
    probability[:, 3] = 1 - probability[:, :3].sum(axis=1)
    w = dyadic(rng.uniform(0.25, 2, 50))
    part = {"yTrue": y, "yProb": probability, "sampleWeight": w}
    for name, weight in (("plain", None), ("weighted", w)):
        options = {"sample_weight": weight}
        part[name] = {
            "logLoss": sk.log_loss(y, probability, **options),
            "brier": sk.brier_score_loss(y, probability, **options),
            "brierHalf": sk.brier_score_loss(y, probability, scale_by_half=True, **options),
            "topK": {str(k): sk.top_k_accuracy_score(y, probability, k=k, **options) for k in (1, 2, 3)},
            "topKCount": sk.top_k_accuracy_score(y, probability, k=2, normalize=False, **options),
            "ovr": {
                key: sk.roc_auc_score(y, probability, multi_class="ovr", average=value, **options)
                for key, value in averages.items()
            },
            "averagePrecision": {
                key: sk.average_precision_score(y, probability, average=value, **options) for key, value in averages.items()
            },
        }
    part["ovo"] = {
        key: sk.roc_auc_score(y, probability, multi_class="ovo", average=key) for key in ("macro", "weighted")
    }
    correct = probability.argmax(axis=1) == y
    part["calibrationError"] = calibration_error(probability.max(axis=1), correct, 15, "l1")
    tokens = y.reshape(5, 10)
    part["perplexity"] = math.exp(-np.mean([math.log(row[t]) for row, t in zip(probability, tokens.ravel())]))
    return part


def regression_part():
    y = dyadic(rng.gamma(2, 20, (41, 2)))
    p = dyadic(np.abs(y + rng.normal(0, 9, (41, 2))))
    w = dyadic(rng.uniform(0.25, 2, 41))
    functions = {
        "meanSquaredError": sk.mean_squared_error,
        "rootMeanSquaredError": sk.root_mean_squared_error,
        "meanAbsoluteError": sk.mean_absolute_error,
        "medianAbsoluteError": sk.median_absolute_error,
        "meanSquaredLogError": sk.mean_squared_log_error,
        "meanAbsolutePercentageError": sk.mean_absolute_percentage_error,
        "r2Score": sk.r2_score,
        "explainedVarianceScore": sk.explained_variance_score,
    }
    part = {"yTrue": y, "yPred": p, "sampleWeight": w, "maxError": sk.max_error(y[:, 0], p[:, 0])}
    for name, weight in (("plain", None), ("weighted", w)):
        part[name] = {
            key: {
                "first": function(y[:, 0], p[:, 0], sample_weight=weight),
                "uniformAverage": function(y, p, sample_weight=weight),
                "rawValues": function(y, p, sample_weight=weight, multioutput="raw_values"),
                "mixed": function(y, p, sample_weight=weight, multioutput=[0.25, 0.75]),
            }
            for key, function in functions.items()
        }
        for key in ("r2Score", "explainedVarianceScore"):
            part[name][key]["varianceWeighted"] = functions[key](
                y, p, sample_weight=weight, multioutput="variance_weighted"
            )
    return part


def segmentation_part():
    truth = rng.integers(0, 4, (2, 8, 8))
    guess = np.where(rng.random((2, 8, 8)) < 0.7, truth, rng.integers(0, 4, (2, 8, 8)))
    truth[0, :2] = 255  # border
    y, p = truth[truth != 255], guess[truth != 255]
    return {
        "yTrue": truth,
        "yPred": guess,
        "pixelAccuracy": sk.accuracy_score(y, p),
        "iou": sk.jaccard_score(y, p, average=None),
        "dice": sk.f1_score(y, p, average=None),
    }


def clustering_part():
    points = np.vstack([rng.normal(c, 0.8, (15, 3)) for c in ((0, 0, 4), (3, 0, 0), (0, 3, 0))])
    known = np.repeat([0, 1, 2], 15)
    found = np.where(rng.random(45) < 0.8, known, rng.integers(0, 4, 45))
    found[7] = 9  # alone in its cluster
    return {
        "points": points,
        "known": known,
        "found": found,
        "adjustedRand": sk.adjusted_rand_score(known, found),
        "mutualInformation": {
            m: sk.normalized_mutual_info_score(known, found, average_method=m)
            for m in ("arithmetic", "geometric", "min", "max")
        },
        "silhouette": {
            ours: sk.silhouette_samples(cdist(points, points, theirs), found, metric="precomputed")
            for ours, theirs in (("euclidean", "euclidean"), ("manhattan", "cityblock"), ("cosine", "cosine"))
        },
    }


def iou(a, b):
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    shared = max(width, 0) * max(height, 0)
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


def detection_part():
    images = []
    for _ in range(8):
        n = int(rng.integers(1, 6))
        corner, size = rng.integers(0, 120, (n, 2)), rng.integers(8, 80, (n, 2))
        truth = np.hstack([corner, corner + size])
        labels = rng.integers(0, 3, n)
        again = np.repeat(np.arange(n), rng.integers(0, 4, n))
        shift = rng.integers(-6, 7, (len(again), 4))
        boxes = truth[again] + shift
        boxes[:, 2:] = np.maximum(boxes[:, 2:], boxes[:, :2] + 1)
        guess = np.where(rng.random(len(again)) < 0.85, labels[again], rng.integers(0, 3, len(again)))
        scores = dyadic(rng.random(len(again)), 6)
        images.append(
            {
                "true": {"boxes": truth, "labels": labels, "ignored": (rng.random(n) < 0.15).astype(int)},
                "found": {"boxes": boxes, "labels": guess, "scores": scores},
            }
        )
    first = images[0]["true"]["boxes"].astype(float)
    others = np.vstack([image["found"]["boxes"] for image in images[:4]]).astype(float)
    voc = {kind: [voc_ap(images, label, kind) for label in range(3)] for kind in ("every-point", "11-point")}
    soft = {kind: soft_nms(others, np.linspace(0.3, 0.9, len(others)), kind) for kind in ("gaussian", "linear")}
    return {
        "images": images,
        "iou": [[iou(a, b) for b in others] for a in first],
        "others": others,
        "softNms": soft,
        "voc": voc,
        "coco": {
            name: coco(images, name, value) for name, value in {"all": None, "small": (0, 1024), "medium": (1024, 9216)}.items()
        },
        "cocoAtMost2": coco(images, "all", None, most=2),
    }


def soft_nms(boxes, scores, kind, sigma=0.5, threshold=0.5, least=0.001):
    """Bodla et al. (2017), figure 3."""
    scores, remaining, kept = scores.copy(), list(range(len(boxes))), []
    while remaining:
        best = max(remaining, key=lambda i: scores[i])
        if scores[best] < least:
            break
        kept.append((best, scores[best]))
        remaining.remove(best)
        for i in remaining:
            overlap = iou(boxes[best], boxes[i])
            if kind == "gaussian":
                scores[i] *= math.exp(-(overlap**2) / sigma)
            elif overlap > threshold:
                scores[i] *= 1 - overlap
    return {"indices": [int(i) for i, _ in kept], "scores": [float(s) for _, s in kept]}


def voc_ap(images, label, kind, threshold=0.5):
    """Everingham et al. (2010), section 4.2, and its development kit's rule for difficult objects."""
    truths = [[b for b, c in zip(i["true"]["boxes"], i["true"]["labels"]) if c == label] for i in images]
    hard = [[h for h, c in zip(i["true"]["ignored"], i["true"]["labels"]) if c == label] for i in images]
    found = [
        (s, k, b)
        for k, i in enumerate(images)
        for b, c, s in zip(i["found"]["boxes"], i["found"]["labels"], i["found"]["scores"])
        if c == label
    ]
    # Of equal scores the earlier image is first, and within it the earlier detection.
    found.sort(key=lambda entry: -entry[0])
    seen, tp, fp, precision, recall = set(), 0, 0, [], []
    total = sum(1 for h in hard for each in h if not each)
    for _, k, box in found:
        overlaps = [iou(box, b) for b in truths[k]]
        best = int(np.argmax(overlaps)) if overlaps else -1
        if best >= 0 and overlaps[best] >= threshold:
            if hard[k][best]:
                continue
            if (k, best) not in seen:
                seen.add((k, best))
                tp += 1
            else:
                fp += 1
        else:
            fp += 1
        precision.append(tp / (tp + fp))
        recall.append(tp / total)
    precision, recall = np.array(precision), np.array(recall)
    if kind == "11-point":
        return np.mean([precision[recall >= i / 10].max(initial=0) for i in range(11)])
    return sum((r - q) * precision[recall >= r].max() for q, r in zip(np.append(0, recall), recall))


def coco(images, name, area, most=100):
    target, found = COCO(), []
    annotations = []
    for k, image in enumerate(images):
        for box, label, crowd in zip(*(image["true"][n] for n in ("boxes", "labels", "ignored"))):
            x, y, w, h = (float(v) for v in (box[0], box[1], box[2] - box[0], box[3] - box[1]))
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": k + 1,
                    "category_id": int(label) + 1,
                    "bbox": [x, y, w, h],
                    "area": w * h,
                    "iscrowd": int(crowd),
                }
            )
        for box, label, score in zip(*(image["found"][n] for n in ("boxes", "labels", "scores"))):
            x, y, w, h = (float(v) for v in (box[0], box[1], box[2] - box[0], box[3] - box[1]))
            found.append(
                {"image_id": k + 1, "category_id": int(label) + 1, "bbox": [x, y, w, h], "score": float(score)}
            )
    target.dataset = {
        "info": {},
        "images": [{"id": k + 1} for k in range(len(images))],
        "categories": [{"id": c + 1} for c in range(3)],
        "annotations": annotations,
    }
    with contextlib.redirect_stdout(io.StringIO()):
        target.createIndex()
        evaluation = COCOeval(target, target.loadRes(found), "bbox")
        evaluation.params.areaRng = [area or (0, 1e10)]
        evaluation.params.areaRngLbl = [name]
        evaluation.params.maxDets = [most]
        evaluation.evaluate()
        evaluation.accumulate()
    precision = evaluation.eval["precision"][:, :, :, 0, 0]  # thresholds × recalls × classes
    recall = evaluation.eval["recall"][:, :, 0, 0]
    known = [c for c in range(3) if (precision[:, :, c] > -1).all()]
    return {
        "meanAveragePrecision": precision[:, :, known].mean(),
        "averageRecall": recall[:, known].mean(),
        "thresholds": precision[:, :, known].mean(axis=(1, 2)),
        "classes": [[c, precision[:, :, c].mean(), recall[:, c].mean()] for c in known],
    }


def plain(value):
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # "nan", "inf": JSON has none
    return int(value) if isinstance(value, float) and value.is_integer() else value


def main():
    parts = {
        "classes": classes_part(),
        "scores": scores_part(),
        "probabilities": probabilities_part(),
        "regression": regression_part(),
        "segmentation": segmentation_part(),
        "clustering": clustering_part(),
        "detection": detection_part(),
    }
    (beside / "metrics.json").write_text(json.dumps(plain(parts), separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
