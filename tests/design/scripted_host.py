"""An assistant that knows only the tools' answers: it thinks of what is needed, and steps on."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from mcp import Client

CODES = {
    "data_preprocessing": """from sklearn.base import BaseEstimator, TransformerMixin

class Same(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        return self

    def transform(self, X):
        out = X.copy()
        for name in out.columns:
            if not str(out[name].dtype).startswith(("float", "int")):
                out[name] = out[name].astype("category")
        return out

def build(profile):
    return Same()
""",
    "feature_engineering": """from sklearn.base import BaseEstimator, TransformerMixin

class Gaps(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X.assign(gaps=X.isna().sum(axis=1).astype(float))

def build(profile):
    return Gaps()
""",
    "model_training": """from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)

def build(profile):
    Model = (
        HistGradientBoostingClassifier
        if profile.is_classification
        else HistGradientBoostingRegressor
    )
    return Model(max_iter=30, random_state=profile.seed, categorical_features="from_dtype")
""",
    "model_evaluation": """def build(profile, estimator):
    return estimator
""",
}
IDEAS = {
    "data_preprocessing": ["Keep gaps and mark categories as such", "Clip heavy tails softly"],
    "feature_engineering": [
        "Count the gaps of each row",
        "Divide the longest measure by the shortest",
        "Multiply pressure with mass",
        "Sum all serum measurements",
    ],
    "model_training": [
        "Train thirty shallow boosted trees",
        "Fit a kernel machine on ranks",
        "Vote among neighbours in whitened space",
        "Grow extremely randomised oaks",
    ],
    "model_evaluation": ["Leave the estimator alone", "Calibrate the answer by isotonic steps"],
}


@dataclass
class ScriptedHost:
    """Counts its calls and the size of what comes back."""

    client: Client
    calls: int = 0
    sizes: list[int] = field(default_factory=list[int])
    contracts: int = 0

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        self.calls += 1
        result = await self.client.call_tool(tool, arguments)
        text = "\n".join(getattr(block, "text", "") for block in result.content)
        assert not result.is_error, text
        structured = result.structured_content
        assert structured is not None
        self.sizes.append(max(len(text), len(json.dumps(structured, ensure_ascii=False))))
        return structured

    async def step(
        self, search_id: str, answers: list[dict[str, Any]] | None = None
    ) -> dict[str, Any]:
        """One rollout further, with the answers to what the last step needed."""
        given = {"answer": answers} if answers else {}
        return await self.call(
            "step_search", search_id=search_id, rollouts=1, wait_seconds=50, **given
        )

    def answers(self, needs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """One answer for each need, from its kind and context alone."""
        self.contracts += sum(need.get("contract") is not None for need in needs)
        return [self._answer(need) for need in needs]

    def _answer(self, need: dict[str, Any]) -> dict[str, Any]:
        if need["kind"] == "insights":
            ideas = [{"stage": s, "text": t} for s, texts in IDEAS.items() for t in texts]
            return {"ticket": need["ticket"], "insights": ideas}
        match = re.search(r"the (\w+) module", need["context"], re.IGNORECASE)
        assert match is not None, need
        return {"ticket": need["ticket"], "code": CODES[match[1]]}
