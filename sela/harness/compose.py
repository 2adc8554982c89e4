"""From stage sources to one estimator: everything is fitted on the rows that `fit` gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from sela.harness.defaults import DEFAULTS
from sela.harness.frames import FrameStep, Intake, ModelIntake, as_frame
from sela.harness.labels import Arrays, LabelledModel
from sela.harness.modules import ContractError, StageError, blame, load_stage, stage_of
from sela.harness.profile import Profile, profile_frame

BEYOND = 0.5
"""Of the target's range."""
TRANSFORMER_STAGES = ("data_preprocessing", "feature_engineering")
MAX_LEVELS = 200


@dataclass(frozen=True)
class Rows:
    """Training rows between two stages."""

    frame: pd.DataFrame
    target: NDArray[Any]


class StagedPipeline(LabelledModel, BaseEstimator):
    """The four stages as one scikit-learn estimator.

    `sources` maps a stage to its module's text; a stage that is absent is left as it is. `classes`
    are the labels in code order, empty for a regression. Each stage is built from the profile of
    the frame that comes into it, so fitting runs stage by stage. Raises StageError.
    """

    def __init__(
        self,
        sources: Mapping[str, str],
        kind: Literal["binary", "multiclass", "regression"],
        metric: str,
        classes: Sequence[Any] = (),
        seed: int = 0,
        threads: int = 1,
    ) -> None:
        self.sources = sources
        self.kind: Literal["binary", "multiclass", "regression"] = kind
        self.metric = metric
        self.classes = classes
        self.seed = seed
        self.threads = threads

    def fit(
        self, X: pd.DataFrame, y: Any, on_stage: Callable[[str], None] | None = None
    ) -> StagedPipeline:
        """Fit on (n, p) rows and their (n,) labels or values.

        `on_stage` is called with the name of each stage that has code, before it runs.
        """
        tell = on_stage or _ignore
        self.intake_ = Intake().fit(X)
        rows = Rows(self.intake_.transform(X), self._encode(y))
        if self.kind == "regression":
            self.bounds_ = _bounds(rows.target)
        self.steps_: list[tuple[str, Any]] = []
        for stage in TRANSFORMER_STAGES:
            if stage in self.sources or stage == "data_preprocessing":
                if stage in self.sources:
                    tell(stage)
                with blame(stage):
                    rows = self._encode_leftovers(self._fit_transformer(stage, rows))
        rows = self._name_safely(rows)
        self._fit_model(rows, tell)
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """The frame as the model gets it."""
        frame = self.intake_.transform(X)
        for name, step in self.steps_:
            with blame(name):
                frame = step.transform(frame)
        return frame

    def outputs(self, X: pd.DataFrame) -> Arrays:
        frame = self.transform(X)
        with blame("model_evaluation" if "model_evaluation" in self.sources else "model_training"):
            return self._ask_model(frame)

    def _encode(self, y: Any) -> NDArray[Any]:
        if self.kind == "regression":
            return np.asarray(y, dtype=float)
        codes = {label: code for code, label in enumerate(self.classes)}
        return np.array([codes[label] for label in np.asarray(y).tolist()], dtype=np.int64)

    def _profile(self, rows: Rows) -> Profile:
        return profile_frame(
            rows.frame,
            rows.target,
            kind=self.kind,
            metric=self.metric,
            seed=self.seed,
            threads=self.threads,
        )

    def _build(self, stage: str, *arguments: Any) -> Any:
        module = load_stage(stage, self.sources.get(stage, DEFAULTS[stage]))
        if not callable(getattr(module, "build", None)):
            raise ContractError("the module defines no build(profile)")
        return module.build(*arguments)

    def _fit_transformer(self, stage: str, rows: Rows) -> Rows:
        inner = self._build(stage, self._profile(rows))
        if stage == "data_preprocessing" and callable(getattr(inner, "fit_resample", None)):
            rows = self._resample(inner, rows)
        if not callable(getattr(inner, "transform", None)):
            if not hasattr(inner, "fit_resample"):
                raise ContractError(f"build gave {type(inner).__name__}, which has no transform")
            return rows
        step = FrameStep(inner)
        frame = step.fit_transform(rows.frame, rows.target)
        self.steps_.append((stage, step))
        return Rows(frame, rows.target)

    def _resample(self, sampler: Any, rows: Rows) -> Rows:
        frame, target = sampler.fit_resample(rows.frame.copy(), rows.target.copy())
        rows = Rows(as_frame(frame), np.asarray(target).astype(rows.target.dtype))
        if len(rows.frame) != len(rows.target) or not len(rows.frame):
            raise ContractError(
                f"fit_resample gave {len(rows.frame)} rows and {len(rows.target)} targets"
            )
        return rows

    def _encode_leftovers(self, rows: Rows) -> Rows:
        """What a stage leaves as text or dates is encoded, so that any stage can follow."""
        if all(_is_encoded(column) for _, column in rows.frame.items()):
            return rows
        module = load_stage("data_preprocessing", DEFAULTS["data_preprocessing"])
        step = FrameStep(module.build(self._profile(rows)))
        self.steps_.append(("data_preprocessing", step))
        return Rows(step.fit_transform(rows.frame, rows.target), rows.target)

    def _name_safely(self, rows: Rows) -> Rows:
        names = ModelIntake().fit(rows.frame)
        self.steps_.append(("data_preprocessing", names))
        return Rows(names.transform(rows.frame), rows.target)

    def _fit_model(self, rows: Rows, tell: Callable[[str], None]) -> None:
        profile = self._profile(rows)
        self.present_, target = self._present(rows.target)
        if "model_training" in self.sources:
            tell("model_training")
        with blame("model_training"):
            model = self._build("model_training", profile)
            _require(model, "fit", "predict")
        if "model_evaluation" in self.sources:
            tell("model_evaluation")
        with blame("model_evaluation"):
            model = self._build("model_evaluation", profile, model)
            _require(model, "fit", "predict")
        self.model_ = self._fit_or_blame(model, profile, rows.frame, target)

    def _fit_or_blame(
        self, model: Any, profile: Profile, frame: pd.DataFrame, target: NDArray[Any]
    ) -> Any:
        """Fit; when that raises, the model alone is tried to learn which stage is at fault."""
        is_wrapped = "model_evaluation" in self.sources
        try:
            with blame("model_evaluation" if is_wrapped else "model_training"):
                model.fit(frame, target)
        except StageError as error:
            if is_wrapped and error.__cause__ and not stage_of(error.__cause__):
                with blame("model_training"):
                    self._build("model_training", profile).fit(frame, target)
            raise
        return model

    def _present(self, target: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """The codes that occur, and the target as positions among them (some libraries insist)."""
        if self.kind == "regression":
            return np.empty(0, dtype=np.int64), target
        present, positions = np.unique(target, return_inverse=True)
        return present, positions

    def _ask_model(self, frame: pd.DataFrame) -> Arrays:
        said = np.asarray(self.model_.predict(frame)).reshape(-1)
        if self.kind == "regression":
            values = said.astype(float)
            return {"values": np.where(np.isfinite(values), values.clip(*self.bounds_), values)}
        if not np.all(np.isin(said, np.arange(len(self.present_)))):
            raise ContractError("predict gave labels that are not among those of the target")
        outputs: Arrays = {"labels": self.present_[said.astype(np.int64)]}
        if hasattr(self.model_, "predict_proba"):
            outputs["probabilities"] = self._spread(np.asarray(self.model_.predict_proba(frame)))
        return outputs

    def _spread(self, given: NDArray[Any]) -> NDArray[Any]:
        """Probabilities of the classes the model knows, in the order of all codes."""
        known = np.asarray(getattr(self.model_, "classes_", np.arange(len(self.present_))))
        if given.ndim != 2 or given.shape[1] != len(known):
            raise ContractError(f"predict_proba gave {given.shape} for {len(known)} classes")
        spread = np.zeros((len(given), len(self.classes)))
        spread[:, self.present_[known.astype(np.int64)]] = given
        return spread


def _bounds(target: NDArray[np.float64]) -> tuple[float, float]:
    """What may be said: half of the target's range beyond its ends.

    A ratio whose divisor is almost zero makes a linear model say millions of one row in a
    thousand, which no fold need show. A trend goes on, but not for ever.
    """
    low, high = float(target.min()), float(target.max())
    beyond = BEYOND * (high - low)
    return low - beyond, high + beyond


def _ignore(stage: str) -> None:
    """Nobody wants to know."""


def _is_encoded(column: pd.Series) -> bool:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return len(column.cat.categories) <= MAX_LEVELS
    return pd.api.types.is_numeric_dtype(column.dtype)


def _require(model: Any, *methods: str) -> None:
    for method in methods:
        if not callable(getattr(model, method, None)):
            raise ContractError(f"build gave {type(model).__name__}, which has no {method}")
