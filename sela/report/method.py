"""What stands behind the numbers: the audit, how it was evaluated, the code, the versions."""

from __future__ import annotations

from sela.experiments.experiment import ControlResult, Verdict
from sela.live.answers import Finding
from sela.report import numbers
from sela.report.content import ReportContent
from sela.report.highlight import highlight
from sela.report.markup import Markup, inline_code, tag
from sela.report.names import STAGE_TITLES, sentence

TIERS = {
    "A": "tier A: own namespaces, no network, system-call filter, limits on memory, disk and time",
    "B": "tier B: file access confined by Landlock, system-call filter, limits",
    "C": "tier C: confined by the macOS seatbelt",
    "none": "none: the code ran as an ordinary process, and could have read whatever its user can",
}
ORDER = {"alarm": 0, "warning": 1, "note": 2}


def audit_section(content: ReportContent) -> Markup:
    """The findings of the data audit: evidence, action, how to overrule."""
    findings = sorted(content.search.findings, key=lambda f: ORDER[f.severity])
    cards = [_finding(f) for f in findings]
    empty = tag(
        "p", "The audit looked for leaks, copies, groups, time order and drift, and found nothing."
    )
    return tag(
        "section",
        tag("h2", "What the audit of the data found"),
        _profile(content),
        tag("div", cards, class_="findings") if cards else empty,
    )


def _profile(content: ReportContent) -> Markup | None:
    profile = content.profile
    if profile is None:
        return None
    kinds = ("numeric", "boolean", "categorical", "date", "text", "constant")
    parts = [f"{len(profile.names(k))} {k}" for k in kinds if profile.names(k)]
    gaps = [c for c in profile.columns if c.missing > 0]
    columns = numbers.count(profile.n_columns, "column")
    text = f"{numbers.count(profile.n_rows, 'row')}, {columns} ({', '.join(parts)})"
    if gaps:
        worst = max(gaps, key=lambda c: c.missing)
        text += f"; {numbers.count(len(gaps), 'column')} with missing values, most in {worst.name} "
        text += f"({numbers.share(worst.missing)})"
    if profile.is_classification:
        text += (
            f"; {profile.n_classes} classes, the rarest has {numbers.share(profile.minority_share)}"
        )
    return tag("p", f"{text}.", class_="soft")


def _finding(finding: Finding) -> Markup:
    title = finding.kind.replace("_", " ")
    columns = [tag("code", c) for c in finding.columns[:8]]
    spaced = [item for column in columns for item in (" ", column)]
    return tag(
        "article",
        tag("h3", tag("span", finding.severity, class_="badge"), " ", title, spaced),
        tag("p", inline_code(finding.evidence)),
        tag("p", tag("b", "Done: "), inline_code(finding.action)) if finding.action else None,
        tag("p", tag("b", "Otherwise: "), inline_code(finding.overrule), class_="soft")
        if finding.overrule
        else None,
        class_=f"finding {finding.severity}",
    )


def evaluation_section(content: ReportContent) -> Markup:
    """Splits, where the score is computed, controls, the sandbox, the seed."""
    search, task = content.search, content.task
    rows = [
        ("Splits", sentence(search.folds) or "not dealt yet"),
        ("Score", f"{numbers.metric_name(task.metric)}, {numbers.direction(task)}; computed by the "
         "server on rows whose labels the pipeline's code never had"),
        ("Racing", _racing(content)),
        ("Controls", _controls(content)),
        ("Sandbox", TIERS.get(search.sandbox_tier, f"tier {search.sandbox_tier}")),
        ("Search", f"strategy {search.strategy}, ideas from {search.designer}, seed {search.seed}; "
         f"{search.rollouts_done} of {numbers.count(search.rollouts_budget, 'rollout')} in "
         f"{numbers.duration(search.wall_seconds)}"),
        ("Ended", search.message),
        ("Designer", [tag("div", trouble) for trouble in search.troubles]),
        ("Versions", ", ".join(f"{k} {v}" for k, v in content.versions.items())),
    ]  # fmt: skip
    items = [tag("div", tag("dt", k), tag("dd", v)) for k, v in rows if v]
    return tag("section", tag("h2", "How it was evaluated"), tag("dl", items, class_="method"))


def _racing(content: ReportContent) -> str:
    search = content.search
    stopped = sum(r.experiment.verdict is Verdict.RACED_OUT for r in content.rollouts)
    if not stopped:
        return ""
    whole = search.fits + search.fits_saved
    return (
        f"{numbers.count(stopped, 'candidate')} stopped early, hardly able to win any more: "
        f"{search.fits_saved} of {whole} fits saved"
    )


def _controls(content: ReportContent) -> str | list[Markup]:
    found = [(r.number, c) for r in content.rollouts for c in r.experiment.controls]
    if not found:
        return "none was needed yet; each would-be best pipeline must pass them"
    failed = [(n, c) for n, c in found if not c.passed]
    best = content.best.experiment.controls if content.best else ()
    names = {c.name for _, c in found}
    kinds = ", ".join(_name(n) for n in sorted(names))
    lines = [f"{len(found) - len(failed)} of {len(found)} passed ({kinds})"]
    lines += [f"on the best, {_told(c)}" for c in best]
    lines += [f"rollout {n} was rejected: {_told(c)}" for n, c in failed]
    return [tag("div", line) for line in lines]


def _name(control: str) -> str:
    return control.replace("_", " ")


def _told(control: ControlResult) -> str:
    return f"{_name(control.name)}: {control.evidence}"


def code_section(content: ReportContent) -> Markup | None:
    """The code of each stage of the best pipeline, as it ran."""
    if content.search.best_score is None:
        return None
    final = content.final
    is_one_of_many = final is not None and len(final.members) > 1
    note = "Of the member with the most weight; the exported folder has that of all members."
    blocks = [
        [tag("h3", STAGE_TITLES[stage]), tag("pre", tag("code", highlight(source)), tabindex=0)]
        for stage, source in content.code
    ]
    if not blocks:
        return tag("section", tag("h2", "The code"), tag("p", "Every stage is left as it is."))
    return tag(
        "section",
        tag("h2", "The code"),
        tag("p", note, class_="soft") if is_one_of_many else None,
        blocks,
    )
