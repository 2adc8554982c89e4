"""Candidates: the untried model configurations that a value model ranks, as codes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod

import numpy as np
from numpy.typing import NDArray

from sela.design.insight import MODEL_STAGES
from sela.search.knowledge import Knowledge
from sela.search.space import ModelKey
from sela.search.tree import Path
from sela.search.value_model import Codes, Values

MOST = 20_000
"""Ranking more takes longer than it is worth; a larger space is sampled."""


@dataclass(frozen=True)
class Candidates:
    """(n, stages) codes of untried configurations; a code is a place in the stage's vocabulary."""

    codes: Codes
    vocabulary: tuple[Path, ...]
    """Every choice that the space offers or a trial used, "as is" at place 0."""

    def key(self, row: int) -> ModelKey:
        """The configuration of one row."""
        return tuple(v[c] for v, c in zip(self.vocabulary, self.codes[row], strict=True))

    def encode(self, keys: Sequence[ModelKey]) -> Codes:
        """(n,) configurations, tried ones too, as (n, stages) codes."""
        return encode(self.vocabulary, keys)

    def where(self, is_kept: NDArray[np.bool_]) -> Candidates:
        """Some of the rows."""
        return replace(self, codes=self.codes[is_kept])

    def sums(self, term: Callable[[str | None], float], codes: Codes | None = None) -> Values:
        """For each row, or for each of other codes, the sum of a term of its choices: (n,)."""
        rows = self.codes if codes is None else codes
        terms = [np.array([term(c) for c in choices]) for choices in self.vocabulary]
        return np.sum([terms[s][rows[:, s]] for s in range(len(terms))], axis=0)


def candidates_of(
    knowledge: Knowledge, *, newcomers: int, rng: np.random.Generator
) -> Candidates | None:
    """The untried configurations with at most `newcomers` insights that never ran.

    When there is none the bound is raised to the lowest that has some; None when everything
    was tried.
    """
    if not knowledge.untried.beneath(()):
        return None
    vocabulary = _vocabulary(knowledge)
    tried = encode(vocabulary, sorted(knowledge.tried, key=str))
    codes = _untried_codes(knowledge, vocabulary, tried, rng)
    is_new = [
        (codes[:, stage] > 0) & ~np.isin(codes[:, stage], tried[:, stage])
        for stage in range(len(MODEL_STAGES))
    ]
    count = np.sum(is_new, axis=0)
    return Candidates(codes[count <= max(newcomers, int(count.min()))], vocabulary)


def encode(vocabulary: Sequence[Path], keys: Sequence[ModelKey]) -> Codes:
    """(n,) configurations as (n, stages) codes."""
    places = [{choice: place for place, choice in enumerate(choices)} for choices in vocabulary]
    rows = [[place[choice] for place, choice in zip(places, key, strict=True)] for key in keys]
    return np.array(rows, dtype=np.int64).reshape(len(rows), len(vocabulary))


def _vocabulary(knowledge: Knowledge) -> tuple[Path, ...]:
    """What is offered, and after it what trials used and is offered no more."""
    used = sorted(knowledge.tried, key=str)
    return tuple(
        tuple(dict.fromkeys((None, *choices, *(key[stage] for key in used))))
        for stage, choices in enumerate(knowledge.space.model)
    )


def _untried_codes(
    knowledge: Knowledge, vocabulary: tuple[Path, ...], tried: Codes, rng: np.random.Generator
) -> Codes:
    offered = [
        np.array([vocabulary[stage].index(choice) for choice in choices])
        for stage, choices in enumerate(knowledge.space.model)
    ]
    if prod(len(places) for places in offered) <= MOST:
        codes = np.array(list(product(*offered)), dtype=np.int64)
    else:
        codes = np.vstack([_sample(offered, rng), _neighbours(offered, tried)])
    shape = tuple(len(choices) for choices in vocabulary)
    flat = np.unique(np.ravel_multi_index(tuple(codes.T), shape))
    flat = np.setdiff1d(flat, np.ravel_multi_index(tuple(tried.T), shape))
    return np.column_stack(np.unravel_index(flat, shape)).astype(np.int64)


def _sample(offered: Sequence[NDArray[np.int64]], rng: np.random.Generator) -> Codes:
    return np.column_stack([rng.choice(places, size=MOST // 2) for places in offered])


def _neighbours(offered: Sequence[NDArray[np.int64]], tried: Codes) -> Codes:
    """What is offered one change away from the latest trials and from the baseline."""
    starts = np.vstack([np.zeros((1, tried.shape[1]), dtype=np.int64), tried])
    found: list[Codes] = []
    for stage, places in enumerate(offered):
        changed = np.repeat(starts, len(places), axis=0)
        changed[:, stage] = np.tile(places, len(starts))
        found.append(changed)
    codes = np.vstack(found)
    is_offered = [np.isin(codes[:, s], places) for s, places in enumerate(offered)]
    return codes[np.all(is_offered, axis=0)]
