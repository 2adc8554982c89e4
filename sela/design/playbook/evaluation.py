"""Model evaluation: cut-offs, calibration, target transforms, committees."""

from __future__ import annotations

from sela.design.playbook.blocks import scaled
from sela.design.playbook.play import Play
from sela.harness.profile import Profile

CUT_OFF = '''\
"""The cut-off that suits the metric on rows that each model did not see; the models average."""
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.model_selection import StratifiedKFold


def curve(metric, y, order):
    """The metric for every cut: the first row of the order is positive, the first two, …."""
    tp, fp = np.cumsum(y[order]), np.cumsum(1 - y[order])
    fn, tn = tp[-1] - tp, fp[-1] - fp
    if metric == "f1":
        return 2 * tp / (2 * tp + fp + fn)
    if metric == "mcc":
        spread = np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn), dtype=float)
        return (tp * tn - fp * fn) / np.maximum(spread, 1)
    return tp / (tp + fn) / 2 + tn / (tn + fp) / 2


class CutOff(ClassifierMixin, BaseEstimator):
    def __init__(self, model, metric, folds, seed):
        self.model = model
        self.metric = metric
        self.folds = folds
        self.seed = seed

    def fit(self, X, y):
        self.classes_ = np.array([0, 1])
        self.models_ = []
        seen = np.zeros(len(y))
        folds = StratifiedKFold(self.folds, shuffle=True, random_state=self.seed)
        for rows, held in folds.split(X, y):
            self.models_.append(clone(self.model).fit(X.iloc[rows], y[rows]))
            seen[held] = self._positive(self.models_[-1], X.iloc[held])
        order = np.argsort(-seen)
        window = np.ones(max(1, len(y) // 60))
        smooth = np.convolve(curve(self.metric, y, order), window, "same")
        smooth /= np.convolve(np.ones(len(y)), window, "same")
        best = int(np.argmax(smooth[:-1]))
        self.cut_ = (seen[order[best]] + seen[order[best + 1]]) / 2
        return self

    def _positive(self, model, X):
        said = model.predict_proba(X)
        return said[:, 1] if said.shape[1] == 2 else np.full(len(X), float(model.classes_[0]))

    def predict_proba(self, X):
        said = np.mean([self._positive(model, X) for model in self.models_], axis=0)
        return np.column_stack([1 - said, said])

    def predict(self, X):
        return (self.predict_proba(X)[:, 1] >= self.cut_).astype(int)


def build(profile, estimator):
    rare = int(profile.minority_share * profile.n_rows)
    folds = max(2, min(rare, 4 if profile.n_rows < 1000 else 3))
    return CutOff(estimator, profile.metric, folds, profile.seed)
'''

CLASS_WEIGHTS = '''\
"""Each class's probability times a factor that suits the metric."""
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.metrics import balanced_accuracy_score, f1_score, matthews_corrcoef
from sklearn.model_selection import KFold

SCORES = {
    "f1_macro": lambda y, said: f1_score(y, said, average="macro"),
    "f1_weighted": lambda y, said: f1_score(y, said, average="weighted"),
    "mcc": matthews_corrcoef,
    "balanced_accuracy": balanced_accuracy_score,
}


class Weighted(ClassifierMixin, BaseEstimator):
    def __init__(self, model, metric, seed):
        self.model = model
        self.metric = metric
        self.seed = seed

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        folds = KFold(3, shuffle=True, random_state=self.seed)
        seen = self._inner(X, y, folds)
        score = SCORES[self.metric]
        self.factors_ = np.ones(len(self.classes_))
        best = score(y, self.classes_[seen.argmax(axis=1)])
        for factor in (2.0, 0.5, 1.4, 0.7, 1.15, 0.87):
            for code in range(len(self.classes_)):
                tried = self.factors_.copy()
                tried[code] *= factor
                now = score(y, self.classes_[(seen * tried).argmax(axis=1)])
                if now > best + 0.5 / len(y):
                    best, self.factors_ = now, tried
        self.model_ = clone(self.model).fit(X, y)
        return self

    def _inner(self, X, y, folds):
        """Probabilities of rows that the model did not see, in the order of the classes."""
        seen = np.zeros((len(y), len(self.classes_)))
        for rows, held in folds.split(X):
            model = clone(self.model).fit(X.iloc[rows], y[rows])
            places = np.searchsorted(self.classes_, model.classes_)
            seen[np.ix_(held, places)] = model.predict_proba(X.iloc[held])
        return seen

    def predict_proba(self, X):
        return self.model_.predict_proba(X)

    def predict(self, X):
        return self.classes_[(self.predict_proba(X) * self.factors_).argmax(axis=1)]


def build(profile, estimator):
    return Weighted(estimator, profile.metric, profile.seed)
'''

CALIBRATED = '''\
"""Probabilities corrected by a sigmoid that is fitted on inner folds."""
from sklearn.calibration import CalibratedClassifierCV


def build(profile, estimator):
    folds = 3 if profile.minority_share * profile.n_rows >= 6 else 2
    return CalibratedClassifierCV(estimator, method="sigmoid", cv=folds, ensemble=True)
'''

