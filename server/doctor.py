"""`sela doctor`: what works on this machine, and what would make it better."""

from __future__ import annotations

from argparse import Namespace

from server.settings import Settings


def doctor(args: Namespace, settings: Settings) -> int:
    """Print the report; 0 when searches can run here."""
    raise NotImplementedError(args, settings)
