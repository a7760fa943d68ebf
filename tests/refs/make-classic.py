"""Reference numbers for lib/selection and lib/classic: `python make-classic.py` writes classic.json beside this file.

Made with scikit-learn 1.9.1, NumPy 2.4 and SciPy 1.17, mlxtend 0.25 and scikit-image 0.26, all from pip.
"""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from mlxtend import frequent_patterns
from scipy import ndimage
from scipy.cluster import hierarchy
from skimage import color, exposure, feature, filters, transform
from sklearn import cluster, decomposition, ensemble, linear_model, manifold, mixture, model_selection, naive_bayes, neighbors, svm, tree
from sklearn.covariance import EmpiricalCovariance

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


def dyadic(values, bits=8):
    """Round to multiples of a power of two: the same number in float32 and float64."""
    return np.round(np.asarray(values) * 2**bits) / 2**bits


def blobs(sizes, centers, spreads):
    x = np.concatenate([rng.normal(c, s, (n, len(c))) for n, c, s in zip(sizes, centers, spreads)])
    return dyadic(x), np.repeat(np.arange(len(sizes)), sizes)


def clustering():
    x, y = blobs([18, 22, 15], [[0, 0, 1], [4, 1, 0], [1, 5, 2]], [0.9, 0.7, 1.1])
    start = x[[0, 20, 45]]
    k = cluster.KMeans(3, init=start, n_init=1, tol=0).fit(x)
    mixtures = {}
    names = {"full": "full", "tied": "tied", "diagonal": "diag", "spherical": "spherical"}
    for name, kind in names.items():
        m = mixture.GaussianMixture(3, covariance_type=kind, tol=1e-11, max_iter=2000, random_state=0).fit(x)
        order = [int(np.argmin(((m.means_ - center) ** 2).sum(1))) for center in k.cluster_centers_]
        assert sorted(order) == [0, 1, 2]
        mixtures[name] = {
            "weights": m.weights_[order],
            "means": m.means_[order],
            "score": m.score(x),
            "bic": m.bic(x),
            "probability": m.predict_proba(x[:5])[:, order],
        }
    density = cluster.DBSCAN(eps=0.9, min_samples=4).fit(x)
    return {
        "x": x,
        "start": start,
        "kMeans": {"labels": k.labels_, "centers": k.cluster_centers_, "inertia": k.inertia_},
        "gaussianMixture": mixtures,
        "dbscan": {"labels": density.labels_, "core": density.core_sample_indices_},
        "hierarchical": {kind: hierarchy.linkage(x, kind) for kind in ("single", "complete", "average", "ward")},
    }


def reduction():
    x = dyadic(rng.normal(size=(12, 4)) @ rng.normal(size=(4, 4)) + [1, 2, 3, 4])
    pca, white = decomposition.PCA().fit(x), decomposition.PCA(2, whiten=True).fit(x)
    points = dyadic(np.random.default_rng(1).normal(size=(60, 5)))
    map = manifold.TSNE(perplexity=10, method="exact", random_state=0).fit(points)
    # scikit-learn makes the largest entry of each direction positive too.
    return {
        "x": x,
        "map": {"x": points, "divergence": map.kl_divergence_},
        "pca": {
            "components": pca.components_,
            "explainedVariance": pca.explained_variance_,
            "explainedVarianceRatio": pca.explained_variance_ratio_,
            "transformed": pca.transform(x),
            "whitened": white.transform(x),
            "restored": white.inverse_transform(white.transform(x)),
        },
    }


def three_classes():
    x, y = blobs([16, 20, 14], [[0, 0, 1], [2, 1, 0], [0.5, 2, 2]], [1, 0.9, 1.1])
    names = np.array(["cat", "ant", "bee"])[y]
    return x[::2], names[::2], x[1::2], names[1::2]


