"""How the chosen pipeline behaves: importance, errors, thresholds, calibration, residuals."""

from __future__ import annotations

from sela.evaluation.diagnostics import (
    CalibrationBin,
    Confusion,
    Importance,
    Residuals,
    ThresholdCurve,
)
from sela.report import numbers
from sela.report.bars import Bar, bars
from sela.report.content import ReportContent
from sela.report.markup import Markup, tag
from sela.report.plot import Plot, chart, padded

MAX_CLASSES = 12
RESIDUAL = "actual − predicted"


def quality_section(content: ReportContent) -> Markup | None:
    """All diagnostics there are, each with a sentence of how to read it."""
    seen = content.diagnostics
    if seen is None:
        return None
    positive = str(content.task.positive) if content.task.positive is not None else ""
    figures = [
        _confusion(seen.confusion) if seen.confusion else None,
        _threshold(seen.threshold, positive) if seen.threshold else None,
        _curve(seen.roc, "ROC curve", "false positive rate", "true positive rate", True),
        _curve(seen.precision_recall, "Precision and recall", "recall", "precision", False),
        _calibration(seen.calibration, positive) if seen.calibration else None,
        *(_residuals(seen.residuals, content.task.target) if seen.residuals else ()),
    ]
    if not any(figures) and not seen.importance:
        return None
    rows = (
        f"Seen on the {numbers.count(seen.n_rows, 'row')} of the search's folds, each predicted by "
        "a fit that had not seen it; the importance of columns on the rows of one fold."
    )
    if content.final is not None and len(content.final.members) > 1:
        rows += " That is of the member with the most weight, all else of the ensemble."
    return tag(
        "section",
        tag("h2", "How the pipeline behaves"),
        tag("p", rows, class_="soft") if seen.n_rows else None,
        _importance(seen.importance, content) if seen.importance else None,
        tag("div", figures, class_="figures-grid"),
    )


def _importance(importance: tuple[Importance, ...], content: ReportContent) -> Markup:
    metric, like = content.task.metric, content.search.best_score
    shown = importance[:15]
    rows = [Bar(i.column, i.drop, numbers.gain(i.drop, metric, like=like), i.sd) for i in shown]
    left_out = (
        f" The {len(importance) - len(shown)} weakest are left out." if len(importance) > 15 else ""
    )
    return _figure(
        "Which columns it uses",
        f"Loss of {numbers.metric_name(metric)} when one column is shuffled; the line is one "
        f"standard deviation.{left_out}",
        bars(rows),
    )


def _figure(title: str, text: str, drawing: Markup) -> Markup:
    return tag(
        "figure", tag("figcaption", tag("h3", title), tag("p", text, class_="soft")), drawing
    )


def _confusion(confusion: Confusion) -> Markup:
    names, counts = confusion.classes[:MAX_CLASSES], confusion.counts[:MAX_CLASSES]
    head = tag(
        "tr",
        tag("th", "true ↓ called →", class_="soft"),
        [tag("th", n, scope="col") for n in names],
    )
    body = [
        tag("tr", tag("th", name, scope="row"),
            [_cell(n, sum(row), i == j) for j, n in enumerate(row[:MAX_CLASSES])])
        for i, (name, row) in enumerate(zip(names, counts, strict=True))
    ]  # fmt: skip
    table = tag("table", tag("thead", head), tag("tbody", body), class_="confusion")
    more = len(confusion.classes) - len(names)
    cut = f" {more} further classes are left out." if more > 0 else ""
    text = (
        f"Rows by true class and by what they were called, with the share of the true class.{cut}"
    )
    return _figure("Confusion matrix", text, tag("div", table, class_="scroll", tabindex=0))


def _cell(count: int, total: int, is_right: bool) -> Markup:
    share = count / total if total else 0.0
    name = "right" if is_right else "wrong"
    return tag(
        "td",
        tag("b", f"{count:,}"),
        tag("span", numbers.share(share)),
        class_=name,
        style=f"--share:{share:.3f}",
    )


