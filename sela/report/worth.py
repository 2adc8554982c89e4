"""The numbers that the answer stands on, and why this pipeline was chosen."""

from __future__ import annotations

from sela.evaluation.estimate import FinalEstimate
from sela.report import numbers
from sela.report.content import ReportContent
from sela.report.ladder import ladder
from sela.report.markup import Markup, inline_code, tag
from sela.report.names import STAGE_TITLES


def numbers_section(content: ReportContent) -> Markup | None:
    """Every number of the final estimate in one table, and why this pipeline was chosen."""
    final, task = content.final, content.task
    if final is None:
        return None
    metric = task.metric
    about = f"{numbers.metric_name(metric)}, {numbers.direction(task)}"
    unit = f", {numbers.unit(task)}" if numbers.unit(task) else ""
    return tag(
        "section",
        tag("h2", "The numbers"),
        tag("p", f"{about}{unit}.", class_="soft"),
        ladder(final, metric),
        tag("p", tag("b", "Why this one. "), inline_code(final.choice_reason)),
        _members(content, final),
        _warning(final),
        _latency(final),
        _finalists(content, final),
    )


def _members(content: ReportContent, final: FinalEstimate) -> Markup:
    if final.chosen == "pipeline":
        number = final.members[0].rollout if final.members else content.search.best_rollout
        rollout = next((r for r in content.rollouts if r.number == number), None)
        steps = [(STAGE_TITLES[i.stage], i.text) for i in rollout.insights] if rollout else []
        if not steps:
            return tag("p", "Every stage of it is left as it is.")
        items = [tag("li", tag("b", f"{name}. "), text) for name, text in steps]
        return tag("ul", items, class_="steps")
    texts = {
        r.number: "; ".join(i.text.rstrip(".") for i in r.insights) or "the baseline"
        for r in content.rollouts
    }
    items = [
        tag(
            "li",
            tag("b", f"{numbers.share(m.weight)} rollout {m.rollout}. "),
            texts.get(m.rollout, ""),
        )
        for m in final.members
    ]
    return tag("ul", items, class_="steps")


def _latency(final: FinalEstimate) -> Markup | None:
    text = numbers.latency(final.latency_ms_per_row)
    return tag("p", f"It predicts in {text}.", class_="soft") if text else None


def _finalists(content: ReportContent, final: FinalEstimate) -> Markup | None:
    """The few that were evaluated again, in a table that folds away."""
    if not final.candidates:
        return None
    metric = content.task.metric
    heads = ("rollout", "search folds", "fresh folds")
    head = tag("tr", [tag("th", text, scope="col") for text in heads])
    rows = [
        tag(
            "tr",
            tag("td", number),
            tag("td", numbers.score(searched, metric), class_="number"),
            tag("td", numbers.score(fresh, metric), class_="number"),
        )
        for number, searched, fresh in final.candidates
    ]
    table = tag("table", tag("thead", head), tag("tbody", rows))
    return tag("details", tag("summary", "The finalists"), tag("div", table, class_="scroll"))


def _warning(final: FinalEstimate) -> Markup | None:
    if final.test_uses <= 1:
        return None
    text = (
        f"The sealed rows have been used {final.test_uses} times. Each use after the first makes "
        "the test score more optimistic."
    )
    return tag("p", " ".join((text, *final.use_notes)), class_="note warn")
