"""Records to store, with everything in them that may get lost on the way."""

from __future__ import annotations

from sela.design.designer import Call
from sela.design.insight import Configuration, Insight
from sela.evaluation.estimate import FinalEstimate, Interval, Member
from sela.experiments.experiment import ControlResult, Experiment, Failure, Verdict
from sela.live.answers import Finding
from sela.live.request import SearchRequest
from sela.problem.task import Task
from sela.store.owner import Owner
from sela.store.records import Problem, SearchRecord
from sela.store.sql import SqlStore

CONFIGURATION = Configuration((None, "d1", None, "m1", None))

INSIGHTS = (
    Insight("d1", "data_preprocessing", "Fill what is missing.", "playbook", 0.8),
    Insight("m1", "model_training", "Boost trees — “gently”.", "host", 0.3, "x = 1\n", "l", "why"),
)

SCORED = Experiment(
    CONFIGURATION,
    Verdict.SCORED,
    fold_scores=(0.1, 0.30000000000000004),
    score=0.2,
    controls=(ControlResult("permuted_labels", True, "0.5 against 0.8"),),
    compute_seconds=1.5,
    fits=2,
    log="naïve\x00 \ud83d text",
    code={"model_training": "def build(profile): ...", "eda": "x"},
)

FAILED = Experiment(
    CONFIGURATION,
    Verdict.FAILED,
    failure=Failure("timed_out", "model_training", "60 s were not enough", "Traceback"),
)

ESTIMATE = FinalEstimate(
    chosen="ensemble",
    members=(Member(1, 0.25), Member(7, 0.75)),
    choice_reason="Better.",
    search_score=0.9,
    reevaluated_score=0.88,
    baseline_score=0.8,
    test_score=0.87,
    test_interval=Interval(0.8, 0.9),
    baseline_test_score=0.79,
    gain=0.08,
    gain_interval=None,
    optimism_gap=0.03,
    is_real_gain=True,
    statement="It is better.",
    n_test=200,
    candidates=((7, 0.9, 0.88),),
)

CALL = Call("code", "some-model", 100, 50, None, 2.5, "end_turn", 10, 20)
PROBLEM = Problem(
    Task("binary", "class", "f1", True, ("good", "bad")),
    (Finding("identifier", ("id",), "1000 of 1000", "left out", "keep=('id',)", "alarm"),),
    "5 stratified folds.",
    notes=("3 rows without a target were dropped.",),
)


def request(**changes: object) -> SearchRequest:
    return SearchRequest("data.csv", "class", drop=("id",), **changes)  # type: ignore[arg-type]


def owner(pid: int) -> Owner:
    return Owner("somewhere", pid, 1.0)


def new_search(store: SqlStore, **changes: object) -> SearchRecord:
    return store.create_search(
        request(**changes), designer="playbook", strategy="guided", sandbox_tier="A"
    )
