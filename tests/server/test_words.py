"""Engine answers in words: short, with the numbers that matter, nothing where there is nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sela.live.request import SearchRequest
from server import words
from tests.server.scripted_engine import Scripted

FRESH = Scripted("s1", SearchRequest("/d/a.csv", "class", rollouts=5)).answer()


def test_a_fresh_search_is_told_without_empty_numbers() -> None:
    assert words.search_words(FRESH) == "Search s1 is idle: 0 of 5 rollouts done."


def test_the_latest_trouble_of_a_designer_is_told() -> None:
    troubled = replace(FRESH, troubles=("claude: 529", "claude: refused"), message="It ended.")
    told = words.search_words(troubled)
    assert told.endswith("It ended. Designer: claude: refused")


@pytest.mark.parametrize(("cost", "told"), [(None, "cost unknown"), (0.0, "$0"), (0.25, "$0.25")])
def test_an_unknown_cost_is_not_nothing(cost: float | None, told: str) -> None:
    assert told in words.budget_words(replace(FRESH, cost_usd=cost))
