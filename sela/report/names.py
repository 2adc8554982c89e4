"""How stages, outcomes and texts are called where people read them."""

from __future__ import annotations

from sela.design.insight import Stage
from sela.experiments.experiment import Experiment, Verdict

STAGE_NAMES: dict[Stage, str] = {
    "eda": "EDA",
    "data_preprocessing": "preprocessing",
    "feature_engineering": "features",
    "model_training": "model",
    "model_evaluation": "evaluation",
}
STAGE_TITLES: dict[Stage, str] = {
    "eda": "Exploration",
    "data_preprocessing": "Data preprocessing",
    "feature_engineering": "Feature engineering",
    "model_training": "Model training",
    "model_evaluation": "Model evaluation",
}
OUTCOME_NAMES = {
    "error": "raised an error",
    "timed_out": "ran out of time",
    "out_of_memory": "ran out of memory",
    "output_limit": "printed too much",
    "disk_limit": "filled its disk",
    "killed": "was killed",
    "bad_predictions": "gave unusable predictions",
}


def verdict_name(experiment: Experiment) -> str:
    """What became of an experiment, in a word or two."""
    if experiment.verdict is Verdict.FAILED and experiment.failure is not None:
        return OUTCOME_NAMES.get(experiment.failure.outcome, experiment.failure.outcome)
    return {
        Verdict.SCORED: "scored",
        Verdict.RACED_OUT: "stopped early",
        Verdict.FAILED: "failed",
        Verdict.REJECTED: "rejected by a control",
    }[experiment.verdict]


def shorten(text: str, length: int) -> str:
    """The text on one line in at most `length` characters, cut at a word where one is near."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    cut = line[: max(length - 1, 0)]
    space = cut.rfind(" ")
    return (cut[:space] if space > 0.8 * length else cut).rstrip(" ,;:.") + "…"


def two_lines(text: str, first: int, second: int) -> tuple[str, str]:
    """The text broken at a word into two lines of at most so many characters."""
    line = " ".join(text.split())
    if len(line) <= first:
        return line, ""
    space = line.rfind(" ", 0, first + 1)
    cut = space if space > 0.4 * first else first
    return line[:cut].rstrip(), shorten(line[cut:], second)


def sentence(text: str) -> str:
    """The text with a capital at its start and a full stop at its end."""
    plain = text.strip()
    return f"{plain[:1].upper()}{plain[1:].rstrip('.')}." if plain else ""


def dataset_name(path: str) -> str:
    """The file's name without its folders: a report goes to people who have other folders."""
    return path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1] or path