def classifiers():
    x, y, x_test, y_test = three_classes()

    def results(model, transform=lambda x: x, labels=y):
        model.fit(transform(x), labels)
        return {"predicted": model.predict(transform(x_test)), "probability": model.predict_proba(transform(x_test))}

    counts, two = lambda x: np.abs(np.round(2 * x)), np.where(y == "cat", "cat", "other")
    return {
        **{"x": x, "y": y, "xTest": x_test, "yTest": y_test},
        "two": two,
        "kNN": results(neighbors.KNeighborsClassifier(4)),
        "kNNDistance": results(neighbors.KNeighborsClassifier(4, weights="distance")),
        "naiveBayes": results(naive_bayes.GaussianNB()),
        "naiveBayesCounts": results(naive_bayes.MultinomialNB(alpha=0.5), counts),
        "naiveBayesBinary": results(naive_bayes.BernoulliNB(), lambda x: (x > 1).astype(int)),
        "logisticRegression": results(linear_model.LogisticRegression(C=2, tol=1e-10, max_iter=5000)),
        "logisticRegressionTwo": results(linear_model.LogisticRegression(tol=1e-10, max_iter=5000), labels=two),
    }


def regressors():
    x = dyadic(rng.normal(size=(30, 3)))
    y = dyadic(x @ [2, -1, 0.5] + np.sin(3 * x[:, 0]) + 0.3 * rng.normal(size=30))
    x_test = dyadic(rng.normal(size=(8, 3)))

    def results(model):
        model.fit(x, y)
        return {"predicted": model.predict(x_test), "score": model.score(x, y)}

    return {
        **{"x": x, "y": y, "xTest": x_test},
        "linearRegression": results(linear_model.LinearRegression()),
        "linearRegressionOrigin": results(linear_model.LinearRegression(fit_intercept=False)),
        "ridgeRegression": results(linear_model.Ridge(3)),
        "kNNRegressor": results(neighbors.KNeighborsRegressor(3)),
    }


def trees():
    """Trees draw among equally good splits; the data are drawn until there are none and the seed changes nothing."""
    for data in range(1000):
        try:
            return trees_of(np.random.default_rng(data))
        except AssertionError:
            continue
    raise RuntimeError("All data have ties.")


def trees_of(rng):
    x = dyadic(rng.normal(size=(48, 4)), 16)
    y = dyadic(x @ [1, -2, 0.5, 0.25] + np.sin(3 * x[:, 0]), 16)
    noisy = y + 0.7 * rng.normal(size=48)
    three, two = np.digitize(noisy, [-1, 1]), (noisy > 0).astype(int)
    x_test = dyadic(rng.normal(size=(10, 4)), 16)

    def results(make, labels):
        found = []
        for seed in range(5):
            model = make(seed).fit(x, labels)
            out = model.predict(x_test) if labels is y else model.predict_proba(x_test)
            found.append({"predicted": out, "importances": model.feature_importances_})
        for other in found[1:]:
            for key, value in other.items():
                assert np.allclose(value, found[0][key], atol=1e-12)
        return found[0]

    def of(kind, **options):
        return lambda seed: kind(random_state=seed, **options)

    stump = tree.DecisionTreeClassifier(max_depth=1)
    classifier, regressor = tree.DecisionTreeClassifier, tree.DecisionTreeRegressor
    boost, boost_regressor = ensemble.GradientBoostingClassifier, ensemble.GradientBoostingRegressor
    return {
        **{"x": x, "y": y, "three": three, "two": two, "xTest": x_test},
        "gini": results(of(classifier, max_depth=3, min_samples_leaf=3), three),
        "entropy": results(of(classifier, criterion="entropy", max_depth=3, min_samples_leaf=3), three),
        "regressor": results(of(regressor, max_depth=4), y),
        "regressorLeaf": results(of(regressor, min_samples_leaf=4, min_samples_split=10), y),
        "adaBoost": results(of(ensemble.AdaBoostClassifier, estimator=stump, n_estimators=12), three),
        "adaBoostTwo": results(of(ensemble.AdaBoostClassifier, estimator=stump, n_estimators=8, learning_rate=0.5), two),
        "gradientBoosting": results(of(boost, n_estimators=10, max_depth=2, min_samples_leaf=4), three),
        "gradientBoostingTwo": results(of(boost, n_estimators=10, max_depth=2, learning_rate=0.3), two),
        "gradientBoostingRegressor": results(of(boost_regressor, n_estimators=20, max_depth=2), y),
    }


