"""A search as it ends on German credit, made up but of true shape, for pages and pictures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from sela.design.designer import Effect
from sela.design.insight import STAGES, Configuration, Insight, Stage
from sela.evaluation.diagnostics import (
    CalibrationBin,
    Confusion,
    Diagnostics,
    Importance,
    Residuals,
    ThresholdCurve,
)
from sela.evaluation.estimate import FinalEstimate, Interval, Member
from sela.experiments.experiment import ControlResult, Experiment, Failure, Verdict
from sela.harness.profile import profile_frame
from sela.live.answers import Finding, NodeAnswer, RolloutAnswer, SearchAnswer
from sela.problem.task import Task
from sela.report.content import ReportContent

TASK = Task("binary", "class", "roc_auc", True, ("good", "bad"))

CODE: dict[str, str] = {
    "fe-ratio": '''"""Monthly burden: what the loan costs per month, and against age."""

import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin


class Ratios(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        return self

    def transform(self, X):
        X = X.copy()
        months = X["duration"].clip(lower=1)  # never divide by zero
        X["burden"] = X["credit_amount"] / months
        X["burden_by_age"] = X["burden"] / X["age"]
        return X


def build(profile):
    return Ratios()
''',
    "mt-hgb-slow": '''"""Gradient boosting with a small learning rate and strong regularisation."""

from sklearn.ensemble import HistGradientBoostingClassifier


def build(profile):
    return HistGradientBoostingClassifier(
        learning_rate=0.04,
        max_iter=400,
        max_leaf_nodes=15,
        l2_regularization=1.0,
        categorical_features="from_dtype",
        random_state=profile.seed,
    )
''',
    "me-bag": '''"""Average five fits on different seeds: less variance on a small table."""

from sklearn.ensemble import BaggingClassifier


def build(profile, estimator):
    return BaggingClassifier(estimator, n_estimators=5, random_state=profile.seed)
''',
}


def _insight(key: str, stage: Stage, text: str, origin: str = "playbook") -> Insight:
    return Insight(key, stage, text, origin, code=CODE.get(key, "def build(profile): ..."))


POOL = {
    i.id: i
    for i in (
        _insight(
            "dp-median",
            "data_preprocessing",
            "Impute numeric columns by their median and flag what was missing",
        ),
        _insight(
            "dp-rare", "data_preprocessing", "Group levels seen in fewer than 1 % of the rows"
        ),
        _insight(
            "dp-clip", "data_preprocessing", "Clip numeric columns at their 1st and 99th percentile"
        ),
        _insight(
            "fe-ratio",
            "feature_engineering",
            "Monthly burden: credit amount over duration, and over age",
            "claude-sonnet",
        ),
        _insight(
            "fe-target",
            "feature_engineering",
            "Encode categories by the cross-fitted mean of the target",
        ),
        _insight("fe-bins", "feature_engineering", "Bin age and duration into quantiles"),
        _insight(
            "fe-poly",
            "feature_engineering",
            "Pairwise products of the five most informative columns",
            "host",
        ),
        _insight(
            "mt-hgb-slow",
            "model_training",
            "Gradient boosting with a small learning rate and strong regularisation",
        ),
        _insight("mt-logit", "model_training", "Logistic regression on one-hot and scaled columns"),
        _insight("mt-forest", "model_training", "Extremely randomised trees with 500 estimators"),
        _insight("mt-lgbm", "model_training", "LightGBM with native categories"),
        _insight("me-bag", "model_evaluation", "Average five fits on different seeds"),
        _insight("me-calib", "model_evaluation", "Calibrate probabilities by isotonic regression"),
        _insight("me-blend", "model_evaluation", "Blend with a logistic regression"),
    )
}

PATHS: tuple[tuple[str | None, ...], ...] = (
    (None, None, None, None),
    (None, None, "mt-hgb-slow", None),
    (None, "fe-ratio", "mt-hgb-slow", None),
    ("dp-rare", None, "mt-logit", None),
    (None, "fe-target", "mt-hgb-slow", None),
    (None, "fe-ratio", "mt-logit", None),
    ("dp-median", "fe-bins", None, None),
    (None, "fe-ratio", "mt-forest", None),
    (None, "fe-poly", "mt-hgb-slow", None),
    ("dp-rare", "fe-ratio", "mt-hgb-slow", None),
    (None, "fe-ratio", "mt-hgb-slow", "me-calib"),
    (None, "fe-ratio", "mt-hgb-slow", "me-bag"),
    ("dp-clip", None, "mt-hgb-slow", None),
    ("dp-rare", "fe-ratio", "mt-hgb-slow", "me-bag"),
    (None, "fe-ratio", "mt-lgbm", None),
    (None, "fe-target", "mt-forest", "me-bag"),
    (None, "fe-ratio", "mt-hgb-slow", "me-blend"),
    ("dp-median", "fe-ratio", "mt-hgb-slow", "me-bag"),
    ("dp-clip", "fe-ratio", "mt-lgbm", "me-bag"),
    (None, "fe-bins", "mt-logit", "me-blend"),
)
SCORES = (
    0.7782, 0.7869, 0.7934, 0.7801, 0.7742, 0.7890, 0.7688, 0.7851, None, 0.7921,
    0.7925, 0.7987, 0.7838, 0.7969, 0.7893, 0.7571, 0.7944, 0.7958, 0.7903, None,
)  # fmt: skip


def rollouts() -> tuple[RolloutAnswer, ...]:
    return tuple(
        _rollout(n, path, score)
        for n, (path, score) in enumerate(zip(PATHS, SCORES, strict=True), 1)
    )


def _rollout(number: int, path: tuple[str | None, ...], score: float | None) -> RolloutAnswer:
    rng = np.random.default_rng(number)
    insights = tuple(POOL[key] for key in path if key)
    failure = (
        None
        if score
        else Failure(
            "timed_out" if number == 20 else "error",
            "model_training" if number == 20 else "feature_engineering",
            "The fold took longer than 60 s"
            if number == 20
            else "ValueError: Input X contains NaN, or <script>alert(1)</script>",
            "feature_engineering.py, line 14, in transform\n    return X.assign(**products)",
        )
    )
    folds = () if score is None else tuple(score + rng.normal(0, 0.02, 5))
    raced = number in (7, 16)
    verdict = Verdict.FAILED if score is None else Verdict.RACED_OUT if raced else Verdict.SCORED
    controls = (
        ()
        if number not in (2, 3, 12)
        else (
            ControlResult("permuted_labels", True, "0.507 on shuffled labels; chance is 0.500"),
            ControlResult("halved_batch", True, "predictions of half the rows differ by at most 0"),
        )
    )
    experiment = Experiment(
        Configuration((None, *path)),
        verdict,
        folds[:2] if raced else folds,
        score,
        failure,
        controls,
        compute_seconds=2.0 + rng.uniform(0, 6),
        fits=5,
        code={POOL[k].stage: POOL[k].code or "" for k in path if k},
    )
    plan = "Keep the columns as they are; add what a loan costs per month." if number == 12 else ""
    return RolloutAnswer(number, number * 3, insights, experiment, plan, is_best=number == 12)


def nodes() -> tuple[NodeAnswer, ...]:
    """The tree of PATHS, depth first."""
    found: list[NodeAnswer] = []
    best = (None, *PATHS[11])

    def grow(parent: int | None, prefix: tuple[str | None, ...], members: list[int]) -> None:
        here, key = len(found), prefix[-1] if prefix else None
        scores = [s for m in members if (s := SCORES[m]) is not None]
        found.append(
            NodeAnswer(
                id=here, parent=parent, depth=len(prefix),
                stage=STAGES[len(prefix) - 1] if prefix else None, insight_id=key,
                text=POOL[key].text if key else "", origin=POOL[key].origin if key else "",
                visits=len(members), mean_score=float(np.mean(scores)) if scores else None,
                best_score=max(scores, default=None), failures=len(members) - len(scores),
                is_on_best_path=prefix == best[: len(prefix)], has_code=bool(key),
            )
        )  # fmt: skip
        if len(prefix) == len(STAGES):
            return
        full = {m: (None, *PATHS[m]) for m in members}
        for choice in dict.fromkeys(path[len(prefix)] for path in full.values()):
            below = [m for m in members if full[m][len(prefix)] == choice]
            grow(here, (*prefix, choice), below)

    grow(None, (), list(range(len(PATHS))))
    return tuple(found)


FINDINGS = (
    Finding(
        "duplicates", (), "14 rows (1.4 %) are exact copies of other rows.",
        "Copies are kept in one fold, so that none is scored after it was fitted.",
        "Give `keep=*` to treat them as separate people.", "note",
    ),
    Finding(
        "target_proxy", ("repaid_in_full",),
        "`repaid_in_full` alone reaches a ROC AUC of 0.994; it is written after the loan ended.",
        "The column is left out of every pipeline.",
        "Give `keep=repaid_in_full` if it is known before the loan is granted.", "alarm",
    ),
    Finding(
        "drift", ("existing_credits",),
        "A model tells early from late rows with a ROC AUC of 0.61, mostly by `existing_credits`.",
        "Nothing; folds are random because the rows carry no date.",
        "Give `time=COLUMN` to fit on the past and score on the future.", "warning",
    ),
)  # fmt: skip


def search() -> SearchAnswer:
    return SearchAnswer(
        search_id="credit-7f", state="finished", task=TASK, dataset="/data/shared/credit-g.csv",
        designer="claude, then playbook", strategy="guided", sandbox_tier="A", rollouts_done=20,
        rollouts_budget=20, rollouts_running=0, failed_rollouts=2, baseline_score=SCORES[0],
        best_score=SCORES[11], best_rollout=12, compute_seconds=96.4,
        control_seconds=9.1, fits=152, fits_saved=48, wall_seconds=118.0, max_seconds=300.0,
        cost_usd=0.084, max_usd=1.0, findings=FINDINGS,
        folds=(
            "200 of 1,000 rows are sealed for the final test; the other 800 are dealt into 5 "
            "stratified folds, twice, that every pipeline shares (seed 0)."
        ),
        message="The budget of 20 rollouts is used up.", seed=0,
    )  # fmt: skip


def final(**changes: object) -> FinalEstimate:
    estimate = FinalEstimate(
        chosen="pipeline", members=(Member(12, 1.0),),
        choice_reason=(
            "Rollout 12 leads on fresh folds too; an ensemble of three was not better by more "
            "than one standard error, so the simpler one is kept."
        ),
        search_score=0.7987, reevaluated_score=0.7951, baseline_score=0.7782, test_score=0.7926,
        test_interval=Interval(0.741, 0.8389), baseline_test_score=0.7689, gain=0.0237,
        gain_interval=Interval(0.0048, 0.0431), optimism_gap=0.0061, is_real_gain=True,
        statement=(
            "The chosen pipeline ranks a bad loan above a good one 79 times in 100 on rows that "
            "nothing in the search had seen. That is better than the default baseline by 0.024, "
            "and the interval of the gain excludes zero."
        ),
        n_test=200, candidates=((12, 0.7987, 0.7951), (14, 0.7969, 0.7940), (18, 0.7958, 0.7911)),
        latency_ms_per_row=0.42,
    )  # fmt: skip
    return replace(estimate, **changes)  # type: ignore[arg-type]


def diagnostics() -> Diagnostics:
    rng = np.random.default_rng(0)
    columns = ("checking_status", "duration", "credit_amount", "credit_history", "savings_status",
               "purpose", "age", "employment", "property_magnitude", "other_parties",
               "installment_commitment", "personal_status", "housing", "own_telephone")  # fmt: skip
    drops = np.sort(rng.exponential(0.012, len(columns)))[::-1]
    drops[0], drops[-1] = 0.071, -0.0011
    cuts = np.linspace(0.05, 0.95, 40)
    rates = np.linspace(0, 1, 60)
    return Diagnostics(
        importance=tuple(
            Importance(c, float(d), 0.003) for c, d in zip(columns, drops, strict=True)
        ),
        confusion=Confusion(("good", "bad"), ((489, 71), (117, 123))),
        threshold=ThresholdCurve(
            "f1", tuple((float(c), float(0.62 - 1.3 * (c - 0.31) ** 2)) for c in cuts), 0.31
        ),
        roc=tuple((float(r), float(r**0.32)) for r in rates),
        precision_recall=tuple((float(r), float(0.92 - 0.6 * r**1.7)) for r in rates),
        calibration=tuple(
            CalibrationBin(p, float(np.clip(p + rng.normal(0, 0.04), 0, 1)), n)
            for p, n in zip((0.06, 0.14, 0.25, 0.35, 0.46, 0.55, 0.66, 0.74, 0.83),
                            (140, 160, 130, 110, 90, 70, 50, 32, 18), strict=True)
        ),
        effects=EFFECTS,
        n_rows=800,
    )  # fmt: skip


def residual_diagnostics() -> Diagnostics:
    rng = np.random.default_rng(1)
    actual = rng.choice([4, 5, 6, 7, 8], 400, p=[0.05, 0.3, 0.43, 0.18, 0.04]).astype(float)
    predicted = 5.9 + 0.55 * (actual - 5.9) + rng.normal(0, 0.4, 400)
    errors = actual - predicted
    return Diagnostics(
        importance=diagnostics().importance[:8],
        residuals=Residuals(
            tuple(zip(map(float, predicted), map(float, actual), strict=True)),
            tuple((q, float(np.quantile(errors, q))) for q in (0.05, 0.25, 0.5, 0.75, 0.95)),
        ),
        n_rows=400,
    )


EFFECTS = (
    Effect("fe-ratio", 0.0068, 11), Effect("me-bag", 0.0049, 4), Effect("mt-hgb-slow", 0.0091, 10),
    Effect("mt-logit", -0.0012, 2), Effect("dp-rare", -0.0009, 3), Effect("fe-target", -0.0127, 2),
    Effect("mt-forest", -0.0066, 2), Effect("me-calib", -0.0009, 1), Effect("fe-bins", -0.0094, 1),
)  # fmt: skip


def finished_content() -> ReportContent:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "duration": rng.integers(4, 72, 800),
            "credit_amount": rng.lognormal(8, 1, 800),
            "age": rng.integers(19, 75, 800),
            "purpose": rng.choice(["car", "tv", "school"], 800),
            "savings_status": np.where(rng.random(800) < 0.1, None, "low"),
            "foreign_worker": rng.random(800) < 0.9,
        }
    )
    return ReportContent(
        search=search(), task=TASK,
        profile=profile_frame(frame, rng.integers(0, 2, 800), kind="binary", metric="roc_auc"),
        rollouts=rollouts(), nodes=nodes(), final=final(), diagnostics=diagnostics(),
        effects=EFFECTS, insights=tuple(POOL.values()),
        code=tuple((POOL[k].stage, POOL[k].code or "") for k in PATHS[11] if k),
        versions={"python": "3.11.9", "scikit-learn": "1.9.1", "pandas": "3.1.1", "numpy": "2.4.6"},
        description="Which applicants will not pay their loan back?",
        created="2026-07-01 14:05 UTC",
    )  # fmt: skip