ISOTONIC = '''\
"""Probabilities corrected by a rising step function that is fitted on inner folds."""
from sklearn.calibration import CalibratedClassifierCV


def build(profile, estimator):
    return CalibratedClassifierCV(estimator, method="isotonic", cv=4, ensemble=True)
'''

LOG_TARGET = '''\
"""The model learns the logarithm of the target."""
import numpy as np
from sklearn.compose import TransformedTargetRegressor


def build(profile, estimator):
    return TransformedTargetRegressor(
        estimator, func=np.log1p, inverse_func=np.expm1, check_inverse=False
    )
'''

ROOT_TARGET = '''\
"""The model learns the square root of the target: half way to the logarithm."""
import numpy as np
from sklearn.compose import TransformedTargetRegressor


def squared(values):
    return np.square(np.maximum(values, 0))


def build(profile, estimator):
    return TransformedTargetRegressor(
        estimator, func=np.sqrt, inverse_func=squared, check_inverse=False
    )
'''

NORMAL_TARGET = '''\
"""The model learns the target in the shape of a bell curve."""
from sklearn.compose import TransformedTargetRegressor
from sklearn.preprocessing import PowerTransformer


def build(profile, estimator):
    return TransformedTargetRegressor(estimator, transformer=PowerTransformer())
'''

COMMITTEE = '''\
"""A committee: the model on five random parts of the rows, averaged."""
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone

MEMBERS = 5


class Committee(BaseEstimator):
    def __init__(self, model, seed):
        self.model = model
        self.seed = seed

    def fit(self, X, y):
        rng = np.random.default_rng(self.seed)
        self.classes_ = np.unique(y)
        self.members_ = []
        for _ in range(MEMBERS):
            rows = rng.permutation(len(y))[: int(0.85 * len(y))]
            self.members_.append(clone(self.model).fit(X.iloc[rows], y[rows]))
        return self


class Classifiers(ClassifierMixin, Committee):
    def predict_proba(self, X):
        total = np.zeros((len(X), len(self.classes_)))
        for member in self.members_:
            places = np.searchsorted(self.classes_, member.classes_)
            total[:, places] += member.predict_proba(X)
        return total / MEMBERS

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class Regressors(RegressorMixin, Committee):
    def predict(self, X):
        return np.mean([member.predict(X) for member in self.members_], axis=0)


def build(profile, estimator):
    Members = Classifiers if profile.is_classification else Regressors
    return Members(estimator, profile.seed)
'''

CLIPPED = '''\
"""Predictions kept within what the target was ever seen to be."""
import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin, clone


class Clipped(RegressorMixin, BaseEstimator):
    def __init__(self, model):
        self.model = model

    def fit(self, X, y):
        self.low_, self.high_ = np.min(y), np.max(y)
        self.model_ = clone(self.model).fit(X, y)
        return self

    def predict(self, X):
        return np.clip(self.model_.predict(X), self.low_, self.high_)


def build(profile, estimator):
    return Clipped(estimator)
'''

AFTER_LINE = (
    '''\
"""A straight line first; the model learns what the line leaves over."""
import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import cross_val_predict
'''
    + scaled("PowerTransformer")
    + """

class AfterLine(RegressorMixin, BaseEstimator):
    def __init__(self, model):
        self.model = model

    def fit(self, X, y):
        line = make_pipeline(encoded(PowerTransformer()), RidgeCV(alphas=np.logspace(-1, 4, 8)))
        self.low_, self.high_ = y.min(), y.max()
        rest = y - cross_val_predict(line, X, y, cv=5).clip(self.low_, self.high_)
        self.line_ = line.fit(X, y)
        self.model_ = clone(self.model).fit(X, rest)
        return self

    def predict(self, X):
        line = self.line_.predict(X).clip(self.low_, self.high_)
        return line + self.model_.predict(X)


def build(profile, estimator):
    return AfterLine(estimator)
"""
)

ORDERED_CLASSES = '''\
"""Cuts through the expected class, moved until quadratic agreement is best."""
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.metrics import cohen_kappa_score
from sklearn.model_selection import KFold


class Ordered(ClassifierMixin, BaseEstimator):
    def __init__(self, model, seed):
        self.model = model
        self.seed = seed

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        expected = np.zeros(len(y))
        for rows, held in KFold(3, shuffle=True, random_state=self.seed).split(X):
            model = clone(self.model).fit(X.iloc[rows], y[rows])
            expected[held] = self._expect(model, X.iloc[held])
        self.cuts_ = self.classes_[:-1] + 0.5
        for step in (0.25, 0.1, 0.05):
            for place in np.tile(np.arange(len(self.cuts_)), 2):
                tried = [self.cuts_.copy() for _ in range(3)]
                for cuts, change in zip(tried, (0.0, step, -step), strict=True):
                    cuts[place] += change
                self.cuts_ = np.sort(max(tried, key=lambda cuts: self._score(y, expected, cuts)))
        self.model_ = clone(self.model).fit(X, y)
        return self

    def _score(self, y, expected, cuts):
        said = self.classes_[np.digitize(expected, np.sort(cuts))]
        return cohen_kappa_score(y, said, weights="quadratic")

    def _expect(self, model, X):
        return model.predict_proba(X) @ model.classes_

    def predict_proba(self, X):
        return self.model_.predict_proba(X)

    def predict(self, X):
        return self.classes_[np.digitize(self._expect(self.model_, X), self.cuts_)]


def build(profile, estimator):
    return Ordered(estimator, profile.seed)
'''