def machines():
    x, y, x_test, _ = three_classes()
    two = np.where(y == "cat", "cat", "other")

    def results(labels, **options):
        model = svm.SVC(decision_function_shape="ovo", tol=1e-10, **options).fit(x, labels)
        return {
            "predicted": model.predict(x_test),
            "decision": model.decision_function(x_test),
            "support": np.sort(model.support_),
        }

    return {
        **{"x": x, "y": y, "xTest": x_test, "two": two},
        "linear": results(y, kernel="linear"),
        "rbf": results(y, C=5),
        "poly": results(y, kernel="poly", degree=2, coef0=1, gamma=0.5),
        "twoClasses": results(two, gamma=0.3, C=0.5),
    }


def machine_regressors():
    """Draws from a source of its own, so that the references after it stay as they are."""
    own = np.random.default_rng(8)
    x = dyadic(own.normal(size=(40, 2)))
    y = dyadic(np.sin(2 * x[:, 0]) + x[:, 1] / 2 + own.normal(size=40) / 5)
    x_test = dyadic(own.normal(size=(12, 2)))

    def results(**options):
        model = svm.SVR(tol=1e-10, **options).fit(x, y)
        return {"predicted": model.predict(x_test), "support": np.sort(model.support_)}

    return {
        **{"x": x, "y": y, "xTest": x_test},
        "linear": results(kernel="linear", epsilon=0.3),
        "rbf": results(C=5),
        "poly": results(kernel="poly", degree=2, coef0=1, gamma=0.5, epsilon=0.05),
        "exact": results(gamma=0.7, C=20, epsilon=0),
    }


def outliers():
    x = dyadic(np.concatenate([rng.normal(size=(40, 2)) @ [[2, 1], [0, 0.5]], [[6, -4], [-5, 5]]]))
    new = dyadic(rng.normal(size=(6, 2)) * 3)
    factor = neighbors.LocalOutlierFactor(10, contamination=0.1).fit(x)
    novelty = neighbors.LocalOutlierFactor(10, novelty=True).fit(x)
    covariance = EmpiricalCovariance().fit(x)
    return {
        **{"x": x, "new": new},
        "factors": -factor.negative_outlier_factor_,
        "outliers": np.flatnonzero(factor.fit_predict(x) < 0),
        "newFactors": -novelty.score_samples(new),
        "mahalanobis": np.sqrt(covariance.mahalanobis(new)),
        "isolation": -ensemble.IsolationForest(n_estimators=2000, random_state=0).fit(x).score_samples(new),
    }


def rules():
    goods = np.array(["beer", "bread", "cheese", "milk", "nappies"])
    held = rng.random((20, 5)) < [0.5, 0.7, 0.4, 0.6, 0.3]
    held[:, 4] |= held[:, 0] & (rng.random(20) < 0.8)
    sets = frequent_patterns.apriori(pd.DataFrame(held, columns=goods), min_support=0.2, use_colnames=True)
    found = frequent_patterns.association_rules(sets, metric="confidence", min_threshold=0.6)
    names = ["antecedents", "consequents", "support", "confidence", "lift"]
    return {
        "baskets": [goods[row] for row in held],
        "sets": [[sorted(items), support] for support, items in sets[["support", "itemsets"]].values],
        "rules": [[sorted(a), sorted(b), *rest] for a, b, *rest in found[names].values],
    }