def _threshold(curve: ThresholdCurve, positive: str) -> Markup:
    plot = Plot((0, 1), padded([s for _, s in curve.points]))
    best = max((p for p in curve.points), key=lambda p: -abs(p[0] - curve.best), default=(0.5, 0.0))
    name = numbers.metric_name(curve.metric)
    told = f"{name} by cut-off; best {numbers.score(best[1], curve.metric)} at {curve.best:.2f}."
    x = plot.px(curve.best)
    drawing = chart(
        plot, told, f"cut-off on the probability of {positive}", name,
        tag("path", d=f"M{x} {plot.py(plot.y[1])}V{plot.py(plot.y[0])}", class_="baseline"),
        plot.line(curve.points, class_="curve"),
        tag("circle", cx=x, cy=plot.py(best[1]), r=5, class_="point best"),
    )  # fmt: skip
    text = f"Best at {curve.best:.2f}. A flat top means that the exact cut-off matters little."
    return _figure("Choice of the cut-off", text, drawing)


def _curve(
    points: tuple[tuple[float, float], ...], title: str, x: str, y: str, has_diagonal: bool
) -> Markup | None:
    if not points:
        return None
    plot = Plot((0, 1), (0, 1))
    text = "The dashed line is guessing." if has_diagonal else "How many of those called are right."
    drawing = chart(
        plot, f"{title}: {y} against {x}.", x, y,
        plot.line([(0, 0), (1, 1)], class_="baseline") if has_diagonal else None,
        plot.line(points, class_="curve"),
    )  # fmt: skip
    return _figure(title, text, drawing)


def _calibration(bins: tuple[CalibrationBin, ...], positive: str) -> Markup:
    plot = Plot((0, 1), (0, 1))
    most = max(b.n for b in bins)
    told = "; ".join(
        f"said {b.mean_predicted:.2f}, was {b.share_positive:.2f}, {b.n} rows" for b in bins
    )
    points = [
        plot.dot(
            b.mean_predicted, b.share_positive, 3 + 5 * (b.n / most) ** 0.5, "point", f"{b.n} rows"
        )
        for b in bins
    ]
    drawing = chart(
        plot, f"Calibration. {told}.", f"predicted probability of {positive}", "observed share",
        plot.line([(0, 0), (1, 1)], class_="baseline"),
        plot.line([(b.mean_predicted, b.share_positive) for b in bins], class_="curve"),
        points,
    )  # fmt: skip
    text = "On the dashed line a probability means what it says. Each point is of as many rows."
    return _figure("Calibration", text, drawing)


def _residuals(residuals: Residuals, target: str) -> list[Markup]:
    values = [v for pair in residuals.pairs for v in pair]
    span = padded(values, 0.04)
    plot = Plot(span, span)
    scatter = chart(
        plot, f"Predicted against actual {target}, {len(residuals.pairs)} rows.",
        f"predicted {target}", f"actual {target}",
        plot.line([(span[0], span[0]), (span[1], span[1])], class_="baseline"),
        [plot.dot(p, a, 3, "point faint") for p, a in residuals.pairs],
    )  # fmt: skip
    errors = [a - p for p, a in residuals.pairs]
    below = Plot(padded([p for p, _ in residuals.pairs], 0.04), padded(errors))
    spread = chart(
        below, f"Residuals against predicted {target}.", f"predicted {target}", RESIDUAL,
        below.line([(below.x[0], 0), (below.x[1], 0)], class_="baseline"),
        [below.dot(p, a - p, 3, "point faint") for p, a in residuals.pairs],
    )  # fmt: skip
    return [
        _figure("Predicted and actual", "On the dashed line a prediction is exact.", scatter),
        _figure("Residuals", _spans(residuals.quantiles), spread),
    ]


def _spans(quantiles: tuple[tuple[float, float], ...]) -> str:
    """The central spans of the errors: `50 % of the errors lie between −0.4 and 0.4.`"""
    values = {round(level, 4): value for level, value in quantiles}
    pairs = [(low, round(1 - low, 4)) for low in sorted(values, reverse=True) if low < 0.5]
    spans = [
        f"{numbers.share(high - low)} between {values[low]:.3g} and {values[high]:.3g}"
        for low, high in pairs
        if high in values
    ]
    text = ", ".join(spans).replace("-", numbers.MINUS)
    return f"Of the errors (actual {numbers.MINUS} predicted) lie {text}." if spans else ""
