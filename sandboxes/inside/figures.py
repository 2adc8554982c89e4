"""Pictures that a job drew and did not close, and the fonts that it needs to draw."""

from __future__ import annotations

import io
import os
import sys

FIGURES = 16
FONTS = ".matplotlib"


def link_fonts(lib: str, folder: str) -> str:
    """A configuration folder for matplotlib, which wants to write in it, with known fonts."""
    path = os.path.join(folder, FONTS)
    known = os.path.join(lib, FONTS)
    os.makedirs(path, exist_ok=True)
    if os.path.isdir(known):
        for name in os.listdir(known):
            link = os.path.join(path, name)
            if not os.path.lexists(link):
                os.symlink(os.path.join(known, name), link)
    return path


def open_figures() -> list[bytes]:
    """Open matplotlib figures as PNG; closes them. Does not import matplotlib."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return []
    pictures: list[bytes] = []
    for number in pyplot.get_fignums()[:FIGURES]:
        buffer = io.BytesIO()
        pyplot.figure(number).savefig(buffer, format="png", dpi=80)
        pictures.append(buffer.getvalue())
    pyplot.close("all")
    return pictures
