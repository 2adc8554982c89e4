"""Whether two insights say the same: a deterministic comparison of their words."""

from __future__ import annotations

import re
from collections.abc import Collection

from sela.design.insight import Insight

SAME = 0.75
"""Dice coefficient of the word sets from which two ideas count as one."""
_WORD = re.compile(r"\w+(?:\.\d+)?", re.UNICODE)
_STOP_WORDS = (
    "a an the of and or to for in on with by from into using use uses used as is are be it its "
    "this that each all any both new apply applying add adding create creating build building "
    "make making derive deriving compute computing include consider try perform fit column columns "
    "feature features variable variables data value values based model via per between"
)
_STOP = frozenset(_STOP_WORDS.split())
_SAME_WORD = {
    "divide": "ratio", "divided": "ratio", "quotient": "ratio", "log1p": "log",
    "logarithm": "log", "logarithmic": "log", "lgbm": "lightgbm", "impute": "fill",
    "imputer": "fill", "imputation": "fill", "missing": "fill", "standardise": "scale",
    "standardize": "scale", "normalise": "scale", "normalize": "scale", "scaling": "scale",
    "histgradientboosting": "boosting", "gradient": "boosting", "boosted": "boosting",
}  # fmt: skip


def is_near_duplicate(
    insight: Insight, others: Collection[Insight], names: Collection[str] = ()
) -> Insight | None:
    """The insight of the same stage that says the same, or None.

    Two ideas about different columns (of `names`), or with different numbers, are two ideas.
    """
    for other in others:
        if other.stage == insight.stage and says_the_same(insight.text, other.text, names):
            return other
    return None


def says_the_same(first: str, second: str, names: Collection[str] = ()) -> bool:
    """Whether two sentences share most of their words, their numbers and their column names."""
    one, two = _words(first), _words(second)
    if not one or not two:
        return first.strip().lower() == second.strip().lower()
    if one == two:
        return _columns(first, names) == _columns(second, names)
    if _numbers(one) != _numbers(two) or _columns(first, names) != _columns(second, names):
        return False
    return 2 * len(one & two) / (len(one) + len(two)) >= SAME


def _words(text: str) -> frozenset[str]:
    found = (_stem(word) for word in _WORD.findall(text.lower()))
    return frozenset(word for word in found if word not in _STOP)


def _stem(word: str) -> str:
    if word in _SAME_WORD or word in _STOP:
        return _SAME_WORD.get(word, word)
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            word = word[: -len(ending)]
            break
    word = word.removesuffix("e") if len(word) > 4 else word
    return _SAME_WORD.get(word, word)


def _numbers(words: frozenset[str]) -> frozenset[str]:
    return frozenset(word for word in words if word[0].isdigit())


def _columns(text: str, names: Collection[str]) -> frozenset[str]:
    low = text.lower()
    return frozenset(
        name for name in names if re.search(rf"(?<!\w){re.escape(name.lower())}(?!\w)", low)
    )
