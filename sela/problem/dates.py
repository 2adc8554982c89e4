"""Dates written as text: found when nearly all values follow one format."""

from __future__ import annotations

import re

import pandas as pd

ENOUGH = 0.95
SAMPLE = 200
DAY_FORMATS = (
    "%Y-%m-%d", "%Y/%m/%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y",
    "%m/%d/%y", "%d/%m/%y", "%d.%m.%y", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %B %Y",
    "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %Y", "%b %Y", "%Y-%m",
)  # fmt: skip
"""In order of trust: where month and day cannot be told apart, the month comes first with a slash
(as most such files have it) and the day first with a dot or a dash."""
TIME_FORMATS = ("", " %H:%M:%S", " %H:%M", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p")
ISO_WITH_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*")
DATE_SHAPE = re.compile(r"(?=.*\d{2})[\w .,:/+-]{6,40}")
PLAIN_NUMBER = re.compile(r"[+-]?\d*\.?\d*")


def parse_dates(texts: pd.Series) -> pd.Series | None:
    """Datetimes (without zone, in UTC) when at least 95 % of the texts follow one format.

    The rest becomes missing. None when they are not dates.
    """
    sample = texts.head(SAMPLE).str.strip()
    if sum(map(_may_be_date, sample)) < ENOUGH * len(sample):
        return None
    if sum(bool(ISO_WITH_TIME.fullmatch(text)) for text in sample) >= ENOUGH * len(sample):
        return _parse(texts, "ISO8601")
    shaped = [day + time for time in TIME_FORMATS for day in DAY_FORMATS]
    few = sample.head(20)
    fitting = [f for f in shaped if _parse(few, f) is not None]
    readings = [_parse(texts, f) for f in fitting]
    return max((r for r in readings if r is not None), key=lambda r: r.count(), default=None)


def _may_be_date(text: str) -> bool:
    return bool(DATE_SHAPE.fullmatch(text)) and not PLAIN_NUMBER.fullmatch(text)


def _parse(texts: pd.Series, date_format: str) -> pd.Series | None:
    parsed = pd.to_datetime(texts.str.strip(), format=date_format, errors="coerce", utc=True)
    enough = parsed.notna().mean() >= ENOUGH
    return parsed.dt.tz_localize(None) if enough else None
