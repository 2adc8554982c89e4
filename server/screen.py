"""The progress of a run, on stderr: a live bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from typing import Protocol, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from sela.live.answers import SearchAnswer
from sela.report import numbers


class Screen(Protocol):
    """Shows what happens. Never fails a run."""

    def show(self, search: SearchAnswer, sentence: str) -> None:
        """Where the search stands, and what just happened."""
        ...

    def say(self, sentence: str) -> None:
        """A sentence alone."""
        ...

    def close(self) -> None:
        """Leave the terminal as it was."""
        ...


def choose_screen(stream: TextIO | None = None, *, is_quiet: bool = False) -> Screen:
    """The screen that fits the stream, stderr by default."""
    target = sys.stderr if stream is None else stream
    if is_quiet:
        return QuietScreen()
    return LiveScreen(target) if target.isatty() else PlainScreen(target)


class QuietScreen:
    """Shows nothing."""

    def show(self, search: SearchAnswer, sentence: str) -> None:
        """Nothing."""

    def say(self, sentence: str) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


class PlainScreen:
    """One line for each event, for logs and pipes."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def show(self, search: SearchAnswer, sentence: str) -> None:
        """`[12 s] 3/20, best 0.612: sentence`."""
        self.say(f"[{numbers.duration(search.wall_seconds)}] {_standing(search)}: {sentence}")

    def say(self, sentence: str) -> None:
        """The sentence as a line."""
        print(sentence, file=self._stream, flush=True)

    def close(self) -> None:
        """Nothing is held."""


class LiveScreen:
    """A bar that stays below the lines of what happened."""

    def __init__(self, stream: TextIO) -> None:
        console = Console(file=stream, highlight=False)
        self._progress = Progress(
            SpinnerColumn(),
            BarColumn(bar_width=30),
            TextColumn("{task.description}", markup=False),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task("preparing", total=None)
        self._progress.start()

    def show(self, search: SearchAnswer, sentence: str) -> None:
        """Move the bar, and print the sentence above it."""
        self._progress.update(
            self._task,
            completed=search.rollouts_done,
            total=search.rollouts_budget,
            description=_standing(search),
        )
        self.say(sentence)

    def say(self, sentence: str) -> None:
        """Print above the bar."""
        self._progress.console.print(sentence, markup=False)

    def close(self) -> None:
        """Take the bar away."""
        self._progress.stop()


def _standing(search: SearchAnswer) -> str:
    done = f"{search.rollouts_done}/{search.rollouts_budget}"
    if search.best_score is None or search.task is None:
        return done
    metric = search.task.metric
    return f"{done}, best {numbers.metric_name(metric)} {numbers.score(search.best_score, metric)}"
