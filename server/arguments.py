"""The arguments of the tools: each with its bounds and one line of explanation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from sela.design.insight import Stage

if TYPE_CHECKING:
    from sela.engine import GivenAnswer, GivenInsight

MAX_CODE = 20_000


class InsightArgument(BaseModel):
    """An idea for one stage, with or without code."""

    model_config = ConfigDict(extra="forbid")

    stage: Stage
    text: str = Field(min_length=5, max_length=500, description="One sentence.")
    code: str | None = Field(default=None, max_length=MAX_CODE, description="The stage module.")

    def given(self) -> GivenInsight:
        """The engine's form."""
        from sela.engine import GivenInsight

        return GivenInsight(self.stage, self.text, self.code)


class AnswerArgument(BaseModel):
    """The answer to one need, by its ticket."""

    model_config = ConfigDict(extra="forbid")

    ticket: str = Field(min_length=1, max_length=128)
    insights: list[InsightArgument] | None = Field(default=None, max_length=20)
    code: str | None = Field(default=None, max_length=MAX_CODE)

    def given(self) -> GivenAnswer:
        """The engine's form."""
        from sela.engine import GivenAnswer

        insights = tuple(i.given() for i in self.insights or ())
        return GivenAnswer(self.ticket, insights, self.code)


def as_list(value: Any) -> Any:
    """One answer, or a list of them."""
    return [value] if isinstance(value, dict) else value


SearchId = Annotated[
    str, Field(description="Id from start_search or list_searches.", min_length=1, max_length=64)
]
Dataset = Annotated[
    str,
    Field(
        description="Absolute path of a CSV, TSV, gzip or Parquet file on the server's machine.",
        min_length=1,
        max_length=1000,
    ),
]
Column = Annotated[str, Field(min_length=1, max_length=200)]
Target = Annotated[str, Field(description="The column to predict.", min_length=1, max_length=200)]
Metric = Annotated[
    str,
    Field(
        description="accuracy, balanced_accuracy, f1, f1_macro, f1_weighted, mcc, roc_auc, "
        "average_precision, log_loss, rmse, rmsle, mae, r2 or qwk. Left out: fitting the task.",
        pattern=r"^[A-Za-z0-9_ -]{1,40}$",
    ),
]
Description = Annotated[
    str, Field(description="What rows and target mean; helps the ideas.", max_length=4000)
]
DesignerName = Annotated[
    str,
    Field(
        description="Who thinks: playbook (built in, no key), host (you do, when step_search asks)"
        ", anthropic, openai, auto, or a chain such as anthropic,playbook.",
        pattern=r"^(auto|playbook|host|anthropic|openai)(,(playbook|host|anthropic|openai)){0,3}$",
    ),
]
Strategy = Literal["guided", "mcts", "uct_dp", "greedy", "random", "none"]
Rollouts = Annotated[int, Field(description="Pipelines to try.", ge=1, le=1000)]
MaxSeconds = Annotated[float, Field(description="Hard limit of running time.", ge=1, le=7 * 86_400)]
MaxUsd = Annotated[float, Field(description="Hard limit of what models may cost.", ge=0, le=10_000)]
Workers = Annotated[int, Field(description="Rollouts at once.", ge=1, le=64)]
Folds = Annotated[int, Field(description="Left out: fitting the size.", ge=2, le=20)]
TestFraction = Annotated[
    float, Field(description="Share of rows sealed for the final test.", ge=0.05, le=0.5)
]
Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]
RequestKey = Annotated[
    str,
    Field(
        description="Any text; the same key gives the same search, so a retry is safe.",
        min_length=1,
        max_length=100,
    ),
]
Group = Annotated[
    str, Field(description="Column of an entity whose rows must stay together.", max_length=200)
]
Time = Annotated[
    str,
    Field(description="Column that orders rows in time: no fitting on the future.", max_length=200),
]
FoldColumn = Annotated[str, Field(description="Column that names each row's fold.", max_length=200)]
TestData = Annotated[
    str, Field(description="File with target that replaces the sealed part.", max_length=1000)
]
Drop = Annotated[list[Column], Field(description="Columns to leave out.", max_length=500)]
Keep = Annotated[
    list[Column],
    Field(description="Columns to keep although the audit warns; * keeps all.", max_length=500),
]
Positive = Annotated[
    str, Field(description="The label that f1 and the like are about.", max_length=200)
]
Wait = Annotated[
    float,
    Field(description="Longest wait of this call; the work goes on after it.", ge=0, le=50),
]
Steps = Annotated[int, Field(description="Rollouts to advance by.", ge=1, le=100)]
Count = Annotated[int, Field(description="How many ideas at most.", ge=1, le=20)]
Given = Annotated[
    list[InsightArgument],
    Field(description="Your own ideas, added to a search.", min_length=1, max_length=20),
]
Answers = Annotated[
    list[AnswerArgument],
    BeforeValidator(as_list),
    Field(
        description="Answers to the needs of the last step: a ticket with insights, or with code.",
        min_length=1,
        max_length=20,
    ),
]
NodeId = Annotated[int, Field(description="The number after # in the tree.", ge=0, le=10**9)]
Detail = Annotated[
    Literal["concise", "full"],
    Field(description="full adds untried nodes and plans; for a node, output and tracebacks."),
]
Cursor = Annotated[
    str, Field(description="next_cursor of the page before.", pattern=r"^[0-9]{1,9}$")
]
Action = Literal["pause", "resume", "stop", "extend", "prefer", "forbid"]
InsightId = Annotated[
    str, Field(description="With prefer or forbid: an insight's id.", min_length=1, max_length=64)
]
OutputDir = Annotated[
    str, Field(description="Absolute path of a new folder for the artefact.", max_length=1000)
]
OutputPath = Annotated[
    str, Field(description="Absolute path of a new .csv file.", min_length=5, max_length=1000)
]
