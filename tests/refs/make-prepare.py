"""Reference numbers for the tests of lib/data/prepare: `python make-prepare.py` writes prepare.json beside this file.

Made with scikit-learn 1.9.1 and NumPy 2.4 from pip.
"""

import json
import math
from pathlib import Path

import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, RobustScaler, StandardScaler
from sklearn.utils.class_weight import compute_class_weight

rng = np.random.default_rng(5)
beside = Path(__file__).parent


def plain(value):
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and math.isnan(value):
        return None  # a missing value: JSON has no NaN
    return value


def main():
    # A normal, a skewed, a constant (that rounding leaves a variance), a large and a nearly binary column.
    def table(rows):
        return np.column_stack(
            [
                rng.normal(3, 2, rows),
                rng.gamma(1, 50, rows),
                np.full(rows, 0.1 + 0.2),
                1e6 + rng.normal(0, 1, rows),
                rng.integers(0, 2, rows),
            ]
        )

    train, test = table(37), table(11)
    gaps, gapsTest = train.copy(), test.copy()
    gaps[rng.random(gaps.shape) < 0.2] = np.nan
    gapsTest[rng.random(gapsTest.shape) < 0.2] = np.nan
    scalers = {
        "standard": StandardScaler(),
        "minMax": MinMaxScaler(),
        "minMaxOneToOne": MinMaxScaler(feature_range=(-1, 1)),
        "robust": RobustScaler(),
        "robustWide": RobustScaler(quantile_range=(10, 90)),
    }
    towns = [["Ulm", 3], ["Aachen", 1], ["ulm", 10], ["Ulm", 2], ["Zürich", 1]]
    labels = rng.choice([0, 1, 2], 40, p=[0.7, 0.2, 0.1])
    reference = {
        "train": train,
        "test": test,
        "gaps": gaps,
        "gapsTest": gapsTest,
        "scaled": {name: scaler.fit(train).transform(test) for name, scaler in scalers.items()},
        "scaledWithGaps": {name: scaler.fit(gaps).transform(gapsTest) for name, scaler in scalers.items()},
        "imputed": {
            ours: SimpleImputer(strategy=theirs).fit(gaps).transform(gapsTest)
            for ours, theirs in (("mean", "mean"), ("median", "median"), ("mostFrequent", "most_frequent"))
        },
        "towns": towns,
        "oneHot": np.hstack(
            [OneHotEncoder(sparse_output=False).fit_transform([[row[c]] for row in towns]) for c in (0, 1)]
        ),
        "labels": labels,
        "classWeights": compute_class_weight("balanced", classes=np.unique(labels), y=labels),
    }
    (beside / "prepare.json").write_text(json.dumps(plain(reference), separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
