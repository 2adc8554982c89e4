"""The replies that are asked of a model. Checked here, whatever the endpoint promised."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from sela.design.insight import Stage


def _cut(value: object) -> object:
    """A remark that is too long is not worth a second call."""
    return value.strip()[:400] if isinstance(value, str) else value


Sentence = Annotated[str, BeforeValidator(_cut), StringConstraints(min_length=8)]
Remark = Annotated[str, BeforeValidator(_cut)]


class _Reply(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class InsightReply(_Reply):
    """One proposed insight."""

    stage: Stage
    text: Sentence = Field(description="The idea, one concrete sentence that a coder can follow.")
    rationale: Remark = Field(default="", description="Why it may help here, at most 20 words.")
    expected_gain: Literal["low", "med", "high"] = "med"
    cost: Literal["s", "m", "l"] = Field(
        default="m", description="Compute: s seconds, m tens of seconds, l more."
    )


class InsightsReply(_Reply):
    """New insights for several stages."""

    insights: list[InsightReply] = Field(min_length=0, max_length=60)


class CodeReply(_Reply):
    """A stage module."""

    plan: Remark = Field(default="", description="What it does and why, at most two sentences.")
    code: str = Field(
        min_length=1, max_length=40_000, description="The complete Python source of the module."
    )


EXAMPLES: dict[type[BaseModel], str] = {
    InsightsReply: (
        '{"insights": [{"stage": "feature_engineering", "text": "Add the ratio of two related '
        'amounts", "rationale": "Ratios carry what levels hide", "expected_gain": "med", '
        '"cost": "s"}]}'
    ),
    CodeReply: '{"plan": "One or two sentences.", "code": "import pandas as pd\\n\\ndef …"}',
}
