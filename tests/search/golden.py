"""Golden trees: what each strategy grows in the toy environment. Rewrite the files with
`python -m tests.search.golden` after a deliberate change, and read the difference."""

from __future__ import annotations

from pathlib import Path

from sela.search.search import Search
from sela.search.strategies import STRATEGIES
from tests.search.toy import INSIGHTS, drawn, run

FOLDER = Path(__file__).parent / "golden_trees"
ROLLOUTS = 12
SEED = 7


def grown(strategy: str) -> str:
    search = Search(strategy, SEED, True, INSIGHTS)
    lines = [
        " ".join(choice or "-" for choice in configuration.choices)
        for configuration in run(search, ROLLOUTS)
    ]
    return "\n".join(lines) + "\n\n" + drawn(search)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name in STRATEGIES:
        (FOLDER / f"{name}.txt").write_text(grown(name))
