"""Jobs for the tests: source in, result out."""

from textwrap import dedent

from sandboxes.base import Job, JobResult, Sandbox


async def run(sandbox: Sandbox, source: str, *questions: bytes, seconds: float = 10) -> JobResult:
    """Run a module that defines `prepare` and, for questions, `answer`."""
    modules = {"job": dedent(source)}
    return await sandbox.run_job(
        Job("job", modules, {"data": b"12345"}, questions, timeout_seconds=seconds)
    )


async def run_body(sandbox: Sandbox, body: str, *, seconds: float = 10) -> JobResult:
    """Run statements as the body of `prepare(inputs)`."""
    lines = "".join(f"    {line}\n" for line in dedent(body).strip().splitlines())
    return await run(sandbox, f"def prepare(inputs):\n{lines}", seconds=seconds)


async def printed(sandbox: Sandbox, body: str) -> str:
    """What such a body prints when all goes well."""
    result = await run_body(sandbox, body)
    assert result.outcome == "ok", result
    return result.text.strip()
