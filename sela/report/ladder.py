"""The final numbers in one table, and on one scale: from what the search saw to the test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sela.evaluation.estimate import FinalEstimate, Interval
from sela.report import numbers
from sela.report.markup import Markup, tag
from sela.report.plot import padded


@dataclass(frozen=True)
class Rung:
    """One score; its interval, if it has one; and whether it is the number to quote."""

    name: str
    score: float
    note: str
    interval: Interval | None = None
    is_baseline: bool = False
    is_key: bool = False


def ladder(final: FinalEstimate, metric: str) -> Markup:
    """The table: scores with their place on a shared scale, then gain and optimism gap."""
    level = numbers.level(final.test_interval or final.gain_interval) or "interval"
    heads = (("", None), ("score", None), (level, None), ("on one scale", "scale"), ("", "remark"))
    head = tag("tr", [tag("th", text, scope="col", class_=name) for text, name in heads])
    body = [*_score_rows(final, metric), *_gain_rows(final, metric)]
    table = tag("table", tag("thead", head), tag("tbody", body))
    return tag("div", table, class_="scroll ladder", tabindex=0)


def _rungs(final: FinalEstimate) -> Iterator[Rung]:
    is_tested = final.test_score is not None
    yield Rung("Baseline, search folds", final.baseline_score, "all stages as is", is_baseline=True)
    yield Rung("Chosen, search folds", final.search_score, "optimistic: the best of many")
    on_folds = None if is_tested else final.test_interval
    fresh = (
        "never seen by the search"
        if final.has_fresh_folds
        else "the same folds again: your own leave no others"
    )
    yield Rung(
        "Chosen, fresh folds", final.reevaluated_score, fresh, on_folds, is_key=not is_tested
    )
    if final.baseline_test_score is not None:
        score = final.baseline_test_score
        yield Rung("Baseline, sealed test", score, "on the same rows", is_baseline=True)
    if final.test_score is not None:
        interval, note = final.test_interval, "the number to quote"
        yield Rung("Chosen, sealed test", final.test_score, note, interval, is_key=True)


def _score_rows(final: FinalEstimate, metric: str) -> Iterator[Markup]:
    rungs, like = list(_rungs(final)), final.search_score
    ends = [v for r in rungs if r.interval for v in (r.interval.low, r.interval.high)]
    low, high = padded([*(r.score for r in rungs), *ends], 0.03)
    for rung in rungs:
        score = numbers.score(rung.score, metric, like=like)
        interval = numbers.interval(rung.interval, metric, like=like)
        yield _row(rung.name, score, interval, rung.note, rung.is_key, _track(rung, low, high))


def _gain_rows(final: FinalEstimate, metric: str) -> Iterator[Markup]:
    like = final.search_score
    bounds = numbers.gain_interval(final.gain_interval, metric, like=like)
    rows = (
        ("Gain over the baseline", final.gain, bounds, "paired, on the same rows"),
        ("Optimism gap", final.optimism_gap, "", "search score against test; + is optimistic"),
    )
    for name, value, interval, note in rows:
        if value is not None:
            yield _row(name, numbers.gain(value, metric, like=like), interval, note)


def _row(
    name: str,
    value: str,
    interval: str,
    note: str,
    is_key: bool = False,
    track: Markup | None = None,
) -> Markup:
    return tag(
        "tr",
        tag("th", name, scope="row"),
        tag("td", value, class_="number"),
        tag("td", interval, class_="number"),
        tag("td", track, class_="scale"),
        tag("td", note, class_="soft remark"),
        class_="key" if is_key else None,
    )


def _track(rung: Rung, low: float, high: float) -> Markup:
    def percent(value: float) -> float:
        return 100 * (value - low) / (high - low)

    span, kind = rung.interval, "rest" if rung.is_baseline else "key-dot" if rung.is_key else "dot"
    line = None
    if span is not None:
        start, end = percent(span.low), percent(span.high)
        line = tag("i", class_="span", style=f"left:{start:.1f}%;width:{end - start:.1f}%")
    dot = tag("i", class_=kind, style=f"left:{percent(rung.score):.1f}%")
    return tag("span", line, dot, class_="track", aria_hidden="true")
