"""The model card: what the pipeline is, what it is worth, and where it may fail, in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sela.report import numbers
from sela.report.content import ReportContent
from sela.report.names import STAGE_TITLES, dataset_name, sentence

SPECIAL = re.compile(r"([\\`*_\[\]<>|#$])")


def card(content: ReportContent) -> str:
    """The card as Markdown, for `card.md`."""
    name = dataset_name(content.search.dataset)
    parts = [
        f"# Predicting {markdown_text(content.task.target)} in {markdown_text(name)}",
        _opening(content),
        "## What it is worth",
        *_worth(content),
        "## What it does",
        *_stages(content),
        "## What it was fitted on",
        *_data(content),
        "## How it was evaluated",
        *_method(content),
        "## Where it may fail",
        *_limits(content),
        "## How to use it",
        _usage(),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def markdown_text(text: str) -> str:
    """Text on one line that Markdown shows as it is; pairs of backticks still make code."""
    parts = " ".join(text.split()).split("`")
    if len(parts) % 2 == 0:
        return SPECIAL.sub(r"\\\1", "`".join(parts))
    spans = (f"`{p}`" if i % 2 and p else SPECIAL.sub(r"\\\1", p) for i, p in enumerate(parts))
    return "".join(spans)


def _opening(content: ReportContent) -> str:
    lines = [markdown_text(content.description)] if content.description else []
    if content.final is not None:
        lines.append(markdown_text(content.final.statement))
    else:
        lines.append("The search was not finalized: its scores are optimistic.")
    return "\n\n".join(lines)


def _worth(content: ReportContent) -> Iterator[str]:
    final, task = content.final, content.task
    metric = task.metric
    about = f"{numbers.metric_name(metric)}, {numbers.direction(task)}"
    unit = f", {markdown_text(numbers.unit(task))}" if numbers.unit(task) else ""
    if final is None:
        best, base = content.search.best_score, content.search.baseline_score
        scores = f"{numbers.score(best, metric)} on the search folds"
        yield f"{about}{unit}: {scores}, baseline {numbers.score(base, metric)}."
        return
    like = final.search_score
    interval = numbers.interval(final.test_interval, metric, like=like)
    rows = [
        ("Sealed test rows", final.test_score, interval),
        ("Baseline on the same rows", final.baseline_test_score, ""),
        ("Fresh folds", final.reevaluated_score, ""),
        ("Search folds (optimistic)", final.search_score, ""),
    ]  # fmt: skip
    lines = [
        f"| {about}{unit} | score | {numbers.level(final.test_interval) or 'interval'} |",
        "|---|---|---|",
    ]
    lines += [
        f"| {n} | {numbers.score(v, metric, like=like)} | {b} |"
        for n, v, b in rows
        if v is not None
    ]
    if final.gain is not None:
        bounds = numbers.gain_interval(final.gain_interval, metric, like=like)
        lines.append(
            f"| Gain over the baseline | {numbers.gain(final.gain, metric, like=like)} | {bounds} |"
        )
    yield "\n".join(lines)
    if not final.is_real_gain:
        yield "**There is no real gain over the baseline.**"
    if final.latency_ms_per_row is not None:
        yield f"It predicts in {numbers.latency(final.latency_ms_per_row)}."
    if final.test_uses > 1:
        notes = markdown_text(" ".join(final.use_notes))
        yield (
            f"**The sealed rows were used {final.test_uses} times**: the score is optimistic. "
            f"{notes}"
        )


def _stages(content: ReportContent) -> Iterator[str]:
    final = content.final
    if final is not None:
        yield markdown_text(final.choice_reason)
    members = [(m.rollout, m.weight) for m in final.members] if final is not None else []
    if not members and content.search.best_rollout is not None:
        members = [(content.search.best_rollout, 1.0)]
    insights = {r.number: r.insights for r in content.rollouts}
    for rollout, weight in members:
        if len(members) > 1:
            yield f"Member with weight {weight:.2f} (rollout {rollout}):"
        lines = [
            f"- **{STAGE_TITLES[i.stage]}**: {markdown_text(i.text)}"
            for i in insights.get(rollout, ())
        ]
        yield "\n".join(lines) or "Every stage is left as it is."


def _data(content: ReportContent) -> Iterator[str]:
    profile = content.profile
    if profile is not None:
        columns = numbers.count(profile.n_columns, "column")
        target = f"target {markdown_text(content.task.target)} ({content.task.kind})"
        yield f"{numbers.count(profile.n_rows, 'row')} and {columns}; {target}."
    lines = [
        f"- **{f.severity}, {markdown_text(f.kind.replace('_', ' '))}**: "
        f"{markdown_text(f.evidence)} {markdown_text(f.action)}"
        for f in content.search.findings
    ]
    if lines:
        yield "\n".join(lines)


def _method(content: ReportContent) -> Iterator[str]:
    search = content.search
    yield markdown_text(sentence(search.folds))
    yield (
        f"The search tried {numbers.count(search.rollouts_done, 'pipeline')} "
        f"({search.failed_rollouts} failed) with the strategy {search.strategy}, ideas from "
        f"{markdown_text(search.designer)}, seed {search.seed}; sandbox tier "
        f"{search.sandbox_tier}. Scores were computed by the server on rows whose "
        "labels the code never had."
    )


def _limits(content: ReportContent) -> Iterator[str]:
    points = [
        "The numbers hold for rows like those it was fitted on; they say nothing of another time, "
        "place or population.",
        "Categories it has not seen are let through as unknown; missing values are allowed.",
    ]
    severe = [f for f in content.search.findings if f.severity != "note"]
    if severe:
        names = ", ".join(sorted({f.kind.replace("_", " ") for f in severe}))
        points.append(f"The audit of the data warned of: {markdown_text(names)} (see above).")
    if content.task.is_classification:
        points.append("Nobody has checked it for fairness between groups of people.")
    yield "\n".join(f"- {point}" for point in points)


def _usage() -> str:
    return (
        "```\npip install -r requirements.txt\n"
        "python pipeline.py --predict NEW.csv OUT.csv   # with the fitted model\n"
        "python pipeline.py TRAIN.csv                   # fit it anew\n```\n\n"
        "`pipeline.joblib` is a pickle: loading it runs code. Load it only if you trust this "
        "folder; `sela predict` loads it in a sandbox."
    )
