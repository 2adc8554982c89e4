"""The assistant at the other end thinks: how Claude Desktop or any agent works without a key.

Here a few lines play the assistant. A need comes with a ticket; its answer goes with the next
step, so that a search of ten rollouts takes about ten calls. What is not answered, the built-in
playbook does.

python examples/host_thinks.py
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mcp import Client, StdioServerParameters
from mcp_client import SERVER, call

DIABETES = Path(__file__).parent / "data" / "diabetes.csv"

RATIOS = """\
from sklearn.base import BaseEstimator, TransformerMixin


class Ratios(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        return self

    def transform(self, X):
        X = X.copy()
        if {"bmi", "bp", "s3", "s5"} <= set(X.columns):
            X["bmi_bp"] = X["bmi"] * X["bp"]
            X["s5_s3"] = X["s5"] / X["s3"].clip(lower=1)
        return X


def build(profile):
    return Ratios()
"""
RIDGE = """\
from sklearn.impute import SimpleImputer
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def build(profile):
    return make_pipeline(SimpleImputer(), StandardScaler(), RidgeCV([0.1, 1, 10, 100]))
"""
IDEAS = [
    {"stage": "feature_engineering", "text": "Body mass times blood pressure.", "code": RATIOS},
    {"stage": "model_training", "text": "Few rows: a ridge regression.", "code": RIDGE},
]


def think(need: dict[str, Any], is_first: bool) -> dict[str, Any] | None:
    """What the assistant answers to a need, or None where it has no idea.

    A real one reads need["context"]: columns, findings, the insights so far and their effects.
    """
    if need["kind"] == "insights" and is_first:
        return {"ticket": need["ticket"], "insights": IDEAS}
    return None


async def main(rollouts: int = 10, server: Sequence[str] = tuple(SERVER)) -> int:
    """Drive one search as its mind; gives the number of tool calls."""
    parameters = StdioServerParameters(
        command=server[0], args=list(server[1:]), cwd=Path(__file__).parents[1]
    )
    async with Client(parameters) as client:
        search = await call(
            client,
            "start_search",
            dataset=str(DIABETES),
            target="target",
            description="Diabetes patients; the target is how far the disease went in a year.",
            designer="host",
            rollouts=rollouts,
        )
        calls, answers, has_thought = 1, list[dict[str, Any]](), False
        while search["state"] not in ("finished", "stopped", "failed"):
            arguments: dict[str, Any] = {"answer": answers} if answers else {}
            search = await call(
                client,
                "step_search",
                search_id=search["search_id"],
                rollouts=2,
                wait_seconds=50,
                **arguments,
            )
            calls += 1
            print("\n".join(search.get("new_rollouts", [])))
            needs = search.get("needs", [])
            answers = [a for need in needs if (a := think(need, not has_thought))]
            has_thought = has_thought or bool(answers)
        print(f"{search['summary']} {calls} tool calls.")
        return calls


if __name__ == "__main__":
    asyncio.run(main())
