"""The source of an exported `pipeline.py`."""

from __future__ import annotations

import re

from sela.artefact.package import Package
from sela.experiments.fits import MemberCode
from sela.harness.defaults import DEFAULTS

TEMPLATE = '''"""@TITLE@

    python pipeline.py TRAIN.csv                    fit on a table, write refitted.joblib
    python pipeline.py --predict NEW.csv OUT.csv    predict with pipeline.joblib

In Python: `fit(read("TRAIN.csv"))`, `load()`, `predict(model, read("NEW.csv"))`. The stages are in
`stages/`; `runtime/` is what puts them together. Loading a .joblib file runs code that is in it:
load only what you trust.
"""

import random
import sys
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from runtime.artefact.schema import InputColumn, conform
from runtime.errors import DataError
from runtime.harness.blend import Blend
from runtime.harness.compose import StagedPipeline
from runtime.harness.dump import dump
from runtime.problem.table import read_table

HERE = Path(__file__).resolve().parent
TARGET = @TARGET@
KIND = @KIND@
METRIC = @METRIC@
CLASSES = @CLASSES@
COLUMNS = @COLUMNS@
MEMBERS = @MEMBERS@
CUTOFF = @CUTOFF@
SEED, THREADS = @SEED@, @THREADS@


def read(path):
    """A table from a CSV, TSV, gzip of these, or Parquet file."""
    return read_table(path)


def inputs(table):
    """The columns that the pipeline is fitted on, and notes on what was done to get them."""
    schema = tuple(InputColumn(n, kind, has_missing=True) for n, kind in COLUMNS.items())
    fitting = conform(table, schema, target=TARGET)
    return fitting.frame, fitting.notes


def labels(column):
    """The target as the pipeline knows it: class labels, or floats."""
    if KIND == "regression":
        return column.to_numpy(dtype=float)
    by_text = {str(label): label for label in CLASSES}
    whole = column.map(lambda v: int(v) if isinstance(v, float) and v.is_integer() else v)
    texts = [str(value).strip() for value in whole]
    unknown = sorted(set(texts) - set(by_text))
    if unknown:
        raise DataError(f"{TARGET} holds unknown labels: {unknown[:5]}. Known: {list(CLASSES)}.")
    return np.array([by_text[text] for text in texts], dtype=object)


def stages(paths):
    """Stage -> source, read from the files beside this one."""
    return {stage: (HERE / path).read_text(encoding="utf-8") for stage, path in paths.items()}


def fit(table):
    """The pipeline, fitted on every row of a table that has a target."""
    table = table[table[TARGET].notna()].reset_index(drop=True)
    frame, _ = inputs(table)
    y = labels(table[TARGET])
    fitted = []
    for _, paths in MEMBERS:
        random.seed(SEED)
        np.random.seed(SEED % 2**32)
        member = StagedPipeline(stages(paths), KIND, METRIC, CLASSES, SEED, THREADS)
        fitted.append(member.fit(frame, y))
    if len(fitted) == 1 and CUTOFF is None:
        return fitted[0]
    return Blend(fitted, [weight for weight, _ in MEMBERS], CUTOFF)


def load(path=HERE / "pipeline.joblib"):
    """The pipeline as it was fitted by the search."""
    return joblib.load(path)


def predict(model, table):
    """A frame with the column `prediction`, and `probability_<class>` for a classifier."""
    frame, notes = inputs(table)
    for note in notes:
        print(note, file=sys.stderr)
    said = pd.DataFrame({"prediction": model.predict(frame)})
    if KIND != "regression":
        shares = model.predict_proba(frame)
        for label, share in zip(CLASSES, shares.T, strict=True):
            said[f"probability_{label}"] = share
    return said


def main(arguments):
    """The two commands at the top of this file."""
    if len(arguments) == 3 and arguments[0] == "--predict":
        predict(load(), read(arguments[1])).to_csv(arguments[2], index=False)
        print(f"Wrote {arguments[2]}.")
    elif len(arguments) == 1 and not arguments[0].startswith("-"):
        (HERE / "refitted.joblib").write_bytes(dump(fit(read(arguments[0]))))
        print(f"Wrote {HERE / 'refitted.joblib'}.")
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except DataError as error:
        sys.exit(str(error))
'''
AS_IS = ("data_preprocessing", "model_training")
"""Stages whose "as is" does something, so that it is written out to be read."""


def pipeline_script(package: Package) -> str:
    """The script; names from the data stand in it as literals only."""
    task = package.content.task
    members = [repr((m.weight, stage_paths(package, i))) for i, m in enumerate(package.members)]
    columns = {column.name: column.kind for column in package.columns}
    values = {
        "TITLE": f"Predicts {_harmless(task.target)}: the pipeline that search "
        f"{_harmless(package.content.search.search_id)} found.",
        "TARGET": repr(task.target),
        "KIND": repr(task.kind),
        "METRIC": repr(task.metric),
        "CLASSES": repr(task.classes),
        "COLUMNS": _rows("{", "}", [f"{k!r}: {v!r}" for k, v in columns.items()]),
        "MEMBERS": _rows("[", "]", members),
        "CUTOFF": repr(package.cutoff),
        "SEED": repr(package.seed),
        "THREADS": repr(package.threads),
    }  # fmt: skip
    return re.sub(r"@([A-Z]+)@", lambda match: values[match[1]], TEMPLATE)


def stage_paths(package: Package, index: int) -> dict[str, str]:
    """Stage -> path of its module in the folder, for one member."""
    folder = "stages" if len(package.members) == 1 else f"stages/member_{index + 1}"
    return {stage: f"{folder}/{stage}.py" for stage in written_stages(package.members[index])}


def stage_files(package: Package) -> dict[str, str]:
    """Path -> source of every stage module."""
    return {
        path: written_stages(member)[stage]
        for index, member in enumerate(package.members)
        for stage, path in stage_paths(package, index).items()
    }


def written_stages(member: MemberCode) -> dict[str, str]:
    """Stage -> source: those of the member, and what "as is" does in the others."""
    code = {str(stage): source for stage, source in member.code.items()}
    return {
        stage: code.get(stage, default)
        for stage, default in DEFAULTS.items()
        if stage in code or stage in AS_IS
    }


def _rows(start: str, end: str, rows: list[str]) -> str:
    return "\n".join([start, *(f"    {row}," for row in rows), end])


def _harmless(text: str) -> str:
    """Text that cannot end a docstring or begin an escape."""
    plain = "".join(c if c.isprintable() else " " for c in text)
    return plain.replace("\\", "/").replace('"', "'")[:80]
