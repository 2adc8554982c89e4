"""Search ids that a person can read out, remember and type."""

from __future__ import annotations

from collections.abc import Container
from random import Random

_QUALITIES = """
able agile airy amber apt arctic azure bold brave bright brisk calm candid clear clever coral
crisp deft early eager fair fine fleet fond fresh gentle glad golden grand green happy hardy
honest ivory jolly keen kind light lively lucid lucky mellow merry mild neat nimble noble olive
patient plain proud quick quiet rapid ready rosy rustic sharp silver smart snowy solid spry steady
sunny swift tidy warm wise
"""

_THINGS = """
alder aspen badger beech birch bison brook cedar clover comet condor coral crane dune eagle elm
ember falcon fern finch fjord fox gecko glade grove harbor hare hazel heron ibis iris jay juniper
kestrel lake lark laurel lemur linden lotus lynx maple marten meadow mesa moose oak orca osprey
otter owl panda pebble pine plover poplar puffin quail raven reef robin rowan sable sequoia
sparrow spruce stork swan teal tern thyme tiger trout tulip walnut willow wren yew
"""

_ATTEMPTS = 20


def new_id(taken: Container[str], rng: Random) -> str:
    """Two words, such as `calm-otter`; with a number when the words run out."""
    qualities, things = _QUALITIES.split(), _THINGS.split()
    for _ in range(_ATTEMPTS):
        name = f"{rng.choice(qualities)}-{rng.choice(things)}"
        if name not in taken:
            return name
    number = 2
    while (name := f"{rng.choice(qualities)}-{rng.choice(things)}-{number}") in taken:
        number += 1
    return name
