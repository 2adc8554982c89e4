import re

import pytest

from sela.design.insight import STAGES
from sela.design.stages import CONTRACT, check_source
from sela.errors import DesignerError
from sela.harness.defaults import DEFAULTS


def test_the_examples_of_the_contract_pass_its_check():
    examples = re.findall(r"Example, (\w+).*?```python\n(.*?)```", CONTRACT, re.DOTALL)

    assert len(examples) == 2
    for stage, source in examples:
        check_source(stage, source)


def test_the_contract_names_every_stage():
    assert all(stage in CONTRACT for stage in STAGES)


@pytest.mark.parametrize("stage", DEFAULTS)
def test_what_as_is_means_passes_the_check(stage):
    check_source(stage, DEFAULTS[stage])


@pytest.mark.parametrize(
    ("stage", "source", "reason"),
    [
        ("model_training", "def build(profile", "is not Python"),
        ("model_training", "x = 1", r"build\(profile\)"),
        ("model_training", "async def build(profile): ...", r"build\(profile\)"),
        ("model_training", "def build(): ...", r"build\(profile\)"),
        ("model_training", "def build(profile, more): ...", r"build\(profile\)"),
        ("model_evaluation", "def build(profile): ...", r"build\(profile, estimator\)"),
        ("eda", "def build(profile): ...", r"explore\(train, target\)"),
        ("eda", "import os\ndef explore(train, target): ...", "imports os"),
        ("eda", "def explore(train, target):\n import subprocess", "imports subprocess"),
        (
            "eda",
            "import torch.nn\ndef explore(train, target): ...",
            "torch, which is not installed",
        ),
        ("eda", "from . import x\ndef explore(train, target): ...", "relative"),
        ("eda", "#" * 30_000, "longer"),
    ],
)
def test_source_that_cannot_be_a_stage_is_refused(stage, source, reason):
    with pytest.raises(DesignerError, match=reason) as refusal:
        check_source(stage, source)

    assert refusal.value.reason == "static_check"


@pytest.mark.parametrize(
    "source",
    [
        "def build(profile, depth=3): ...",
        "def build(*arguments): ...",
        "from sklearn.linear_model import Ridge\nimport math\ndef build(profile): ...",
    ],
)
def test_ordinary_source_passes(source):
    check_source("model_training", source)


def test_only_packages_that_are_installed_may_be_imported():
    source = "import lightgbm\ndef build(profile): ..."

    check_source("model_training", source, {"lightgbm"})
    with pytest.raises(DesignerError):
        check_source("model_training", source, {"sklearn"})


@pytest.mark.parametrize(
    "data",
    [repr("AbC9" * 60), repr(b"\x01" * 201), str(2**900), str(list(range(301)))],
    ids=["text", "bytes", "number", "list"],
)
def test_code_that_carries_a_table_is_refused(data: str):
    source = f"KNOWN = {data}\n\ndef build(profile):\n    return None\n"

    with pytest.raises(DesignerError, match="carries data"):
        check_source("model_training", source)


def test_long_prose_and_a_grid_are_no_table():
    source = f'"""{"A sentence of the docstring. " * 60}"""\nGRID = {list(range(60))}\n'

    check_source("model_training", source + "\n\ndef build(profile):\n    return None\n")
