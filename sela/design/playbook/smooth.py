"""Model training with smooth models: linear ones, kernels, neighbours, a small network."""

from __future__ import annotations

from sela.design.playbook.blocks import scaled
from sela.design.playbook.play import Play
from sela.harness.profile import Profile

LINEAR = (
    '''\
"""A linear model on bell-shaped numbers and one-hot categories."""
import numpy as np
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.model_selection import GridSearchCV
'''
    + scaled("PowerTransformer")
    + """

def build(profile):
    if not profile.is_classification:
        return make_pipeline(encoded(PowerTransformer()), RidgeCV(alphas=np.logspace(-2, 4, 13)))
    if profile.n_rows * profile.n_columns > 200_000 or profile.minority_share * profile.n_rows < 6:
        model = LogisticRegression(C=0.3, max_iter=300)
    else:
        model = GridSearchCV(
            LogisticRegression(max_iter=300),
            {"C": [0.01, 0.1, 1.0, 10.0]},
            scoring="neg_log_loss",
            cv=3,
        )
    return make_pipeline(encoded(PowerTransformer()), model)
"""
)

ELASTIC = (
    '''\
"""Elastic net: many columns get no weight at all."""
from sklearn.linear_model import ElasticNetCV
'''
    + scaled("PowerTransformer")
    + """

def build(profile):
    model = ElasticNetCV(
        l1_ratio=[0.2, 0.7, 1.0], alphas=40, cv=4, max_iter=3000, random_state=profile.seed
    )
    return make_pipeline(encoded(PowerTransformer()), model)
"""
)

SPLINES = (
    '''\
"""An additive model: a smooth curve for every number, a weight for every category."""
import numpy as np
from sklearn.linear_model import LogisticRegression, RidgeCV
'''
    + scaled("QuantileTransformer", "SplineTransformer")
    + """

def build(profile):
    to_normal = QuantileTransformer(
        n_quantiles=min(200, profile.n_rows), output_distribution="uniform", subsample=20000
    )
    curves = make_pipeline(to_normal, SplineTransformer(n_knots=6, extrapolation="linear"))
    if profile.is_classification:
        return make_pipeline(encoded(curves), LogisticRegression(C=0.5, max_iter=300))
    return make_pipeline(encoded(curves), RidgeCV(alphas=np.logspace(-3, 3, 10)))
"""
)

SVM = (
    '''\
"""A support vector machine with a Gaussian kernel; width and cost chosen by inner folds."""
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC, SVR
'''
    + scaled("PowerTransformer", "StandardScaler")
    + """

def build(profile):
    is_small = profile.n_rows <= 1500 and profile.minority_share != 0
    if profile.is_classification:
        inputs = encoded(StandardScaler())
        machine = CalibratedClassifierCV(SVC(C=5.0), cv=3, ensemble=False)
        grid = {"estimator__C": [1.0, 5.0, 25.0]}
        loss = "neg_log_loss"
        is_small = is_small and profile.minority_share * profile.n_rows >= 20
    else:
        inputs = encoded(PowerTransformer())
        machine = TransformedTargetRegressor(SVR(C=5.0, epsilon=0.05), transformer=StandardScaler())
        width = 1.0 / profile.n_columns
        grid = {
            "regressor__C": [1.0, 5.0, 25.0],
            "regressor__gamma": [width / 8, width / 2],
        }
        loss = "neg_root_mean_squared_error"
    if is_small:
        machine = GridSearchCV(machine, grid, scoring=loss, cv=3)
    return make_pipeline(inputs, machine)
"""
)

NEIGHBOURS = (
    '''\
"""Nearest neighbours, the near ones counting more; their number chosen by inner folds."""
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
'''
    + scaled("QuantileTransformer")
    + """

def build(profile):
    n = profile.n_rows
    to_normal = QuantileTransformer(
        n_quantiles=min(500, n), output_distribution="normal", subsample=20000
    )
    settings = {"weights": "distance", "n_jobs": profile.threads}
    if profile.is_classification:
        model = KNeighborsClassifier(**settings)
    else:
        model = KNeighborsRegressor(**settings)
    counts = [k for k in (3, 7, 15, 31) if k < n / 3] or [1]
    return make_pipeline(encoded(to_normal), GridSearchCV(model, {"n_neighbors": counts}, cv=3))
"""
)

GAUSSIAN_PROCESS = (
    '''\
"""A Gaussian process: for few rows of a smooth target, with its noise learnt."""
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel
'''
    + scaled("PowerTransformer")
    + """

def build(profile):
    kernel = ConstantKernel(1.0) * Matern(length_scale=3.0, nu=1.5) + WhiteKernel(0.1)
    process = GaussianProcessRegressor(kernel, normalize_y=True, random_state=profile.seed)
    return make_pipeline(encoded(PowerTransformer()), process)
"""
)

