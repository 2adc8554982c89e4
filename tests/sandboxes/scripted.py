"""A sandbox without a kernel, for the pool's own logic."""

from sandboxes.base import CellResult, Job, JobResult, Outcome


class ScriptedSandbox:
    """Answers at once; `is_clean` and `dies` are set by the test."""

    tier = "none"

    def __init__(self) -> None:
        self.is_alive = True
        self.is_clean = True

    async def run(self, code: str, *, timeout_seconds: float | None = None) -> CellResult:
        self.is_clean = False
        return CellResult(Outcome.OK, "", 0.0)

    async def run_job(self, job: Job) -> JobResult:
        return JobResult(Outcome.OK, "", 0.0)

    async def interrupt(self) -> None: ...

    async def close(self) -> None:
        self.is_alive = False