def slow_bilateral(x, sigma, sigma_value, radius):
    """As Tomasi and Manduchi have it, pixel by pixel."""
    padded, out = np.pad(x, [(radius, radius), (radius, radius), (0, 0)], mode="symmetric"), np.empty_like(x)
    dy, dx = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    near = np.exp(-(dy**2 + dx**2) / (2 * sigma**2))
    for i, j in np.ndindex(x.shape[:2]):
        window = padded[i : i + 2 * radius + 1, j : j + 2 * radius + 1]
        weights = near * np.exp(-((window - x[i, j]) ** 2).sum(-1) / (2 * sigma_value**2))
        out[i, j] = (window * weights[..., None]).sum((0, 1)) / weights.sum()
    return out


def image():
    x, colour = dyadic(rng.random((9, 11))), dyadic(rng.random((5, 6, 3)))
    cross = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]])
    corner = np.array([[0, 1, 1], [0, 1, 0], [0, 0, 0]])
    kernel = np.arange(15).reshape(3, 5) - 4
    source = np.array([[1, 1], [9, 2], [8, 7], [2, 6], [5, 3]], float)
    target = np.array([[0, 0], [10, 0], [10, 8], [0, 8], [5.2, 2.1]], float)
    plane = transform.ProjectiveTransform.from_estimate(source, target)
    rows, columns = np.mgrid[:60, :80]
    disk = ((rows - 30) ** 2 + (columns - 28) ** 2 < 15**2) * 0.7
    scene = dyadic(disk + 0.5 * ((abs(rows - 25 - columns / 8) < 12) & (columns > 50)) + 0.002 * rows)
    gentle = {"sigma": 1.5, "low_threshold": 0.1, "high_threshold": 0.3, "mode": "reflect"}
    borders = {"reflect": "reflect", "mirror": "mirror", "nearest": "nearest", "wrap": "wrap", "constant": "constant"}
    return {
        **{"x": x, "colour": colour},
        "filter": {name: ndimage.correlate(x, kernel.astype(float), mode=mode) for name, mode in borders.items()},
        "box": ndimage.uniform_filter(x, 5),
        "gaussian": ndimage.gaussian_filter(x, 1.3),
        "gaussianColour": ndimage.gaussian_filter(colour, [0.8, 0.8, 0]),
        "median": ndimage.median_filter(x, 3),
        "bilateral": slow_bilateral(colour, 1.2, 0.3, 2),
        "sobelX": ndimage.sobel(x, 1),
        "sobelY": ndimage.sobel(x, 0),
        "laplacian": ndimage.laplace(x),
        "sharpen": filters.unsharp_mask(x, radius=1.5, amount=2, preserve_range=True),
        "grey": color.rgb2gray(colour),
        "equalize": exposure.equalize_hist(x, nbins=64),
        "histogram": exposure.histogram(x, nbins=16),
        "otsu": filters.threshold_otsu(x),
        "adaptiveMean": x > filters.threshold_local(x, 5, "mean", offset=0.05),
        "adaptiveGaussian": x > filters.threshold_local(x, 7, "gaussian"),
        "erode": ndimage.grey_erosion(x, 3),
        "dilate": ndimage.grey_dilation(x, footprint=corner),
        "open": ndimage.grey_opening(x, footprint=cross),
        "close": ndimage.grey_closing(x, footprint=corner),
        "gradient": ndimage.morphological_gradient(x, footprint=cross),
        "homography": {
            **{"from": source, "to": target, "matrix": plane.params},
            "warped": transform.warp(x, plane.inverse, output_shape=(8, 10), order=1, mode="constant", cval=0.5),
        },
        "scene": np.flatnonzero(feature.canny(scene, **gentle)),
    }


references = {"splits": splits(), "clustering": clustering(), "reduction": reduction()}
references |= {"classifiers": classifiers(), "regressors": regressors(), "trees": trees()}
references |= {"svm": machines(), "svmRegressor": machine_regressors(), "outliers": outliers(), "rules": rules(), "image": image()}
path = Path(__file__).with_name("classic.json")
path.write_text(json.dumps(plain(references), separators=(",", ":")) + "\n")
print(f"{path.name}: {path.stat().st_size} bytes")
