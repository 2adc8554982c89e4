"""A job as files in a sandbox's inbox, and what comes back, checked byte by byte."""

from __future__ import annotations

import json
from collections.abc import Container, Iterator
from typing import Any

from sandboxes.base import Display, Job, JobResult, Limits, Outcome, RaisedError
from sandboxes.folders import KernelFolder, UntrustedFileError
from sandboxes.inside import wire

ENVELOPE_BYTES = 1 << 20
SIGXCPU = 24


def put_job(job: Job, name: str, folder: KernelFolder) -> int:
    """Write what the inside will read; how many bytes it is."""
    files = {f"{name}.job": _job_parts(job), f"{name}.questions": _question_parts(job)}
    return sum(folder.put(file, parts) for file, parts in files.items())


def take_result(name: str, job: Job, limits: Limits, folder: KernelFolder) -> JobResult | str:
    """Read and remove what the inside wrote; only the text when the rest is not there, or not
    well-formed."""
    text = _take_text(name, limits, folder)
    most = limits.answer_bytes + limits.output_bytes + ENVELOPE_BYTES
    try:
        return _result(wire.parse(folder.take(name, most)), text, job)
    except (UntrustedFileError, wire.MalformedError, KeyError, TypeError, ValueError):
        return text


def _job_parts(job: Job) -> Iterator[bytes]:
    yield wire.frame(wire.JOB, json.dumps({"entry": job.entry}).encode())
    yield wire.frame(wire.MODULES, json.dumps(dict(job.modules)).encode())
    for name, data in job.inputs.items():
        yield wire.frame(wire.INPUT, wire.named(name, data))


def _question_parts(job: Job) -> Iterator[bytes]:
    for index, question in enumerate(job.questions):
        yield wire.frame(wire.QUESTION, question, index)


def _take_text(name: str, limits: Limits, folder: KernelFolder) -> str:
    try:
        data = folder.take(f"{name}.text", limits.output_bytes + ENVELOPE_BYTES)
    except UntrustedFileError:
        return ""
    return data[: limits.output_bytes].decode(errors="replace")


def _result(frames: Iterator[wire.Frame], text: str, job: Job) -> JobResult:
    outputs: dict[str, bytes] = {}
    displays: list[Display] = []
    answers: dict[int, bytes] = {}
    error: dict[str, Any] | None = None
    ending: dict[str, Any] = {}
    for frame in frames:
        if frame.kind == wire.OUTPUT:
            name, data = frame.named()
            _only_once(name, outputs)
            outputs[name] = bytes(data)
        elif frame.kind == wire.DISPLAY:
            name, data = frame.named()
            displays.append(Display(name, bytes(data)))
        elif frame.kind == wire.ANSWER:
            _only_once(frame.index, answers)
            answers[frame.index] = bytes(frame.payload)
        elif frame.kind == wire.ERROR:
            error = frame.json()
        elif frame.kind == wire.END:
            ending = frame.json()
    outcome = _outcome(ending, error, answers, job)
    in_order = tuple(answers[n] for n in range(len(job.questions)) if n in answers)
    return JobResult(
        outcome=outcome,
        text=text,
        seconds=float(ending["seconds"]),
        error=_raised(error) if error is not None and outcome is not Outcome.OK else None,
        outputs=outputs,
        answers=in_order if outcome is Outcome.OK else (),
        answer_seconds=tuple(float(s) for s in ending["answer_seconds"]),
        cpu_seconds=float(ending["cpu_seconds"]),
        displays=tuple(displays),
    )


def _only_once(key: str | int, said: Container[Any]) -> None:
    """What was said stays: a later question must not change an answer, nor a model."""
    if key in said:
        raise wire.MalformedError(f"{key!r} came twice")


def _outcome(
    ending: dict[str, Any], error: dict[str, Any] | None, answers: dict[int, bytes], job: Job
) -> Outcome:
    if ending["outcome"]:
        return Outcome(ending["outcome"])
    if error is not None:
        return Outcome(error["outcome"])
    if ending["exit_status"] == -SIGXCPU:
        return Outcome.TIMED_OUT
    if ending["exit_status"] or not ending["is_finished"]:
        return Outcome.KILLED
    return Outcome.OK if set(answers) >= set(range(len(job.questions))) else Outcome.KILLED


def _raised(error: dict[str, Any]) -> RaisedError:
    return RaisedError(
        str(error["type"])[:200], str(error["message"])[:2000], str(error["traceback"])[-4000:]
    )