CUT_OFF_METRICS = ("f1", "balanced_accuracy", "mcc")


def _cut_off(p: Profile) -> float:
    if p.kind != "binary":
        return 0.0
    if p.metric in CUT_OFF_METRICS:
        return 1.0 if p.minority_share < 0.45 or p.metric == "f1" else 0.6
    return 0.0


def _class_weights(p: Profile) -> float:
    if p.kind != "multiclass" or p.minority_share * p.n_rows < 3:
        return 0.0
    return {"f1_macro": 0.85, "balanced_accuracy": 0.9, "mcc": 0.6, "f1_weighted": 0.49}.get(
        p.metric, 0.0
    )


def _log_target(p: Profile) -> float:
    if p.is_classification or p.target_minimum <= -1:
        return 0.0
    if p.metric == "rmsle":
        return 1.0
    return 0.68 if p.target_skew > 0.75 and p.target_minimum >= 0 else 0.0


EVALUATION = (
    Play(
        id="me-cut-off",
        stage="model_evaluation",
        text=lambda p: f"Tune the cut-off between the two classes for {p.metric} on inner folds.",
        when=_cut_off,
        code=CUT_OFF,
        cost="m",
        rationale="At 0.5 a model of a rare class says yes too seldom; the best cut-off is lower.",
    ),
    Play(
        id="me-class-weights",
        stage="model_evaluation",
        text=lambda p: (
            f"Weigh the classes' probabilities so that {p.metric} is best on inner folds."
        ),
        when=_class_weights,
        code=CLASS_WEIGHTS,
        cost="m",
    ),
    Play(
        id="me-ordered-classes",
        stage="model_evaluation",
        text="Cut the expected class where quadratic agreement is best on inner folds.",
        when=lambda p: 0.9 if p.kind == "multiclass" and p.metric == "qwk" else 0.0,
        code=ORDERED_CLASSES,
        cost="m",
    ),
    Play(
        id="me-sigmoid",
        stage="model_evaluation",
        text="Correct the probabilities by a sigmoid fitted on inner folds.",
        when=lambda p: 0.7 if p.metric == "log_loss" and p.minority_share * p.n_rows >= 6 else 0.0,
        code=CALIBRATED,
        cost="m",
    ),
    Play(
        id="me-isotonic",
        stage="model_evaluation",
        text="Correct the probabilities by a rising step function: there are rows enough for it.",
        when=lambda p: (
            0.6
            if p.metric in ("log_loss", "roc_auc", "average_precision")
            and p.n_rows >= 4000
            and p.minority_share * p.n_rows >= 200
            else 0.0
        ),
        code=ISOTONIC,
        cost="m",
    ),
    Play(
        id="me-log-target",
        stage="model_evaluation",
        text=lambda p: (
            f"Learn the logarithm of the target, whose tail is long ({p.target_skew:.1f})."
        ),
        when=_log_target,
        code=LOG_TARGET,
        rationale="Errors of a share of the value then count alike, and no few rows rule the fit.",
    ),
    Play(
        id="me-root-target",
        stage="model_evaluation",
        text="Learn the square root of the target, half way to its logarithm.",
        when=lambda p: (
            0.6
            if not p.is_classification and p.target_minimum >= 0 and p.target_skew > 0.5
            else 0.0
        ),
        code=ROOT_TARGET,
    ),
    Play(
        id="me-normal-target",
        stage="model_evaluation",
        text="Learn the target in the shape of a bell curve (Yeo-Johnson).",
        when=lambda p: 0.56 if not p.is_classification and abs(p.target_skew) > 0.5 else 0.0,
        code=NORMAL_TARGET,
    ),
    Play(
        id="me-clip",
        stage="model_evaluation",
        text="Keep predictions within the range of the target.",
        when=lambda p: 0.0 if p.is_classification else 0.5,
        code=CLIPPED,
    ),
    Play(
        id="me-after-line",
        stage="model_evaluation",
        text="Fit a ridge regression first and let the model learn what it leaves over.",
        when=lambda p: 0.52 if not p.is_classification and len(p.numeric) >= 2 else 0.0,
        code=AFTER_LINE,
        cost="m",
        rationale="The line carries on beyond the data's range, where trees stay flat.",
    ),
    Play(
        id="me-committee",
        stage="model_evaluation",
        text="Average the model over five random parts of the rows.",
        when=lambda p: 0.53 if p.n_rows < 3000 else 0.5,
        code=COMMITTEE,
        cost="m",
        rationale="The average varies less than its members, most of all on few rows.",
    ),
)
