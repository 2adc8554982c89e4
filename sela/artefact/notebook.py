"""The notebook of an exported folder: a walk through the pipeline that runs from top to end."""

from __future__ import annotations

from typing import Any

from sela.artefact.package import Package
from sela.artefact.script import stage_paths, written_stages
from sela.design.insight import MODEL_STAGES
from sela.report import numbers
from sela.report.names import STAGE_TITLES
from sela.report.summary import markdown_text


def notebook_text(package: Package) -> str:
    """The notebook as JSON (nbformat 4)."""
    import nbformat
    from nbformat import v4

    content, search = package.content, package.content.search
    cells: list[Any] = []

    def text(source: str) -> None:
        cells.append(v4.new_markdown_cell(source))

    def code(source: str) -> None:
        cells.append(v4.new_code_cell(source))

    target = markdown_text(content.task.target)
    text(f"# Predicting {target}\n\n{markdown_text(_statement(package))}")
    code(_opening(search.dataset))
    text(f"## The table\n\n{_splits(package)}")
    code("table = pipeline.read(DATA)\ntable.head()")
    for index in range(len(package.members)):
        _tell_member(package, index, text)
    text("## Fit\n\nThe stages are composed into one estimator and fitted on every row.")
    code("model = pipeline.fit(table)\nmodel")
    text("## Predict\n\nThese rows were fitted on, so look at the form, not at how right it is.")
    code("pipeline.predict(model, table.head(10))")
    text(
        f"## An own check\n\nA fresh hold-out, fitted anew. The search's own numbers "
        f"({numbers.metric_name(content.task.metric)}) stand on other rows: expect some difference."
    )
    code(_check(package))
    text("## The model of the search\n\n`pipeline.joblib` is what the search fitted and scored.")
    code("pipeline.predict(pipeline.load(), table.head(10))")
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return nbformat.writes(v4.new_notebook(cells=cells, metadata=metadata)) + "\n"


def _statement(package: Package) -> str:
    final = package.content.final
    if final is not None:
        return final.statement
    return "The search was not finalized: its scores are optimistic."


def _opening(dataset: str) -> str:
    return (
        "import sys\nfrom pathlib import Path\n\n"
        "sys.path.insert(0, str(Path.cwd()))  # this notebook runs in its own folder\n"
        f"import pipeline\n\nDATA = {dataset!r}  # the table of the search"
    )


def _splits(package: Package) -> str:
    return markdown_text(package.content.search.folds)


def _tell_member(package: Package, index: int, text: Any) -> None:
    member = package.members[index]
    if len(package.members) > 1:
        text(f"## Member {index + 1}: weight {member.weight:.2f}")
    paths = stage_paths(package, index)
    for stage in MODEL_STAGES:
        if stage not in paths:
            continue
        is_own = stage in member.code
        note = "" if is_own else "Left as it is, which means:\n\n"
        source = written_stages(member)[stage].rstrip()
        fence = "`" * max(3, _longest_ticks(source) + 1)
        title = f"### {STAGE_TITLES[stage]} (`{paths[stage]}`)"
        text(f"{title}\n\n{note}{fence}python\n{source}\n{fence}")


def _longest_ticks(source: str) -> int:
    longest = run = 0
    for character in source:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    return longest


def _check(package: Package) -> str:
    split = (
        "from sklearn.model_selection import train_test_split\n\n"
        "known = table[table[pipeline.TARGET].notna()]\n"
        "train, held_out = train_test_split(known, test_size=0.25, random_state=1)\n"
        "fresh = pipeline.fit(train)\n"
        "said = pipeline.predict(fresh, held_out.reset_index(drop=True))\n"
        "true = pipeline.labels(held_out[pipeline.TARGET])\n\n"
    )
    if package.content.task.is_classification:
        return (
            split + "from sklearn.metrics import classification_report\n\n"
            "called = said['prediction'].astype(str)\n"
            "print(classification_report(true.astype(str), called, zero_division=0))"
        )
    return (
        split
        + "from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error\n\n"
        "print('RMSE', root_mean_squared_error(true, said['prediction']))\n"
        "print('MAE ', mean_absolute_error(true, said['prediction']))\n"
        "print('R2  ', r2_score(true, said['prediction']))"
    )
