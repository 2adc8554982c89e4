"""Limits that the system keeps for a process and what it starts."""

from __future__ import annotations

import resource


def lower_limit(which: int, value: int, grace: int = 0) -> None:
    """Set a limit, and the hard one `grace` above, unless they are lower already."""
    _, hard = resource.getrlimit(which)
    most = value + grace if hard == resource.RLIM_INFINITY else min(value + grace, hard)
    resource.setrlimit(which, (min(value, most), most))
