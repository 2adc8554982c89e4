"""How often the controls refuse honest pipelines, and what they cost.

`python -m benchmarks.controls DATA_FOLDER CACHE [CACHE ...]`

Counts over the searches that `benchmarks.recording` wrote. Every pipeline there is the playbook's
own, so each refusal is a false alarm.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.recording import all_recorded


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("caches", type=Path, nargs="+")
    arguments = parser.parse_args()
    recordings = [r for cache in arguments.caches for r in all_recorded(arguments.folder, cache)]
    experiments = [c.experiment for r in recordings for c in r.candidates]
    controlled = [e for e in experiments if e.controls]
    refused = [e for e in controlled if not all(control.passed for control in e.controls)]
    seconds = sum(e.compute_seconds for e in experiments)
    share = sum(e.control_seconds for e in experiments) / seconds
    print(
        f"{len(recordings)} searches, {len(experiments)} experiments, {len(controlled)} would-be "
        f"bests controlled, {len(refused)} refused; controls took {share:.1%} of the compute"
    )
    for experiment in refused:
        failed = [f"{c.name}: {c.evidence}" for c in experiment.controls if not c.passed]
        print(experiment.configuration.choices, failed)


if __name__ == "__main__":
    main()
