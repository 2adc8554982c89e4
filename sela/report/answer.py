"""The page's first screen: the answer, its two numbers, and what vouches for them."""

from __future__ import annotations

from sela.evaluation.estimate import Interval
from sela.report import numbers
from sela.report.content import ReportContent
from sela.report.markup import Markup, inline_code, tag
from sela.report.names import dataset_name


def answer_section(content: ReportContent) -> Markup:
    """The statement, the test score and the gain with intervals, and what vouches for them."""
    task, search = content.task, content.search
    what = f"{task.target} in {dataset_name(search.dataset)}"
    return tag(
        "header",
        tag("p", "Pipeline search report", class_="kicker"),
        tag("h1", f"Predicting {what}"),
        tag("p", _task(content), class_="asked"),
        tag("p", content.description, class_="asked") if content.description else None,
        tag(
            "div",
            _verdict(content),
            tag("p", inline_code(_statement(content))),
            _figures(content),
            class_="answer",
        ),
        _chips(content),
    )


def _task(content: ReportContent) -> str:
    """What is predicted, and what the score is about."""
    task, metric = content.task, numbers.metric_name(content.task.metric)
    judged = f"judged by {metric} ({numbers.direction(task)})"
    if task.kind == "regression":
        return f"A number, {judged}"
    if task.kind == "multiclass":
        return f"One of {len(task.classes)} classes, {judged}"
    other = next((c for c in task.classes if c != task.positive), "")
    return f"{task.positive} (positive) or {other}, {judged}"


def _verdict(content: ReportContent) -> Markup:
    final = content.final
    if final is None:
        nothing = content.search.best_score is None
        text = "No pipeline yet" if nothing else "Not finalized: search scores only"
        return tag("p", text, class_="verdict warn")
    if final.is_real_gain:
        return tag("p", "Better than the baseline", class_="verdict good")
    return tag("p", "No real gain over the baseline", class_="verdict warn")


def _statement(content: ReportContent) -> str:
    if content.final is not None:
        return content.final.statement
    search, task = content.search, content.task
    if search.best_score is None:
        ended = numbers.count(search.rollouts_done, "rollout")
        return f"{ended} ended and none has a score. {search.message}".strip()
    return (
        f"The best pipeline so far has {numbers.metric_name(task.metric)} "
        f"{numbers.score(search.best_score, task.metric)} on the search folds "
        f"(baseline {numbers.score(search.baseline_score, task.metric)}). It was picked as the "
        f"best of {numbers.count(search.rollouts_done, 'rollout')} by that very number, so the "
        "number is optimistic. Finalize the search to have it checked on the sealed rows."
    )


def _figures(content: ReportContent) -> Markup:
    final, metric = content.final, content.task.metric
    name = numbers.metric_name(metric)
    if final is None and content.search.best_score is None:
        return Markup("")
    if final is None:
        best, base = content.search.best_score, content.search.baseline_score
        figures = [
            _figure(numbers.score(best, metric), f"search {name}", "optimistic"),
            _figure(numbers.score(base, metric), f"baseline {name}", "same folds"),
        ]
        return tag("div", figures, class_="figures")
    like = final.test_score if final.test_score is not None else final.reevaluated_score
    if final.test_score is None:
        bounds = _bounds(final.test_interval, metric, like) or "no sealed rows"
        first = _figure(numbers.score(like, metric), f"{name} on fresh folds", bounds)
    else:
        first = _figure(
            numbers.score(final.test_score, metric),
            f"test {name}",
            _bounds(final.test_interval, metric, like),
        )
    bounds = _bounds(final.gain_interval, metric, like, is_gain=True)
    second = _figure(numbers.gain(final.gain, metric, like=like), "gain over the baseline", bounds)
    return tag("div", first, second, class_="figures")


def _figure(value: str, label: str, more: str) -> Markup:
    return tag(
        "div",
        tag("div", value, class_="big"),
        tag("div", label),
        tag("div", more, class_="soft"),
        class_="figure",
    )


def _bounds(value: Interval | None, metric: str, like: float, *, is_gain: bool = False) -> str:
    if value is None:
        return ""
    write = numbers.gain_interval if is_gain else numbers.interval
    return f"{numbers.level(value)} {write(value, metric, like=like)}"


def _chips(content: ReportContent) -> Markup:
    search, final = content.search, content.final
    chips: list[tuple[str, bool]] = []
    if final is not None and final.test_score is not None:
        used = "once" if final.test_uses == 1 else f"{final.test_uses} times"
        rows = numbers.count(final.n_test, "sealed row")
        chips.append((f"{rows}, used {used}", final.test_uses > 1))
    is_walled = search.sandbox_tier != "none"
    chips.append(
        (f"sandbox tier {search.sandbox_tier}" if is_walled else "no sandbox", not is_walled)
    )
    failed = f", {search.failed_rollouts} failed" if search.failed_rollouts else ""
    chips.append((numbers.count(search.rollouts_done, "rollout") + failed, False))
    chips.append((f"{numbers.duration(search.compute_seconds)} of compute", False))
    chips.append((f"cost {numbers.dollars(search.cost_usd)}", False))
    items = [tag("li", text, class_="warn" if warns else None) for text, warns in chips]
    return tag("ul", items, class_="chips")
