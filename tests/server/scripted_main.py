"""`sela` with the scripted engine: `python -m tests.server.scripted_main serve`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from server.cli import main
from server.settings import Settings

if TYPE_CHECKING:
    from sela.engine import Engine


def build(settings: Settings) -> Engine:
    """A slow engine that knows one search, and prints where it should not.

    Imported here, as the real one is, so that the first answer does not wait for it.
    """
    from sela.live.request import SearchRequest
    from tests.server.scripted_engine import Scripted, ScriptedEngine

    print("a chatty library")
    engine = ScriptedEngine(seconds_per_rollout=0.05)
    engine.scripted["s0"] = Scripted("s0", SearchRequest("/d/old.csv", "class", rollouts=8))
    return engine


if __name__ == "__main__":
    sys.exit(main(build=build))
