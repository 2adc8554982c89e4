"""A sandbox without walls for tests of the harness: runs a job's two phases in this process."""

from __future__ import annotations

import importlib
import io
import time
from contextlib import redirect_stdout

from sandboxes.base import CellResult, Job, JobResult, Outcome


class InProcessSandbox:
    """Runs trusted jobs here; every other part of the protocol does nothing."""

    tier = "none"
    is_alive = True

    async def run_job(self, job: Job) -> JobResult:
        entry = importlib.import_module(job.entry)
        printed, started = io.StringIO(), time.perf_counter()
        with redirect_stdout(printed):
            state = entry.prepare(dict(job.inputs))
            answers = tuple(entry.answer(state, question) for question in job.questions)
        return JobResult(
            Outcome.OK,
            printed.getvalue(),
            time.perf_counter() - started,
            outputs=getattr(state, "outputs", {}),
            answers=answers,
        )

    async def run(self, code: str, *, timeout_seconds: float | None = None) -> CellResult:
        raise NotImplementedError

    async def interrupt(self) -> None: ...

    async def close(self) -> None: ...
