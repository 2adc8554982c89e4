"""Model training with several families at once."""

from __future__ import annotations

from sela.design.playbook.play import Play

VOTE = '''\
"""Three families vote: slow boosting, extra trees, and a smooth model on scaled inputs."""
import lightgbm as lgb
from sklearn.compose import TransformedTargetRegressor, make_column_selector
from sklearn.compose import make_column_transformer
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
from sklearn.ensemble import VotingClassifier, VotingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, PowerTransformer, StandardScaler
from sklearn.svm import SVR


def encoded(scaler):
    """Numbers imputed and scaled, categories one-hot with the rare ones merged."""
    numbers = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), scaler)
    levels = OneHotEncoder(
        handle_unknown="infrequent_if_exist", min_frequency=5, sparse_output=False
    )
    return make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (levels, make_column_selector(dtype_exclude="number")),
    )


def build(profile):
    n, seed, threads = profile.n_rows, profile.seed, profile.threads
    is_large = n * max(profile.n_classes - 1, 1) > 5000
    boosting = {
        "n_estimators": 200 if is_large else 500,
        "learning_rate": 0.06 if is_large else 0.025,
        "num_leaves": 8 if n < 1500 else 24,
        "min_child_samples": 5 if n < 1500 else 15,
        "colsample_bytree": 0.4,
        "subsample": 0.8,
        "subsample_freq": 1,
        "reg_lambda": 3.0,
        "random_state": seed,
        "n_jobs": threads,
        "force_col_wise": True,
        "verbosity": -1,
    }
    trees = {"n_estimators": 200, "min_samples_leaf": 2, "random_state": seed, "n_jobs": threads}
    if profile.is_classification:
        smooth = LogisticRegression(C=0.2, max_iter=300)
        votes = [
            ("boosting", lgb.LGBMClassifier(**boosting)),
            ("trees", make_pipeline(encoded("passthrough"), ExtraTreesClassifier(**trees))),
            ("smooth", make_pipeline(encoded(PowerTransformer()), smooth)),
        ]
        return VotingClassifier(votes, voting="soft", weights=[2, 1.5, 1])
    smooth = TransformedTargetRegressor(SVR(C=5.0, epsilon=0.05), transformer=StandardScaler())
    votes = [
        ("boosting", lgb.LGBMRegressor(**boosting)),
        ("trees", make_pipeline(encoded("passthrough"), ExtraTreesRegressor(**trees))),
        ("smooth", make_pipeline(encoded(PowerTransformer()), smooth)),
    ]
    return VotingRegressor(votes, weights=[2, 1, 1])
'''

VOTES = (
    Play(
        id="mt-vote",
        stage="model_training",
        text="Let slow boosting, extra trees and a smooth model vote.",
        when=lambda p: (
            0.88 if p.n_rows * max(p.n_classes - 1, 1) <= 6000 else 0.7 if p.n_rows <= 5000 else 0.0
        ),
        code=VOTE,
        cost="m",
        rationale="Families that err in different places are better together than the best alone.",
    ),
)
