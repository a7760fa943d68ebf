"""Reference numbers for lib/selection and lib/classic: `python make-classic.py` writes classic.json beside this file.

Made with scikit-learn 1.9.1, NumPy 2.4 and SciPy 1.17, mlxtend 0.25 and scikit-image 0.26, all from pip.
"""

import json
import warnings
from pathlib import Path

import numpy as np
from sklearn import model_selection

warnings.simplefilter("ignore")
rng = np.random.default_rng(5)


def plain(value):
    """NumPy values as plain ones, numbers with 12 digits."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (float, np.floating)):
        return float(f"{value:.12g}")
    return value.item() if isinstance(value, np.generic) else value


def splits():
    y = rng.choice(["b", "a", "c"], 23, p=[0.5, 0.3, 0.2])
    groups = rng.integers(0, 7, 23)

    def tests(splitter):
        return [[train, test] for train, test in splitter.split(y, y, groups)]

    return {
        "y": y,
        "groups": groups,
        "kFold": tests(model_selection.KFold(5)),
        "stratifiedKFold": tests(model_selection.StratifiedKFold(4)),
        "groupKFold": tests(model_selection.GroupKFold(3)),
        "leaveOneOut": tests(model_selection.LeaveOneOut()),
        "timeSeries": tests(model_selection.TimeSeriesSplit(4)),
        "timeSeriesGap": tests(model_selection.TimeSeriesSplit(3, test_size=4, gap=2, max_train_size=6)),
    }


references = {"splits": splits()}
path = Path(__file__).with_name("classic.json")
path.write_text(json.dumps(plain(references), separators=(",", ":")) + "\n")
print(f"{path.name}: {path.stat().st_size} bytes")
