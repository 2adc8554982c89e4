"""Attack a wall as an ordinary user: `python -m tests.sandboxes.as_user TIER SCRATCH`."""

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path

from sandboxes.selftest import attack
from tests.sandboxes.attacks import ATTACKS
from tests.sandboxes.walls import ALL, WITHOUT_LANDLOCK


def main() -> None:
    """Print the results as JSON."""
    tier, scratch = sys.argv[1:]
    results = asyncio.run(attack({**ALL, **WITHOUT_LANDLOCK}[tier], Path(scratch), ATTACKS))
    print(json.dumps([asdict(result) for result in results]))


if __name__ == "__main__":
    main()
