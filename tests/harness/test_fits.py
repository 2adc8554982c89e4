import pytest

from sela.experiments.fits import (
    FitRequest,
    fit_predict,
)
from tests.harness.in_process import InProcessSandbox
from tests.harness.tables import TASKS, messy_frame, messy_target, unseen_rows


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.kind)
async def test_the_baseline_copes_with_messy_rows(task):
    frame = messy_frame(200)
    request = FitRequest(
        task, {}, frame, messy_target(task, frame), (frame, unseen_rows(), unseen_rows(1))
    )

    fit = await fit_predict(InProcessSandbox(), request)

    assert fit.failure is None
    assert [len(p) for p in fit.predictions] == [200, 7, 1]
