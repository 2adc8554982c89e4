"""0 attacks become the best, and each is named, or provably had no effect."""

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import pytest_asyncio

import sela.harness
from sandboxes.base import Limits, SandboxProvider
from sandboxes.choose import choose_isolation, open_pool
from sela.design.insight import Configuration, Stage
from sela.evaluation.dealing import deal
from sela.experiments.bench import Bench
from sela.experiments.experiment import Experiment, Verdict
from sela.experiments.experimenter import Experimenter
from sela.problem.task import Task
from tests.experiments.attacks import ATTACKS, Attack, model

TASK = Task("binary", "label", "roc_auc", True, (0, 1))
TRIED = Configuration((None, None, None, "mt1", None))
pytestmark = pytest.mark.asyncio(loop_scope="module")


def table() -> tuple[pd.DataFrame, np.ndarray]:
    """Rows sorted by label; only the product of two columns tells it."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(360, 4)), columns=["a", "b", "c", "d"])
    label = (frame["a"] * frame["b"] + rng.normal(0, 0.7, 360) > 0).astype(int)
    frame = frame.assign(label=label).sort_values("label", kind="stable").reset_index(drop=True)
    frame.insert(0, "row", rng.permutation(360).astype(float))
    return frame.drop(columns="label"), frame["label"].to_numpy()


def bench() -> Bench:
    frame, y = table()
    return Bench(
        TASK, frame, y, deal(frame, y, TASK, seed=0, folds=3), seed=0, timeout_seconds=20.0
    )


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def provider(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SandboxProvider]:
    """One pool behind the strongest wall here, and the whole table lying about outside of it."""
    folder: Path = tmp_path_factory.mktemp("attacks")
    frame, y = table()
    frame.assign(label=y).to_csv(folder / "table.csv", index=False)
    pool = open_pool(
        choose_isolation(False, folder / "cache"),
        folder / "sandboxes",
        limits=Limits(threads=1),
        packages={"sela.harness": Path(sela.harness.__file__).parent},
        preload=("sklearn.linear_model", "sklearn.ensemble", "sela.harness.fold"),
    )
    yield pool
    await pool.close()


async def tried(
    provider: SandboxProvider, code: dict[Stage, str], best: Experiment | None
) -> Experiment:
    configuration = TRIED if code else Configuration()
    async with provider.lease() as sandbox:
        experiment, _ = await Experimenter(bench()).run(sandbox, configuration, code, best=best)
    return experiment


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def baseline(provider: SandboxProvider) -> Experiment:
    return await tried(provider, {}, None)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def honest(provider: SandboxProvider, baseline: Experiment) -> Experiment:
    return await tried(provider, model(), baseline)


async def test_the_honest_model_becomes_the_best(baseline: Experiment, honest: Experiment):
    assert honest.verdict is Verdict.SCORED
    assert honest.score is not None and baseline.score is not None
    assert honest.score > baseline.score
    assert all(control.passed for control in honest.controls)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name.replace(" ", "-"))
async def test_no_attack_gains_anything(
    attack: Attack, provider: SandboxProvider, baseline: Experiment, honest: Experiment
):
    experiment = await tried(provider, attack.code, baseline)

    failed = [control.name for control in experiment.controls if not control.passed]
    if attack.ending == "rejected" or (attack.ending == "stopped" and failed):
        assert experiment.verdict is Verdict.REJECTED
        assert attack.control in failed or (failed and provider.tier == "none")
    else:
        assert is_harmless(experiment, baseline, honest)


def is_harmless(experiment: Experiment, baseline: Experiment, honest: Experiment) -> bool:
    """It failed, lost the race, scored as the honest model did, or no better than the baseline."""
    assert baseline.score is not None
    if experiment.verdict is Verdict.RACED_OUT:
        return True
    if experiment.score is None:
        return experiment.failure is not None and bool(experiment.failure.message)
    return experiment.fold_scores == honest.fold_scores or experiment.score <= baseline.score


async def test_after_every_attack_an_honest_run_still_gets_the_same_scores(
    provider: SandboxProvider, baseline: Experiment
):
    again = await tried(provider, {}, None)

    assert again.fold_scores == baseline.fold_scores
