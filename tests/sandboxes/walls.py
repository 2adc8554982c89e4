"""The walls that can be tested on this machine."""

from dataclasses import replace

from sandboxes.choose import candidates
from sandboxes.isolation.bubblewrap import Bubblewrap
from sandboxes.isolation.isolation import Isolation
from sandboxes.isolation.none import NoIsolation

WALLS: dict[str, Isolation] = {wall.tier: wall for wall in candidates()}
ALL: dict[str, Isolation] = {**WALLS, "none": NoIsolation()}
WITHOUT_LANDLOCK: dict[str, Isolation] = {
    f"{tier} alone": replace(wall, jobs_share_kernel=False)
    for tier, wall in WALLS.items()
    if isinstance(wall, Bubblewrap)
}
"""Bubblewrap as it is on a Linux older than 6.12."""
