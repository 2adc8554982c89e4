"""A sandbox without a wall, in this process: for benchmarks of our own playbook only."""

from __future__ import annotations

import importlib
import io
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, redirect_stdout

from sandboxes.base import CellResult, Job, JobResult, Outcome, RaisedError, Sandbox


class InProcessSandbox:
    """Runs a job's two phases here. Neither limits nor time-outs hold."""

    tier = "none"
    is_alive = True

    async def run_job(self, job: Job) -> JobResult:
        entry = importlib.import_module(job.entry)
        printed, started, cpu = io.StringIO(), time.perf_counter(), time.process_time()
        try:
            with redirect_stdout(printed):
                state = entry.prepare(dict(job.inputs))
                answers = tuple(entry.answer(state, question) for question in job.questions)
        except Exception as error:  # The edge: what a pipeline raises is a result.
            raised = RaisedError(type(error).__name__, str(error), "")
            seconds = time.perf_counter() - started
            return JobResult(Outcome.ERROR, printed.getvalue(), seconds, raised)
        return JobResult(
            Outcome.OK,
            printed.getvalue(),
            time.perf_counter() - started,
            outputs=getattr(state, "outputs", {}),
            answers=answers,
            cpu_seconds=time.process_time() - cpu,
        )

    async def run(self, code: str, *, timeout_seconds: float | None = None) -> CellResult:
        raise NotImplementedError

    async def interrupt(self) -> None: ...

    async def close(self) -> None: ...


class InProcessProvider:
    """Hands out this process."""

    tier = "none"

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[Sandbox]:
        yield InProcessSandbox()

    async def close(self) -> None: ...
