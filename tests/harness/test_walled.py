from textwrap import dedent

import numpy as np

from sandboxes.base import Sandbox
from sela.design.playbook.boosting import STEADY
from sela.design.playbook.exploring import TARGET
from sela.experiments.fits import (
    FitRequest,
    MemberCode,
    RefitRequest,
    explore,
    fit_predict,
    predict_with,
    refit,
)
from tests.harness.in_process import InProcessSandbox
from tests.harness.tables import BINARY, messy_frame, messy_target, unseen_rows

SLOW = """
    import time

    def build(profile):
        time.sleep(60)
"""


async def test_a_real_kernel_says_what_this_process_says(walled: Sandbox):
    frame, new = messy_frame(120), unseen_rows()
    target = messy_target(BINARY, frame)
    code = {"model_training": STEADY}
    request = FitRequest(BINARY, code, frame, target, (new,), timeout_seconds=100)

    here = await fit_predict(InProcessSandbox(), request)
    there = await fit_predict(walled, request)
    model = await refit(walled, RefitRequest(BINARY, (MemberCode(code),), frame, target, (new,)))
    again = await predict_with(walled, model.model, (new,), BINARY)
    found = await explore(walled, TARGET, BINARY, frame, target)
    slow = await fit_predict(
        walled,
        FitRequest(BINARY, {"model_training": dedent(SLOW)}, frame, target, timeout_seconds=5),
    )

    for fit in (there, model, again):
        assert np.allclose(fit.predictions[0].probabilities, here.predictions[0].probabilities)
    assert found.displays[0].mime_type == "image/png"
    assert (slow.outcome, slow.failure.stage) == ("timed_out", "model_training")
