"""The walls that can be tested on this machine."""

from sandboxes.choose import candidates
from sandboxes.isolation.isolation import Isolation
from sandboxes.isolation.none import NoIsolation

WALLS: dict[str, Isolation] = {wall.tier: wall for wall in candidates()}
ALL: dict[str, Isolation] = {**WALLS, "none": NoIsolation()}
