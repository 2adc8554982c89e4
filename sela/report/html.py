"""The report: one self-contained page, the answer first."""

from __future__ import annotations

from sela.report.answer import answer_section
from sela.report.content import ReportContent
from sela.report.markup import asset, page, tag
from sela.report.method import audit_section, code_section, evaluation_section
from sela.report.names import dataset_name
from sela.report.progress import effects_section, rollouts_section, tree_section
from sela.report.quality import quality_section
from sela.report.worth import numbers_section


def render_report(content: ReportContent) -> str:
    """The page as HTML. It loads nothing and runs no script; whatever it shows is escaped."""
    body = tag(
        "main",
        answer_section(content),
        numbers_section(content),
        rollouts_section(content),
        tree_section(content),
        effects_section(content),
        quality_section(content),
        audit_section(content),
        evaluation_section(content),
        code_section(content),
        tag(
            "footer",
            f"Search {content.search.search_id}",
            f", {content.created}" if content.created else "",
        ),
    )
    title = (
        f"{content.task.target} in {dataset_name(content.search.dataset)}: pipeline search report"
    )
    return page(title, asset("theme.css") + asset("tree.css") + asset("report.css"), body)