NETWORK = (
    '''\
"""A small neural network, averaged over three starts, on bell-shaped inputs."""
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import VotingClassifier, VotingRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
'''
    + scaled("QuantileTransformer", "StandardScaler")
    + """

def build(profile):
    to_normal = QuantileTransformer(
        n_quantiles=min(500, profile.n_rows), output_distribution="normal", subsample=20000
    )
    settings = {
        "hidden_layer_sizes": (64, 32),
        "alpha": 0.01,
        "learning_rate_init": 0.003,
        "batch_size": 64 if profile.n_rows < 3000 else 256,
        "max_iter": 60 if profile.n_rows < 3000 else 30,
    }
    Net = MLPClassifier if profile.is_classification else MLPRegressor
    nets = [(f"net{i}", Net(random_state=profile.seed + i, **settings)) for i in range(3)]
    if profile.is_classification:
        return make_pipeline(encoded(to_normal), VotingClassifier(nets, voting="soft"))
    nets = TransformedTargetRegressor(VotingRegressor(nets), transformer=StandardScaler())
    return make_pipeline(encoded(to_normal), nets)
"""
)

DISCRIMINANT = (
    '''\
"""Linear discriminants with a shrunken covariance: for many columns and several classes."""
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
'''
    + scaled("PowerTransformer")
    + """

def build(profile):
    model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
    return make_pipeline(encoded(PowerTransformer()), model)
"""
)


def _is_signal(p: Profile) -> bool:
    """Many numbers of one kind, such as pixels or readings: smooth models are at their best."""
    return p.kind == "multiclass" and len(p.numeric) >= max(50, int(0.95 * p.n_columns))


def _linear(p: Profile) -> float:
    if _is_signal(p):
        return 0.68
    if p.n_rows > 4000:
        return 0.5
    return 0.64 if p.is_classification else 0.56


def _svm(p: Profile) -> float:
    if p.n_rows > 5000 or p.n_rows * max(p.n_classes, 1) > 60000:
        return 0.0
    if _is_signal(p):
        return 0.76
    return 0.64 if len(p.numeric) >= 0.9 * p.n_columns and p.kind != "binary" else 0.58


SMOOTH = (
    Play(
        id="mt-linear",
        stage="model_training",
        text=lambda p: (
            f"Fit a {'logistic' if p.is_classification else 'ridge'} regression on "
            "power-transformed numbers and one-hot categories."
        ),
        when=_linear,
        code=LINEAR,
        rationale="On a few hundred rows a linear model often beats trees, and blends well.",
    ),
    Play(
        id="mt-elastic-net",
        stage="model_training",
        text="Let an elastic net drop the columns that carry nothing.",
        when=lambda p: 0.5 if not p.is_classification and p.n_rows < 5000 else 0.0,
        code=ELASTIC,
    ),
    Play(
        id="mt-splines",
        stage="model_training",
        text="Fit an additive model with a smooth curve for every number.",
        when=lambda p: (
            0.0 if len(p.numeric) < 2 or p.n_columns > 100 else 0.58 if p.n_rows < 8000 else 0.5
        ),
        code=SPLINES,
    ),
    Play(
        id="mt-svm",
        stage="model_training",
        text="Use a support vector machine with a Gaussian kernel on scaled numbers.",
        when=_svm,
        code=SVM,
        cost="m",
        rationale="On small tables of numbers often the best single model.",
    ),
    Play(
        id="mt-neighbours",
        stage="model_training",
        text="Predict from the nearest neighbours on rank-normal numbers.",
        when=lambda p: 0.5 if p.n_rows <= 20000 and p.n_columns <= 60 else 0.0,
        code=NEIGHBOURS,
        cost="m",
    ),
    Play(
        id="mt-gaussian-process",
        stage="model_training",
        text="Model a smooth target with a Gaussian process, its noise learnt from the data.",
        when=lambda p: 0.65 if not p.is_classification and p.n_rows <= 900 else 0.0,
        code=GAUSSIAN_PROCESS,
        cost="m",
    ),
    Play(
        id="mt-network",
        stage="model_training",
        text="Average three small neural networks on rank-normal inputs.",
        when=lambda p: 0.0 if p.n_rows < 400 else 0.62 if _is_signal(p) else 0.53,
        code=NETWORK,
        cost="l",
    ),
    Play(
        id="mt-discriminant",
        stage="model_training",
        text="Separate the classes by linear discriminants with a shrunken covariance.",
        when=lambda p: (
            0.72
            if _is_signal(p)
            else 0.5
            if p.kind == "multiclass" and len(p.numeric) >= 15
            else 0.0
        ),
        code=DISCRIMINANT,
    ),
)
